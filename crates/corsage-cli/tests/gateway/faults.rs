//! Upstreams that refuse, hang, lie and die; clients that crawl.

use std::io::{BufReader, Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Client, Gateway, ORIGIN, Response, Upstream, read_request, respond};

fn get_with_origin(gateway: &Gateway, path: &str) -> Response {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n"
    );
    Client::once(gateway.addr, &request)
}

/// Whether a page may read this answer, error or not.
fn is_readable(response: &Response) -> bool {
    response.header("access-control-allow-origin") == Some(ORIGIN)
        && response.all("vary").iter().any(|vary| vary.to_ascii_lowercase().contains("origin"))
}

#[test]
fn an_upstream_that_refuses_is_a_502_that_pages_can_read() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::start(nobody, "");
    let response = get_with_origin(&gateway, "/");
    assert_eq!(response.status, 502);
    assert!(is_readable(&response), "{response:?}");
}

#[test]
fn an_upstream_that_hangs_is_a_504_that_pages_can_read() {
    let upstream = Upstream::start(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        std::thread::sleep(Duration::from_secs(30));
    });
    let gateway = Gateway::start(upstream.addr, "timeouts.upstream_first_byte = \"300ms\"");
    let began = Instant::now();
    let response = get_with_origin(&gateway, "/");
    assert_eq!(response.status, 504);
    assert!(is_readable(&response), "{response:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn an_upstream_that_talks_nonsense_is_a_502_and_its_bytes_do_not_get_through() {
    let garbage: [&[u8]; 9] = [
        b"what?\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"\x00\x01\x02\x03\xff\xfe\r\n\r\n",
        b"HTTP/1.1 999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n",
        b"",
    ];
    let next = Arc::new(AtomicUsize::new(0));
    let upstream = Upstream::start(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(garbage[next.fetch_add(1, SeqCst) % garbage.len()]);
    });
    let mut gateway =
        Gateway::start(upstream.addr, "retries = 0\npassive_health.failures = \"off\"");
    for bytes in garbage {
        // POST: nobody tries it twice.
        let request = format!(
            "POST / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
        );
        let response = Client::once(gateway.addr, &request);
        assert_eq!(response.status, 502, "{:?}: {response:?}", String::from_utf8_lossy(bytes));
        assert!(is_readable(&response), "{response:?}");
    }
    assert!(gateway.is_running());
}

#[test]
fn an_upstream_that_dies_mid_body_leaves_a_body_that_is_seen_to_be_cut() {
    let upstream = Upstream::start(|stream| {
        let mut stream = BufReader::new(stream);
        let Ok(request) = read_request(&mut stream) else { return };
        let head: &[u8] = if request.line.contains("chunked") {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        } else {
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"
        };
        let _ = stream.get_mut().write_all(head);
    });
    let gateway = Gateway::start(upstream.addr, "");
    for path in ["/chunked", "/length"] {
        let response = get_with_origin(&gateway, path);
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.body, b"hello", "{path}");
        assert!(!response.complete, "{path}: the cut must show");
    }
    // And the next request is none the worse.
    assert_eq!(get_with_origin(&gateway, "/length").status, 200);
}

/// Closes each connection after its first answer, as servers do whose keep-alive has run out.
fn forgetful(requests: Arc<Mutex<Vec<String>>>) -> Upstream {
    Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        let Ok(request) = read_request(&mut stream) else { return };
        requests.lock().unwrap().push(request.line);
        let _ = stream.get_mut().write_all(&respond("200 OK", "", b"ok"));
        // The gateway has kept the connection by now, and finds it closed when it writes again.
        let _ = read_request(&mut stream);
    })
}

#[test]
fn a_kept_connection_that_died_costs_a_get_nothing_and_a_post_is_never_sent_twice() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let upstream = forgetful(Arc::clone(&requests));
    let gateway = Gateway::start(upstream.addr, "threads = 1\npassive_health.failures = \"off\"");
    for _ in 0..20 {
        assert_eq!(get_with_origin(&gateway, "/").status, 200);
    }
    requests.lock().unwrap().clear();
    let post =
        "POST /write HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
    for _ in 0..20 {
        let status = Client::once(gateway.addr, post).status;
        assert!(status == 200 || status == 502, "{status}");
    }
    let writes = requests.lock().unwrap().iter().filter(|line| line.starts_with("POST")).count();
    assert!(writes <= 20, "{writes} POSTs arrived of 20");
}

#[test]
fn a_client_that_crawls_through_its_head_is_closed() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "timeouts.request_head = \"500ms\"");
    let began = Instant::now();
    let mut client = Client::connect(gateway.addr);
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n");
    while began.elapsed() < Duration::from_secs(10) {
        if client.try_send(b"X-Slow: 1\r\n").is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "still open after {:?}", began.elapsed());
    assert_eq!(upstream.connections.load(SeqCst), 0);
    // Others are served meanwhile and afterwards.
    assert_eq!(Client::get(gateway.addr, "/").status, 200);
}

#[test]
fn a_client_that_crawls_through_its_body_is_closed_and_frees_the_upstream() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "timeouts.request_body_idle = \"500ms\"");
    let mut client = Client::connect(gateway.addr);
    client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\nabc");
    let began = Instant::now();
    let answered = client.response("POST").map(|response| response.status);
    assert!(began.elapsed() < Duration::from_secs(5), "{answered:?} after {:?}", began.elapsed());
    if let Ok(status) = answered {
        assert!((400..600).contains(&status), "{status}");
    }
}

#[test]
fn a_client_that_does_not_read_is_closed_and_costs_no_memory() {
    let upstream = Upstream::start(|stream| {
        let mut stream = BufReader::new(stream);
        let Ok(_) = read_request(&mut stream) else { return };
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
        if stream.get_mut().write_all(head.as_bytes()).is_err() {
            return;
        }
        while stream.get_mut().write_all(&[b'x'; 65536]).is_ok() {}
    });
    let gateway = Gateway::start(upstream.addr, "timeouts.response_write_idle = \"1s\"");
    let before = gateway.resident_kib();
    let mut clients: Vec<Client> = (0..20).map(|_| Client::connect(gateway.addr)).collect();
    for client in &mut clients {
        client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    }
    std::thread::sleep(Duration::from_millis(500));
    let grown = gateway.resident_kib().saturating_sub(before);
    assert!(grown < 20 * 1024, "{grown} KiB for 20 clients that do not read");
    // The gateway gives up on them.
    let deadline = Instant::now() + Duration::from_secs(10);
    while gateway.metric("corsage_connections") > 1.0 {
        assert!(Instant::now() < deadline, "the connections of clients that do not read stay open");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_full_queue_is_a_503_that_pages_can_read() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_millis(1500));
        respond("200 OK", "", b"late")
    });
    // The limit is the server's, not a thread's.
    let settings =
        "threads = 3\npool.max_connections = 1\npool.queue = 1\npool.queue_timeout = \"10s\"";
    let gateway = Gateway::start(upstream.addr, settings);
    let statuses: Vec<Response> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|i| {
                let gateway = &gateway;
                scope.spawn(move || {
                    std::thread::sleep(Duration::from_millis(20 * i));
                    get_with_origin(gateway, "/")
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let full = statuses.iter().filter(|response| response.status == 503).count();
    let served = statuses.iter().filter(|response| response.status == 200).count();
    assert_eq!(full + served, 8, "{statuses:?}");
    assert_eq!(served, 2, "one that is served and one that waits");
    assert!(statuses.iter().all(is_readable), "{statuses:?}");
}
