//! What must not hang it, fill it, or make it do something twice.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::support::{
    Client, Gateway, ORIGIN, POLICY, Upstream, eventually, free_address, read_request, respond,
};

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A gateway whose standard error is a pipe that nobody reads.
fn unread(settings: &str) -> (Killed, SocketAddr, SocketAddr, tempfile::TempDir) {
    let (addr, admin) = (free_address(), free_address());
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("corsage.toml");
    let text = format!(
        "[gateway]\nlisten = \"{addr}\"\nadmin.listen = \"{admin}\"\nlog.access = \"off\"\n{settings}\n{POLICY}"
    );
    std::fs::write(&config, text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let child = Killed(child);
    eventually("the gateway is not ready", || {
        TcpStream::connect(admin).is_ok() && Client::get(admin, "/readyz").status == 200
    });
    (child, addr, admin, dir)
}

fn metric(admin: SocketAddr, series: &str) -> f64 {
    let page = String::from_utf8(Client::get(admin, "/metrics").body).unwrap();
    let value = page.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {series} in {page}"))
}

#[test]
fn a_standard_error_that_nobody_reads_holds_nobody_up() {
    let upstream = Upstream::ok();
    // At this level each request says several lines, and each of them is told.
    let (mut child, addr, admin, _dir) =
        unread(&format!("upstreams = \"http://{}\"\nlog.level = \"trace\"", upstream.addr));
    let dropped = "corsage_log_lines_dropped_total{log=\"own\",reason=\"unread\"}";
    let began = Instant::now();
    while metric(admin, dropped) == 0.0 {
        assert!(began.elapsed() < Duration::from_secs(60), "the pipe does not fill");
        for _ in 0..50 {
            assert_eq!(Client::get(addr, "/").status, 200);
        }
    }
    for _ in 0..50 {
        assert_eq!(Client::get(addr, "/").status, 200);
    }
    assert_eq!(Client::get(admin, "/livez").status, 200);
    let pid = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let began = Instant::now();
    while child.0.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(15), "SIGTERM is not heard");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn lines_that_repeat_are_told_once_and_then_how_often() {
    let gateway = Gateway::start(free_address(), "");
    for _ in 0..200 {
        assert_eq!(Client::get(gateway.addr, "/").status, 502);
    }
    eventually("how often it came is not told", || gateway.told().contains("(again, "));
    let told = gateway.told();
    let lines = told.lines().filter(|line| line.contains("did not answer")).count();
    assert!(lines <= 4, "{lines} lines: {told}");
}

#[test]
fn a_full_disk_costs_lines_and_nothing_else() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start_with(&format!("upstreams = \"http://{}\"", upstream.addr), POLICY);
    gateway.reconfigure(|text| text.replace("log.access = \"off\"", "log.access = \"/dev/full\""));
    eventually("no line is lost", || {
        assert_eq!(Client::get(gateway.addr, "/").status, 200);
        metric(
            gateway.admin,
            "corsage_log_lines_dropped_total{log=\"access\",reason=\"unwritten\"}",
        ) > 0.0
    });
}

/// An upstream that answers one request of each connection well, and the second one with these bytes, then closes.
fn spoils_the_second(answer: &'static [u8], second: Arc<AtomicUsize>) -> Upstream {
    Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        if read_request(&mut stream).is_err() {
            return;
        }
        let _ = stream.get_mut().write_all(&respond("200 OK", "", b"ok"));
        if read_request(&mut stream).is_ok() {
            second.fetch_add(1, SeqCst);
            let _ = stream.get_mut().write_all(answer);
        }
    })
}

#[test]
fn what_may_have_been_executed_is_sent_once_more_at_the_most_and_never_after_a_byte() {
    let answers: [&[u8]; 5] = [
        b"",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"H",
    ];
    for answer in answers {
        let second = Arc::new(AtomicUsize::new(0));
        let upstream = spoils_the_second(answer, Arc::clone(&second));
        let gateway =
            Gateway::start(upstream.addr, "threads = 1\npassive_health.failures = \"off\"");
        // Several kept connections, each of which would spoil what comes next.
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| Client::get(gateway.addr, "/"));
            }
        });
        let (asked_before, executed_before) =
            (upstream.connections.load(SeqCst), second.swap(0, SeqCst));
        let status = Client::get(gateway.addr, "/").status;
        let executed = second.load(SeqCst) + (upstream.connections.load(SeqCst) - asked_before);
        let shown = String::from_utf8_lossy(answer);
        if answer.is_empty() {
            assert_eq!(status, 200, "a kept connection that was closed costs nothing");
            assert!(executed <= 2, "{executed} times (before: {executed_before})");
        } else {
            assert_eq!(status, 502, "{shown}");
            assert_eq!(executed, 1, "{shown}");
        }
    }
}

/// An upstream that waits, and counts those who left before their answer.
fn patient(left: Arc<AtomicUsize>) -> Upstream {
    Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        if read_request(&mut stream).is_ok() && matches!(stream.read(&mut [0]), Ok(0) | Err(_)) {
            left.fetch_add(1, SeqCst);
        }
    })
}

#[test]
fn a_client_that_leaves_takes_its_request_with_it() {
    let left = Arc::new(AtomicUsize::new(0));
    let upstream = patient(Arc::clone(&left));
    let gateway = Gateway::start(upstream.addr, "");
    let clients: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut client = TcpStream::connect(gateway.addr).unwrap();
            client.write_all(b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
            client
        })
        .collect();
    eventually("the requests do not arrive", || upstream.connections.load(SeqCst) == 10);
    drop(clients);
    eventually("those who left are waited for", || left.load(SeqCst) == 10);
}

#[test]
fn a_client_that_only_ends_its_side_gets_its_answer() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_secs(6));
        respond("200 OK", "", b"late")
    });
    let gateway = Gateway::start(upstream.addr, "");
    for version in ["1.1", "1.0"] {
        let mut client = Client::connect(gateway.addr);
        client.send(format!("GET / HTTP/{version}\r\nHost: test\r\n\r\n").as_bytes());
        client.stream.get_mut().shutdown(Shutdown::Write).unwrap();
        let response = client.response("GET").unwrap();
        assert_eq!((response.status, &*response.body), (200, &b"late"[..]), "HTTP/{version}");
    }
}

#[test]
fn heads_that_never_end_are_bounded_together() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(
        upstream.addr,
        "threads = 1\nlimits.head_budget = \"1MiB\"\ntimeouts.request_head = \"60s\"",
    );
    let begun = format!("GET / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\n");
    let mut clients: Vec<Client> = (0..60).map(|_| Client::connect(gateway.addr)).collect();
    for client in &mut clients {
        client.send(begun.as_bytes());
    }
    for n in 0..24 {
        for client in &mut clients {
            let _ = client.try_send(format!("X-{n}: {}\r\n", "a".repeat(1000)).as_bytes());
        }
    }
    let mut refused = Vec::new();
    let began = Instant::now();
    while refused.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(15), "nobody is refused");
        for (index, client) in clients.iter().enumerate() {
            let _ = client.stream.get_ref().set_nonblocking(true);
            let mut byte = [0];
            if client.stream.get_ref().peek(&mut byte).is_ok_and(|read| read > 0) {
                refused.push(index);
            }
            let _ = client.stream.get_ref().set_nonblocking(false);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let response = clients[refused[0]].response("GET").unwrap();
    assert_eq!(response.status, 503);
    assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(String::from_utf8_lossy(&response.body).contains("heads-over-budget"));
    // Whoever asks in one piece is served all the while.
    assert_eq!(Client::get(gateway.addr, "/").status, 200);
    drop(clients);
    eventually("the budget is not given back", || {
        let mut client = Client::connect(gateway.addr);
        for n in 0..20 {
            let line = format!("X-{n}: {}\r\n", "a".repeat(1000));
            let head = if n == 0 { format!("{begun}{line}") } else { line };
            if client.try_send(head.as_bytes()).is_err() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        client.try_send(b"Connection: close\r\n\r\n").is_ok()
            && client.response("GET").is_ok_and(|response| response.status == 200)
    });
}

#[test]
fn the_memory_of_heads_that_ended_goes_back_to_the_system() {
    let upstream = Upstream::ok();
    let mut command = Command::new(env!("CARGO_BIN_EXE_corsage"));
    // As `deploy/` sets it.
    command.env("MIMALLOC_PURGE_DELAY", "0");
    let addr = free_address();
    let settings =
        format!("listen = \"{addr}\"\nupstreams = \"http://{}\"\nthreads = 1", upstream.addr);
    let gateway = Gateway::try_start_by(command, addr, &settings, POLICY).unwrap();
    let before = gateway.resident_kib();
    let begun = format!("GET / HTTP/1.1\r\nHost: test\r\nX: {}", "a".repeat(30_000));
    let mut clients: Vec<Client> = (0..300).map(|_| Client::connect(addr)).collect();
    for client in &mut clients {
        client.send(begun.as_bytes());
    }
    eventually("the heads are not read", || gateway.resident_kib() > before + 20 * 1024);
    drop(clients);
    eventually("the memory is kept", || {
        assert_eq!(Client::get(addr, "/").status, 200);
        gateway.resident_kib() < before + 8 * 1024
    });
}

#[test]
fn the_admin_listener_answers_to_local_names_and_is_not_filled_by_silence() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "admin.hosts = [\"metrics.example.com\"]");
    let ask = |host: &str, more: &str| {
        let head =
            format!("GET /livez HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n");
        Client::once(gateway.admin, &head).status
    };
    for host in ["127.0.0.1:9090", "localhost", "corsage.prod.svc", "metrics.example.com"] {
        assert_eq!(ask(host, ""), 200, "{host}");
    }
    assert_eq!(ask("rebound.example", ""), 421);
    assert_eq!(ask("127.0.0.1", "Origin: http://evil.example\r\n"), 421);
    let silent: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(gateway.admin).unwrap()).collect();
    assert_eq!(ask("localhost", ""), 200);
    drop(silent);
}

#[test]
fn a_level_that_is_none_is_refused_and_changes_nothing() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let set = |level: &str| {
        let put = format!(
            "PUT /log-level HTTP/1.1\r\nHost: admin\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{level}",
            level.len()
        );
        Client::once(gateway.admin, &put).status
    };
    for level in
        ["loud", "", "debug,loud", "corsage_gateway=loud", "=debug", "warn;info", "\u{1b}[31m"]
    {
        assert_eq!(set(level), 400, "{level:?}");
    }
    for level in ["warn", "corsage_gateway=trace,info", "INFO"] {
        assert_eq!(set(level), 200, "{level:?}");
    }
}

#[test]
fn trailers_say_nothing_that_the_head_has_the_say_about() {
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let upstream = Upstream::start(move |mut stream| {
        let mut bytes = [0; 4096];
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n") || !all.windows(5).any(|w| w == b"\r\n0\r\n") {
            match stream.read(&mut bytes) {
                Ok(n) if n > 0 => all.extend_from_slice(&bytes[..n]),
                _ => return,
            }
        }
        log.lock().unwrap().push(String::from_utf8_lossy(&all).to_ascii_lowercase());
        let _ = stream.write_all(&respond("200 OK", "", b"ok"));
    });
    let gateway = Gateway::start(upstream.addr, "");
    let names = [
        "X-Real-IP",
        "X_Forwarded_For",
        "Proxy",
        "Sec-Fetch-Site",
        "X-Request-Id",
        "Cookie",
        "Content_Length",
        "Traceparent",
    ];
    let announced = names.join(", ");
    let trailers: String = names.iter().map(|name| format!("{name}: forged\r\n")).collect();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: test\r\nTE: trailers\r\nTrailer: {announced}, X-Fine\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\n{trailers}X-Fine: yes\r\n\r\n"
    );
    assert_eq!(Client::once(gateway.addr, &request).status, 200);
    let heard = heard.lock().unwrap().join("\n");
    assert!(!heard.contains("forged"), "{heard}");
}

#[test]
fn of_two_request_ids_none_is_believed() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let upstream = Upstream::answering(move |request| {
        let ids: Vec<String> =
            request.all("x-request-id").iter().map(ToString::to_string).collect();
        log.lock().unwrap().push(ids);
        respond("200 OK", "", b"ok")
    });
    let gateway = Gateway::start(upstream.addr, "");
    let head = "GET / HTTP/1.1\r\nHost: test\r\nX-Request-Id: a\r\nX-Request-Id: b\r\nConnection: close\r\n\r\n";
    assert_eq!(Client::once(gateway.addr, head).status, 200);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].len(), 1, "{seen:?}");
    assert!(seen[0][0] != "a" && seen[0][0] != "b", "{seen:?}");
}
