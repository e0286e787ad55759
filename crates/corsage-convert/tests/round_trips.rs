//! What is written, run by the real programs: pages get from them what they get from the core.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use corsage_convert::compare::{PageRequest, Questions, Saw, Scene, page};
use corsage_convert::{
    Answered, Asked, Behind, Borders, Circumstances, Format, Program, Source, convert, read,
};

const POLICIES: &[&str] = &[
    "[[policy]]\nallow_origins = [\"https://app.example.com\"]\n",
    "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://admin.example.com\"]\n\
     allow_credentials = true\nallow_methods = [\"PUT\", \"DELETE\"]\nallow_headers = [\"content-type\"]\n\
     expose_headers = [\"etag\"]\nmax_age = 600\n",
    "[[policy]]\nallow_origins = [\"https://*.example.com\", \"http://localhost:*\"]\n\
     allow_headers = [\"x-request-id\"]\nmax_age = 60\n",
];

#[test]
fn nginx() {
    round_trips(Format::Nginx, "nginx", |text, port, directory| {
        let text = text.replace("listen 8080", &format!("listen 127.0.0.1:{port}"));
        let at = directory.display();
        let file = format!(
            "daemon off;\npid {at}/pid;\nerror_log {at}/error;\nevents {{}}\nhttp {{\naccess_log off;\n\
             client_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\nfastcgi_temp_path {at}/f;\n\
             uwsgi_temp_path {at}/u;\nscgi_temp_path {at}/s;\n{text}\n}}\n"
        );
        (file, vec!["-p".into(), at.to_string(), "-c".into(), format!("{at}/file")])
    });
}

#[test]
fn haproxy() {
    round_trips(Format::Haproxy, "haproxy", |text, port, directory| {
        let text = text.replace("bind :8080", &format!("bind 127.0.0.1:{port}"));
        let file = format!(
            "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n{text}"
        );
        (file, vec!["-db".into(), "-f".into(), format!("{}/file", directory.display())])
    });
}

#[test]
fn apache() {
    round_trips(Format::Apache, "apache2", |text, port, directory| {
        let at = directory.display();
        let modules: String = [
            ("mpm_event", "mpm_event"),
            ("authz_core", "authz_core"),
            ("setenvif", "setenvif"),
            ("headers", "headers"),
            ("rewrite", "rewrite"),
            ("proxy", "proxy"),
            ("proxy_http", "proxy_http"),
        ]
        .iter()
        .map(|(name, file)| {
            format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{file}.so\n")
        })
        .collect();
        let text = text.replace("*:8080", &format!("*:{port}"));
        let file = format!(
            "ServerRoot {at}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {at}/pid\n\
             ErrorLog {at}/error\n{modules}{text}"
        );
        (file, vec!["-DFOREGROUND".into(), "-f".into(), format!("{at}/file")])
    });
}

#[test]
fn caddy() {
    round_trips(Format::Caddy, "caddy", |text, port, directory| {
        let text = text.replace(":8080", &format!(":{port}"));
        let at = format!("{}/file", directory.display());
        let file = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}");
        (file, vec!["run".into(), "--adapter".into(), "caddyfile".into(), "--config".into(), at])
    });
}

#[test]
fn envoy() {
    round_trips(Format::Envoy, "envoy", |text, port, directory| {
        let text = text.replace("port_value: 8080", &format!("port_value: {port}"));
        let at = format!("{}/file.yaml", directory.display());
        (
            text,
            vec![
                "-c".into(),
                at,
                "--disable-hot-restart".into(),
                "--concurrency".into(),
                "1".into(),
            ],
        )
    });
}

/// Where `./test` installs what npm and PyPI have.
fn servers() -> PathBuf {
    std::env::var_os("CORSAGE_SERVERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"),
        PathBuf::from,
    )
}

#[test]
fn express() {
    round_trips(Format::Express, "node", |text, port, directory| {
        let modules = servers().join("node_modules");
        let require =
            |name: &str| format!("require({:?})", modules.join(name).display().to_string());
        let file = format!(
            "const express = {}; const cors = {}; const app = express();\n{text}\n\
             app.use((request, response) => response.sendStatus(request.method === 'OPTIONS' ? 405 : 200));\n\
             app.listen({port}, '127.0.0.1');\n",
            require("express"),
            require("cors"),
        );
        (file, vec![format!("{}/file", directory.display())])
    });
}

#[test]
fn starlette() {
    let python = servers().join("venv/bin/python").display().to_string();
    round_trips(Format::Starlette, &python, |text, port, directory| {
        let file = format!(
            "import uvicorn\nfrom starlette.applications import Starlette\n\
             from starlette.middleware.cors import CORSMiddleware\nfrom starlette.responses import Response\n\
             from starlette.routing import Route\n\
             async def answer(request): return Response('', 405 if request.method == 'OPTIONS' else 200)\n\
             methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CORSAGE']\n\
             app = Starlette(routes=[Route('/{{path:path}}', answer, methods=methods)])\n{text}\n\
             uvicorn.run(app, host='127.0.0.1', port={port}, log_level='error')\n"
        );
        (file, vec![format!("{}/file", directory.display())])
    });
}

/// Starlette grants these whatever is said: nothing else would be the same policy.
const ALWAYS_GRANTED: &[&str] = &["accept", "accept-language", "content-language", "content-type"];

/// Writes each policy, runs the program with it, and asks both.
fn round_trips(
    format: Format,
    command: &str,
    arrange: impl Fn(&str, u16, &Path) -> (String, Vec<String>),
) {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let circumstances = Circumstances::default();
    for policy in POLICIES {
        let policy = &if format == Format::Starlette {
            with_always_granted(policy)
        } else {
            (*policy).to_owned()
        };
        let source = Source { text: policy, name: None, circumstances: &circumstances };
        let core = read(Format::Corsage, &source).unwrap_or_else(|why| panic!("{policy}: {why:?}"));
        let written = convert(core.as_ref(), format, "corsage.toml", &circumstances)
            .unwrap_or_else(|| panic!("{format} is not written"))
            .written;
        let upstream = upstream();
        let port = free_port();
        let directory = tempfile::tempdir().unwrap();
        let text = written
            .text
            .replace("127.0.0.1:9000", &format!("127.0.0.1:{upstream}"))
            .replace("port_value: 9000", &format!("port_value: {upstream}"));
        let (file, arguments) = arrange(&text, port, directory.path());
        for name in ["file", "file.yaml"] {
            std::fs::write(directory.path().join(name), &file).unwrap();
        }
        let running = Running::start(command, &arguments, directory.path(), port, &file);
        let live = Live { port, answers: RefCell::default() };
        let questions = Questions::of(&[core.as_ref()]);
        let mut faults = Vec::new();
        let mut asked = 0;
        for cell in &questions.cells.cells {
            let methods = questions.methods.iter().map(|method| (method.as_str(), None));
            let headers = questions.headers.iter().map(|name| ("GET", Some(name.as_str())));
            for (method, header) in methods.chain(headers) {
                for with_credentials in [false, true] {
                    let request = PageRequest {
                        origin: &cell.witness.origin,
                        host: "api.example.com",
                        path: "/items",
                        method,
                        header,
                        with_credentials,
                    };
                    let saw = |program: &dyn Program| {
                        page(program, &Scene::Works, &request, &["etag", "x-other"]).map(|result| {
                            (result.saw == Saw::Response, result.exposed, result.remembered)
                        })
                    };
                    asked += 1;
                    let (wanted, found) = (saw(core.as_ref()), saw(&live));
                    // How long a refused preflight would be remembered is nobody's concern.
                    let same = match (&wanted, &found) {
                        (Some((false, ..)), Some((false, ..))) => true,
                        (wanted, found) => wanted == found,
                    };
                    if !same {
                        faults
                            .push(format!("{request:?}\n  core {wanted:?}\n  {command} {found:?}"));
                    }
                }
            }
        }
        drop(running);
        assert!(asked > 20, "{asked} questions");
        assert!(faults.is_empty(), "{file}\n{} of {asked}:\n{}", faults.len(), faults.join("\n"));
    }
}

fn with_always_granted(policy: &str) -> String {
    let names: Vec<String> = ALWAYS_GRANTED.iter().map(|name| format!("{name:?}")).collect();
    let names = names.join(", ");
    match policy.split_once("allow_headers = [") {
        Some((before, rest)) if rest.starts_with("\"content-type\"") => {
            format!("{before}allow_headers = [{}", rest.replacen("\"content-type\"", &names, 1))
        }
        Some((before, rest)) => format!("{before}allow_headers = [{names}, {rest}"),
        None => format!("{policy}allow_headers = [{names}]\n"),
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A handler that answers 200, and 405 to `OPTIONS`.
fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0; 1];
                while !head.ends_with(b"\r\n\r\n") {
                    match connection.read(&mut byte) {
                        Ok(1) => head.push(byte[0]),
                        _ => return,
                    }
                }
                let status = if head.starts_with(b"OPTIONS") { "405 No" } else { "200 OK" };
                let _ = write!(
                    connection,
                    "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
            });
        }
    });
    port
}

/// A program that runs, until it is dropped.
struct Running(Child);

impl Running {
    fn start(command: &str, arguments: &[String], directory: &Path, port: u16, file: &str) -> Self {
        let output = std::fs::File::create(directory.join("output")).unwrap();
        let child = Command::new(command)
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{command}: {error}: `./test install` installs it, --skip-servers leaves it out"
                )
            });
        let mut running = Self(child);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let has_ended = running.0.try_wait().unwrap().is_some();
            if has_ended || start.elapsed() > Duration::from_secs(60) {
                let told = |name| std::fs::read_to_string(directory.join(name)).unwrap_or_default();
                panic!("{command} does not serve:\n{}\n{}\n{file}", told("output"), told("error"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Sent = (String, String, Vec<(String, String)>);

/// The real program as a model.
struct Live {
    port: u16,
    answers: RefCell<BTreeMap<Sent, Answered>>,
}

impl Program for Live {
    fn answer(&self, asked: &Asked<'_>, _: &dyn Behind) -> Answered {
        let headers: Vec<(String, String)> = asked
            .headers
            .iter()
            .filter(|(name, _)| {
                let name = name.to_ascii_lowercase();
                name == "origin" || name.starts_with("access-control-")
            })
            .cloned()
            .collect();
        let sent = (asked.method.to_owned(), asked.path.to_owned(), headers);
        if let Some(answered) = self.answers.borrow().get(&sent) {
            return answered.clone();
        }
        let answered = self.send(&sent, asked.host);
        self.answers.borrow_mut().insert(sent, answered.clone());
        answered
    }

    fn borders(&self) -> Borders {
        Borders::default()
    }
}

impl Live {
    fn send(&self, (method, path, headers): &Sent, host: &str) -> Answered {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
            text.push_str("Content-Length: 0\r\n");
        }
        text.push_str("\r\n");
        connection.write_all(text.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes);
        let response = String::from_utf8_lossy(&bytes).into_owned();
        let head = response.split("\r\n\r\n").next().unwrap_or_default();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let mut answered = Answered { reached: true, ..Answered::by_itself(status) };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.to_ascii_lowercase().starts_with("access-control-") {
                answered.add(name, value.trim());
            } else if name.eq_ignore_ascii_case("vary") {
                answered.vary.push(value.trim().to_owned());
            }
        }
        answered
    }
}
