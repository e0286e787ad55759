//! The gateway as a service: what the service manager hears, sockets that are handed over, the environment.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::support::{Client, Gateway, POLICY, Upstream, eventually, free_address};

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_corsage")
}

/// What a service manager hears, until it hears this.
fn hear(manager: &UnixDatagram, wanted: &str) -> Vec<String> {
    manager.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let deadline = Instant::now() + Duration::from_secs(15);
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while Instant::now() < deadline {
        if let Ok(length) = manager.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            heard.extend(text.lines().map(str::to_owned));
            if heard.iter().any(|line| line == wanted) {
                return heard;
            }
        }
    }
    panic!("{wanted} was not heard: {heard:?}");
}

#[test]
fn the_service_manager_is_told_what_happens() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    let upstream = Upstream::ok();
    let addr = free_address();
    let mut command = Command::new(program());
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "400000");
    let settings = format!("listen = \"{addr}\"\nupstreams = \"http://{}\"", upstream.addr);
    let mut gateway = Gateway::try_start_by(command, addr, &settings, POLICY).unwrap();
    let heard = hear(&manager, "READY=1");
    assert!(!heard.iter().any(|line| line == "STOPPING=1"));
    hear(&manager, "WATCHDOG=1");
    gateway.signal("HUP");
    let mut heard = hear(&manager, "RELOADING=1");
    if !heard.iter().any(|line| line.starts_with("MONOTONIC_USEC=")) {
        heard = hear(&manager, "READY=1");
    }
    let now = heard.iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(now.is_some_and(|now| now.parse::<u64>().is_ok()), "{heard:?}");
    if !heard.iter().any(|line| line == "READY=1") {
        hear(&manager, "READY=1");
    }
    gateway.signal("TERM");
    hear(&manager, "STOPPING=1");
    assert_eq!(gateway.wait(Duration::from_secs(10)).code(), Some(0));
}

/// A command that finds this socket open as its third descriptor, as systemd and its like pass it.
fn with_socket(socket: &TcpListener) -> Command {
    let mut command = Command::new("sh");
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
    command.stdin(OwnedFd::from(socket.try_clone().unwrap())).args(["-c", script, program()]);
    command
}

/// Asks on a connection of its own each time, until told to stop; what failed.
fn ask_all_the_time(addr: SocketAddr, stop: &AtomicBool, answered: &AtomicU64) -> Vec<String> {
    let mut failed = Vec::new();
    let get = b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    while !stop.load(SeqCst) {
        let answer = Client::try_connect(addr).and_then(|mut client| {
            client.try_send(get)?;
            client.response("GET")
        });
        match answer {
            Ok(response) if response.status == 200 && response.complete => {
                answered.fetch_add(1, SeqCst);
            }
            other => failed.push(format!("{other:?}")),
        }
    }
    failed
}

/// Two gateways on the same address, the first of which ends while clients ask; what failed.
fn hand_over(mut first: Gateway, start_second: impl FnOnce() -> Gateway) -> (u64, Vec<String>) {
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let addr = first.addr;
    let failed = std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..4).map(|_| scope.spawn(|| ask_all_the_time(addr, &stop, &answered))).collect();
        std::thread::sleep(Duration::from_millis(300));
        let second = start_second();
        std::thread::sleep(Duration::from_millis(300));
        first.signal("TERM");
        assert_eq!(first.wait(Duration::from_secs(20)).code(), Some(0));
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, SeqCst);
        let failed = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        assert_eq!(Client::get(second.addr, "/").status, 200);
        failed
    });
    (answered.load(SeqCst), failed)
}

#[test]
fn a_socket_that_is_passed_on_is_handed_over_without_a_failed_request() {
    let upstream = Upstream::ok();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    // Where to listen is what the socket says.
    let settings = format!("threads = 2\nupstreams = \"http://{}\"", upstream.addr);
    let start = || Gateway::try_start_by(with_socket(&socket), addr, &settings, POLICY).unwrap();
    let (answered, failed) = hand_over(start(), start);
    assert!(failed.is_empty(), "{} of {answered}: {:?}", failed.len(), &failed[..1]);
    assert!(answered > 100, "{answered}");
}

#[test]
fn a_new_version_can_listen_before_the_old_one_ends() {
    let upstream = Upstream::ok();
    let addr = free_address();
    let settings =
        format!("listen = \"{addr}\"\nthreads = 2\nupstreams = \"http://{}\"", upstream.addr);
    let first = Gateway::start_at(addr, &settings, POLICY);
    let second = || {
        let program = Command::new(program());
        Gateway::try_start_with(program, &["--replace"], addr, &settings, POLICY).unwrap()
    };
    let (answered, failed) = hand_over(first, second);
    assert!(answered > 100, "{answered}");
    // A handshake that the kernel has not finished when its socket closes is lost.
    assert!(failed.len() <= 2, "{} of {answered}: {:?}", failed.len(), &failed[..2]);
}

#[test]
fn the_same_file_started_twice_is_told_so() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let second = Command::new(program())
        .args(["serve", "--admin", "off", "--config"])
        .arg(&gateway.config)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{told}");
    assert!(told.contains(&gateway.addr.to_string()) && told.contains("--replace"), "{told}");
}

#[test]
fn the_environment_replaces_what_the_file_says() {
    let upstream = Upstream::ok();
    let addr = free_address();
    let mut command = Command::new(program());
    command.env("CORSAGE_LIMITS_BODY_BYTES", "10").env("CORSAGE_LISTEN", addr.to_string());
    let settings = format!(
        "listen = \"127.0.0.1:1\"\nlimits.body_bytes = \"1MiB\"\nupstreams = \"http://{}\"",
        upstream.addr
    );
    let gateway = Gateway::try_start_by(command, addr, &settings, POLICY).unwrap();
    let post = |length: usize| {
        format!(
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{}",
            "x".repeat(length)
        )
    };
    assert_eq!(Client::once(gateway.addr, &post(10)).status, 200);
    assert_eq!(Client::once(gateway.addr, &post(11)).status, 413);
    // And `check` shows what is in force, for the same environment.
    let shown = Command::new(program())
        .args(["check", "--show"])
        .arg(&gateway.config)
        .env("CORSAGE_LIMITS_BODY_BYTES", "10")
        .output()
        .unwrap();
    let shown: toml::Value = toml::from_str(&String::from_utf8(shown.stdout).unwrap()).unwrap();
    let limit = &shown["gateway"]["limits"]["body_bytes"];
    assert!(limit.as_str() == Some("10B") || limit.as_integer() == Some(10), "{limit}");
    assert_eq!(shown["policy"][0]["allow_origins"][0].as_str(), Some(crate::support::ORIGIN));
    // A variable that means nothing is blamed by its name, and nothing is served.
    let refused = Command::new(program())
        .args(["serve", "--config"])
        .arg(&gateway.config)
        .env("CORSAGE_LIMITS_BODY_BYTES", "many")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CORSAGE_LIMITS_BODY_BYTES"));
}

#[test]
fn a_broken_file_is_reported_as_check_reports_it_and_nothing_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("corsage.toml");
    let text = "[gateway]\nlisten = 'nowhere'\nupstream = 'x'\n[[policy]]\nallow_orgins = ['*']\n";
    std::fs::write(&file, text).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(program()).args(arguments).arg(&file).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (served, told) = run(&["serve", "--config"]);
    let (checked, report) = run(&["check"]);
    assert_eq!((served, checked), (Some(2), Some(1)));
    assert_eq!(told, report);
    for word in ["gateway.listen", "gateway.upstreams", "allow_origins"] {
        assert!(report.contains(word), "{report}");
    }
}

#[test]
fn a_certificate_that_cannot_be_read_is_named_and_nothing_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("corsage.toml");
    let text = "[gateway]\nupstreams = 'http://127.0.0.1:1'\nadmin.listen = 'off'\n\
        listen = [{ address = '127.0.0.1:0', tls = { certificates = [{ certificate = '/no/where.pem', key = '/no/where.pem' }] } }]\n";
    std::fs::write(&file, text).unwrap();
    let output = Command::new(program()).args(["serve", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/where.pem"));
}

#[test]
fn old_connections_do_not_hold_up_the_end() {
    let upstream = Upstream::ok();
    let mut gateway = Gateway::start(upstream.addr, "drain_timeout = \"20s\"");
    let mut silent = Client::connect(gateway.addr);
    silent.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(silent.response("GET").unwrap().status, 200);
    let _never_spoke = Client::connect(gateway.addr);
    eventually("both are connected", || gateway.metric("corsage_connections") >= 2.0);
    let began = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.wait(Duration::from_secs(10)).code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
