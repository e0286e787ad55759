//! Reloads, ends and crowds, while requests run. Every request is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Client, Gateway, ORIGIN, POLICY, Upstream, respond};

/// Clients that ask one request after the other on connections that they keep.
struct Load {
    stop: AtomicBool,
    answered: AtomicU64,
    failed: Mutex<Vec<String>>,
}

impl Load {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            failed: Mutex::new(Vec::new()),
        }
    }

    /// Runs clients until `stop`, and `during` beside them.
    fn run(&self, gateway: &Gateway, clients: usize, during: impl FnOnce()) {
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| self.client(gateway));
            }
            during();
            self.stop.store(true, SeqCst);
        });
    }

    fn client(&self, gateway: &Gateway) {
        let get = format!("GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\n\r\n");
        let ask = format!(
            "OPTIONS /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nAccess-Control-Request-Method: PUT\r\n\r\n"
        );
        let mut client: Option<Client> = None;
        while !self.stop.load(SeqCst) {
            // A load, and no contest for the processor: other tests run beside this one.
            std::thread::sleep(Duration::from_millis(2));
            let Some(connected) = &mut client else {
                // Once the gateway no longer accepts, nobody has been promised anything.
                match Client::try_connect(gateway.addr) {
                    Ok(connected) => client = Some(connected),
                    Err(_) => return,
                }
                continue;
            };
            for (method, request) in [("GET", &get), ("OPTIONS", &ask)] {
                let sent = connected.try_send(request.as_bytes());
                let answer = sent.and_then(|()| connected.response(method));
                match answer {
                    Ok(response) => {
                        let good = response.complete
                            && matches!(response.status, 200 | 204)
                            && response.all("access-control-allow-origin") == [ORIGIN];
                        if !good {
                            self.failed.lock().unwrap().push(format!("{response:?}"));
                        }
                        self.answered.fetch_add(1, SeqCst);
                        if response
                            .header("connection")
                            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
                        {
                            client = None;
                            break;
                        }
                    }
                    Err(error) => {
                        self.failed.lock().unwrap().push(format!("{method}: {error}"));
                        client = None;
                        break;
                    }
                }
            }
        }
    }

    fn failed(&self) -> Vec<String> {
        self.failed.lock().unwrap().clone()
    }
}

#[test]
fn two_hundred_reloads_under_load_fail_no_request() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "threads = 2");
    let text = std::fs::read_to_string(&gateway.config).unwrap();
    let load = Load::new();
    load.run(&gateway, 8, || {
        for i in 0..200 {
            // Every tenth file is broken, and changes nothing.
            let text = if i % 10 == 9 {
                format!("{text}\nnonsense = [")
            } else {
                text.replace("\"x-custom\"", &format!("\"x-custom-{i}\""))
            };
            let new = gateway.config.with_extension("new");
            std::fs::write(&new, text).unwrap();
            std::fs::rename(&new, &gateway.config).unwrap();
            gateway.signal("HUP");
            std::thread::sleep(Duration::from_millis(10));
        }
        // The last file was a broken one: the policy before it stays in force.
        let deadline = Instant::now() + Duration::from_secs(10);
        while gateway.metric("corsage_config_last_reload_successful") != 0.0 {
            assert!(Instant::now() < deadline, "the broken file is not reported");
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let failed = load.failed();
    assert!(
        failed.is_empty(),
        "{} of {}: {:?}",
        failed.len(),
        load.answered.load(SeqCst),
        &failed[..failed.len().min(5)]
    );
    assert!(
        load.answered.load(SeqCst) > 1000,
        "{} requests are no load",
        load.answered.load(SeqCst)
    );

    // And a good file is taken again.
    std::fs::write(&gateway.config, text.replace("\"x-custom\"", "\"x-last\"")).unwrap();
    gateway.signal("HUP");
    let ask = format!(
        "OPTIONS / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nAccess-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n"
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let response = Client::once(gateway.addr, &ask);
        if response
            .header("access-control-allow-headers")
            .is_some_and(|names| names.contains("x-last"))
        {
            break;
        }
        assert!(Instant::now() < deadline, "the new policy is not in force: {response:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(gateway.metric("corsage_config_last_reload_successful"), 1.0);
}

#[test]
fn a_file_that_changes_is_read_without_a_signal() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let text = std::fs::read_to_string(&gateway.config).unwrap();
    std::fs::write(&gateway.config, text.replace("\"x-custom\"", "\"x-changed\"")).unwrap();
    let ask = format!(
        "OPTIONS / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nAccess-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n"
    );
    let deadline = Instant::now() + Duration::from_secs(15);
    while !Client::once(gateway.addr, &ask)
        .header("access-control-allow-headers")
        .is_some_and(|names| names.contains("x-changed"))
    {
        assert!(Instant::now() < deadline, "the change is not seen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn sigterm_under_load_fails_no_request() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_millis(20));
        respond("200 OK", "", b"ok")
    });
    let settings = "threads = 2\ndrain_delay = \"1500ms\"\ndrain_timeout = \"10s\"";
    let mut gateway = Gateway::start(upstream.addr, settings);
    let load = Load::new();
    load.run(&gateway, 16, || {
        std::thread::sleep(Duration::from_millis(500));
        gateway.signal("TERM");
        // Readiness fails at once, while requests are still served.
        let deadline = Instant::now() + Duration::from_millis(1400);
        let mut ready = true;
        while ready && Instant::now() < deadline {
            ready = Client::get(gateway.admin, "/readyz").status == 200;
        }
        assert!(!ready, "/readyz still says that it is ready");
        std::thread::sleep(Duration::from_secs(3));
    });
    let failed = load.failed();
    assert!(
        failed.is_empty(),
        "{} of {}: {:?}",
        failed.len(),
        load.answered.load(SeqCst),
        &failed[..failed.len().min(5)]
    );
    assert!(load.answered.load(SeqCst) > 100);
    assert_eq!(gateway.wait(Duration::from_secs(15)).code(), Some(0));
}

/// Closing a socket that listens resets whoever waits in its queue, connected and with a request sent.
#[test]
fn whoever_is_connected_at_sigterm_is_answered() {
    for acceptor in ["per-thread", "single"] {
        let upstream = Upstream::ok();
        let settings = format!("threads = 2\nacceptor = \"{acceptor}\"\ndrain_delay = \"0s\"");
        let mut gateway = Gateway::start(upstream.addr, &settings);
        let request = format!(
            "GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n"
        );
        let (answered, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    while let Ok(mut client) = Client::try_connect(gateway.addr) {
                        let sent = client.try_send(request.as_bytes());
                        match sent.and_then(|()| client.response("GET")) {
                            Ok(response) if response.status == 200 && response.complete => {
                                answered.fetch_add(1, SeqCst);
                            }
                            other => failed.lock().unwrap().push(format!("{other:?}")),
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(300));
            gateway.signal("TERM");
        });
        let failed = failed.into_inner().unwrap();
        let answered = answered.into_inner();
        assert!(failed.is_empty(), "{acceptor}: {} of {answered}: {:?}", failed.len(), failed[0]);
        assert!(answered > 50, "{acceptor}: {answered} requests are no load");
        assert_eq!(gateway.wait(Duration::from_secs(15)).code(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_secs(30));
        respond("200 OK", "", b"late")
    });
    let mut gateway = Gateway::start(upstream.addr, "drain_timeout = \"60s\"");
    let mut client = Client::connect(gateway.addr);
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(300));
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(gateway.is_running(), "a request is in flight");
    gateway.signal("TERM");
    gateway.wait(Duration::from_secs(5));
}

#[test]
fn thousands_of_idle_connections_cost_little_and_hinder_nobody() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "threads = 2\nlimits.connections = 20000");
    let before = gateway.resident_kib();
    // Two descriptors a connection would be needed if this process had both ends; the gateway has its own limit.
    let wanted = open_files().saturating_sub(1000).min(10_000);
    let mut idle = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        idle.push(Client::connect(gateway.addr));
    }
    // Half of them have spoken once; a few at a time, because it is not the upstream that is tried here.
    let mut speaking: Vec<&mut Client> = idle.iter_mut().step_by(2).collect();
    for few in speaking.chunks_mut(50) {
        for client in &mut *few {
            client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        }
        for client in few {
            assert_eq!(client.response("GET").unwrap().status, 200);
        }
    }
    for _ in 0..100 {
        assert_eq!(Client::get(gateway.addr, "/").status, 200);
    }
    let per_connection = gateway.resident_kib().saturating_sub(before) as f64 / wanted as f64;
    assert!(wanted >= 500, "only {wanted} files may be open here");
    // Measured in a debug build, whose futures are larger than a release's.
    assert!(per_connection < 64.0, "{per_connection:.1} KiB for an idle connection, of {wanted}");
    // They are all still there.
    for client in idle.iter_mut().step_by(97) {
        client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(client.response("GET").unwrap().status, 200);
    }
}

fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn connections_beyond_the_limit_of_one_address_are_closed() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "threads = 1\nlimits.connections_per_ip = 4");
    let mut clients: Vec<Client> = (0..4).map(|_| Client::connect(gateway.addr)).collect();
    for client in &mut clients {
        client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(client.response("GET").unwrap().status, 200);
    }
    let mut fifth = Client::connect(gateway.addr);
    let _ = fifth.try_send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    let told = fifth.response("GET").map(|response| response.status);
    assert!(told.as_ref().is_err() || told.as_ref().is_ok_and(|status| *status == 503), "{told:?}");
    assert!(fifth.is_closed());
    drop(clients);
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let mut next = Client::connect(gateway.addr);
        let _ = next.try_send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        if next.response("GET").is_ok_and(|response| response.status == 200) {
            break;
        }
        assert!(Instant::now() < deadline, "closed connections still count");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn several_upstreams_share_the_load_and_a_dead_one_is_left_out() {
    let counted = |name: &'static str| {
        let count = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&count);
        let upstream = Upstream::answering(move |_| {
            seen.fetch_add(1, SeqCst);
            respond("200 OK", &format!("X-Served-By: {name}\r\n"), b"ok")
        });
        (upstream, count)
    };
    let ((a, a_count), (b, b_count)) = (counted("a"), counted("b"));
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = format!(
        "threads = 1\nupstreams = [\"http://{}\", \"http://{}\", \"http://{dead}\"]\npassive_health.failures = 1",
        a.addr, b.addr
    );
    let gateway = Gateway::start_with(&settings, POLICY);
    for _ in 0..60 {
        assert_eq!(Client::get(gateway.addr, "/").status, 200);
    }
    assert!(a_count.load(SeqCst) > 10 && b_count.load(SeqCst) > 10, "{a_count:?} {b_count:?}");
}
