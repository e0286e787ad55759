//! Real servers, started with a text; and a plain application behind proxies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// A slow machine starts a server in seconds.
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) struct Running {
    child: Child,
    port: u16,
    _folder: TempDir,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Where `./test` installs what npm and PyPI have.
pub(crate) fn servers() -> PathBuf {
    std::env::var_os("CORSAGE_SERVERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"),
        PathBuf::from,
    )
}

fn command(kind: &str, file: &Path, port: u16) -> Command {
    let venv = servers().join("venv/bin");
    let mut command;
    match kind {
        "nginx" => {
            command = Command::new("/usr/sbin/nginx");
            command.arg("-c").arg(file);
        }
        "apache" => {
            command = Command::new("/usr/sbin/apache2");
            command.arg("-X").arg("-f").arg(file);
        }
        "haproxy" => {
            command = Command::new("/usr/sbin/haproxy");
            command.arg("-db").arg("-f").arg(file);
        }
        "caddy" => {
            let own = venv.join("caddy");
            command = Command::new(if own.exists() { own } else { PathBuf::from("caddy") });
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        }
        "envoy" => {
            command = Command::new("envoy");
            command.args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "critical", "-c"]);
            command.arg(file);
        }
        "php" => {
            command = Command::new("php");
            command.arg("-S").arg(format!("127.0.0.1:{port}")).arg(file);
        }
        "express" | "fastify" | "koa" | "hono" | "nestjs" | "vite" => {
            command = Command::new("node");
            command.arg(file).env("NODE_PATH", servers().join("node_modules"));
        }
        _ => {
            command = Command::new(venv.join("python"));
            command.arg(file);
        }
    }
    command
}

impl Running {
    /// `extra` is another file that the server reads, with its name.
    pub(crate) fn start(
        kind: &str,
        text: &str,
        extra: Option<(String, String)>,
    ) -> Result<Self, String> {
        let port = free_port();
        // Node finds packages from where an ES module lies.
        let module =
            text.trim_start().starts_with("import ") && matches!(kind, "hono" | "express" | "vite");
        let folder = match kind {
            _ if module => TempDir::new_in(servers()),
            _ => TempDir::new(),
        }
        .map_err(|error| error.to_string())?;
        let name = match kind {
            _ if module => "app.mjs",
            "envoy" => "server.yaml",
            "express" | "fastify" | "koa" | "nestjs" => "app.js",
            "php" => "app.php",
            _ => "server.conf",
        };
        let file = folder.path().join(name);
        // user u, password p
        let _ =
            std::fs::write(folder.path().join("htpasswd"), "u:{SHA}UWuXg/ylF+7L0dBk2i0WUxCxl1k=\n");
        if let Some((name, text)) = extra {
            let text = text.replace("FOLDER", &folder.path().display().to_string());
            std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
        }
        let text = text
            .replace("FOLDER", &folder.path().display().to_string())
            .replace("PORT", &port.to_string());
        // Places that nothing came to are no syntax everywhere.
        let is_mark = |line: &&str| {
            let mark = line.trim().strip_prefix('#');
            let number = mark.and_then(|mark| mark.split(' ').next());
            number.is_none_or(|number| number.parse::<u8>().is_err())
        };
        let text = text.lines().filter(is_mark).collect::<Vec<_>>().join("\n") + "\n";
        std::fs::write(&file, &text).map_err(|error| error.to_string())?;
        let log = folder.path().join("log");
        let output = std::fs::File::create(&log).map_err(|error| error.to_string())?;
        let mut command = command(kind, &file, port);
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(|error| error.to_string())?)
            .stderr(output)
            .current_dir(folder.path())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{command:?} cannot be started: {error}; ./test install, or leave it out with CORSAGE_SKIP_SERVERS=1"))?;
        let mut running = Self { child, port, _folder: folder };
        let deadline = Instant::now() + WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = running.child.try_wait().ok().flatten();
            if ended.is_some() || Instant::now() > deadline {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("it does not start ({ended:?}): {said}\n{text}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(running)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}connection: close\r\n\r\n"
        );
        let mut answer = Vec::new();
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            let _ = stream.write_all(request.as_bytes());
            let _ = stream.read_to_end(&mut answer);
        }
        Answer::of(&String::from_utf8_lossy(&answer), self.port)
    }
}

/// The head of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    port: u16,
    headers: Vec<(String, String)>,
}

/// Headers that change by themselves, or with what the answer varies by.
const RESTLESS: &[&str] = &[
    "date",
    "vary",
    "etag",
    "last-modified",
    "connection",
    "keep-alive",
    "content-length",
    "transfer-encoding",
];

impl Answer {
    fn of(text: &str, port: u16) -> Self {
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let headers =
            lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Self { status, port, headers: headers.collect() }
    }

    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let lines = self.headers.iter().filter(|(held, _)| held == name);
        lines.map(|(_, value)| value.clone()).collect()
    }

    /// What is nobody's business who repairs CORS: the status and the other headers.
    pub(crate) fn without_cors(&self) -> String {
        let is_other = |name: &str| {
            !name.starts_with("access-control-")
                && !RESTLESS.contains(&name)
                && !name.starts_with("x-envoy-upstream")
        };
        // What an error says may be said otherwise.
        let error = self.status >= 400;
        let is_other = |name: &str| is_other(name) && !(error && name == "content-type");
        let port = format!(":{}", self.port);
        let mut lines: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| is_other(name))
            .map(|(name, value)| format!("{name}: {}", value.replace(&port, "")))
            .collect();
        lines.sort();
        format!("{} {lines:?}", self.status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// An application without CORS, but for `/api/cors`, which lets in everybody by name.
pub(crate) struct Backend {
    port: u16,
}

impl Backend {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        Self { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

fn answer(stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    let (mut first, mut origin, mut length) = (String::new(), String::new(), 0_usize);
    if reader.read_line(&mut first).is_err() {
        return;
    }
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "origin" => value.trim().clone_into(&mut origin),
                "content-length" => length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
        line.clear();
    }
    let mut body = vec![0; length.min(1 << 16)];
    let _ = reader.read_exact(&mut body);
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let status = match path {
        path if path.starts_with("/api/fail") => 500,
        path if path.starts_with("/api/missing") => 404,
        _ if method == "OPTIONS" => 405,
        _ => 200,
    };
    let cors = if path.starts_with("/api/cors") && !origin.is_empty() {
        format!("access-control-allow-origin: {origin}\r\nvary: origin\r\n")
    } else {
        String::new()
    };
    let text = if method == "HEAD" { "" } else { "{}" };
    let _ = write!(
        writer,
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\nx-total-count: 7\r\n{cors}content-length: 2\r\nconnection: close\r\n\r\n{text}"
    );
}
