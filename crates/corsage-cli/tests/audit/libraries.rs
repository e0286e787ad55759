//! The defaults of real servers and libraries: what is found in them, and what Chromium makes of each.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::support::audit;

#[path = "../fixes/page.rs"]
mod page;

use page::{PageServer, Readable};

#[derive(Deserialize)]
struct Libraries {
    library: Vec<Library>,
}

/// A server as its documentation starts one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Library {
    name: String,
    /// `node`, `module` (Node's newer modules), `python`, `nginx` or `envoy`.
    runs: String,
    text: String,
    /// The classes that are found, on loopback and with the host that is asked taken for granted.
    found: Vec<String>,
    /// Whether any page can read it with the cookies of the same site, in Chromium.
    read: bool,
}

struct Running(Child, PathBuf);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn servers() -> PathBuf {
    std::env::var_os("CORSAGE_SERVERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"),
        PathBuf::from,
    )
}

fn start(library: &Library, port: u16) -> Running {
    let folder =
        servers().join(format!("audit-{}-{}", library.name.replace(' ', "-"), std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = library
        .text
        .replace("PORT", &port.to_string())
        .replace("FOLDER", &folder.display().to_string());
    let (name, program) = match &*library.runs {
        "node" => ("app.js", PathBuf::from("node")),
        "module" => ("app.mjs", PathBuf::from("node")),
        "python" => ("app.py", servers().join("venv/bin/python")),
        "nginx" => ("nginx.conf", PathBuf::from("/usr/sbin/nginx")),
        _ => ("envoy.yaml", PathBuf::from("envoy")),
    };
    std::fs::write(folder.join(name), text).unwrap();
    let mut command = Command::new(program);
    match &*library.runs {
        "nginx" => command.arg("-c"),
        "envoy" => {
            command.args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "critical", "-c"])
        }
        _ => &mut command,
    };
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = command
        .arg(folder.join(name))
        .env("NODE_PATH", servers().join("node_modules"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; ./test install", library.name));
    let running = Running(child, folder);
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        let said = std::fs::read_to_string(running.1.join("log")).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(60), "{}: {said}", library.name);
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}

#[test]
fn what_libraries_do_by_default_is_judged_as_chromium_judges_it() {
    if is_set("CORSAGE_SKIP_SERVERS") {
        eprintln!("skipped: CORSAGE_SKIP_SERVERS=1");
        return;
    }
    let libraries: Libraries = toml::from_str(include_str!("libraries.toml")).unwrap();
    let mut problems = Vec::new();
    let mut running = Vec::new();
    let mut calls = Vec::new();
    for library in &libraries.library {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        running.push(start(library, port));
        let url = format!("http://127.0.0.1:{port}/me");
        let run = audit(&[&url, "--cookie-env", "SESSION", "--format", "json"]);
        let found: Vec<String> =
            run.found().into_iter().filter(|it| !it.starts_with("host-not-validated")).collect();
        if found != library.found {
            problems
                .push(format!("{}: found {found:?}, expected {:?}", library.name, library.found));
        }
        // The page is of another site: the cookie would have to be one for all sites. What is asked here is whether
        // the answer can be read with credentials at all.
        calls.push((url, "{ credentials: 'include' }".to_owned()));
    }
    if !is_set("CORSAGE_SKIP_BROWSERS") {
        let read = PageServer::start().ask_chromium(&calls);
        for (library, read) in libraries.library.iter().zip(read) {
            if (read == Readable::Yes) != library.read {
                problems.push(format!("{}: in Chromium {read:?}", library.name));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
