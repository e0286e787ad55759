//! `corsage ext-proc` as a process. What it says to Envoy is held in `conformance/tests/envoy.rs`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const POLICY: &str = "[[policy]]\nname = 'api'\nallow_origins = ['https://app.example']\n";

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn command(file: &Path, listen: &str, admin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corsage"));
    command.args(["ext-proc", "--listen", listen, "--admin", admin, "--config"]).arg(file);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn get(admin: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(admin) {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

#[test]
fn it_serves_reloads_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (file, socket) = (folder.path().join("corsage.toml"), folder.path().join("corsage.sock"));
    std::fs::write(&file, POLICY).unwrap();
    let (listen, admin) = (format!("unix:{}", socket.display()), free_address());
    let mut running = Running(command(&file, &listen, &admin.to_string()).spawn().unwrap());
    wait_for("it is ready", || get(admin, "/readyz").starts_with("HTTP/1.1 200"));
    wait_for("it listens", || socket.exists());
    assert!(get(admin, "/policy").contains("https://app.example"));

    // Nobody takes its socket from it.
    let second = command(&file, &listen, "off").output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("corsage.sock"));

    std::fs::write(&file, POLICY.replace("app.example", "new.example")).unwrap();
    running.signal(Signal::HUP);
    wait_for("the new policy is in force", || {
        get(admin, "/policy").contains("https://new.example")
    });
    std::fs::write(&file, "[[policy]]\nallow_orgins = []\n").unwrap();
    running.signal(Signal::HUP);
    wait_for("the fault is told", || {
        get(admin, "/metrics").contains("corsage_config_last_reload_successful 0")
    });
    assert!(get(admin, "/policy").contains("https://new.example"), "the old one stays");
    assert!(get(admin, "/livez").starts_with("HTTP/1.1 200"));

    running.signal(Signal::TERM);
    wait_for("it ends", || running.0.try_wait().unwrap().is_some());
    assert!(running.0.wait().unwrap().success());

    // What it has left in the file system is in nobody's way.
    std::fs::write(&file, POLICY).unwrap();
    let admin = free_address();
    let _again = Running(command(&file, &listen, &admin.to_string()).spawn().unwrap());
    wait_for("it is ready again", || get(admin, "/readyz").starts_with("HTTP/1.1 200"));
}

#[test]
fn what_cannot_work_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("corsage.toml");
    std::fs::write(&file, "[gateway]\nretries = 0\n").unwrap();
    let output = command(&file, "127.0.0.1:0", "off").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no policy"), "{output:?}");
    let output = command(&file, "nowhere", "off").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unix:/run/corsage.sock"));
}
