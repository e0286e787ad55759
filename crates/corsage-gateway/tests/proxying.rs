//! What passes through, over real sockets: streams, upgrades, errors, reloads, and the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use corsage_gateway::Gateway;

use support::{APP, OK, Upstream, count, gateway, receive, send};

const GET: &[u8] = b"GET /x HTTP/1.1\r\nHost: a.example\r\nOrigin: https://app.example\r\n\r\n";

fn allowed(got: &support::Got) -> bool {
    got.header("access-control-allow-origin") == Some("https://app.example")
}

/// Reads until this text has come.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut got = String::new();
    let mut byte = [0];
    while !got.ends_with(end) {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "the end came after {got:?}");
        got.push(char::from(byte[0]));
    }
    got
}

#[test]
fn events_are_passed_on_as_they_come() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let upstream = Upstream::start(move |_, stream| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        for n in 1..=3 {
            stream.write_all(format!("9\r\ndata: {n}\n\n\r\n").as_bytes()).unwrap();
            wait.lock().unwrap().recv().unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let gateway = gateway(upstream.addr, "", APP);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    client.write_all(GET).unwrap();
    for n in 1..=3 {
        // The next event is not sent before this one has arrived.
        read_until(&mut client, &format!("data: {n}\n\n\r\n"));
        go.send(()).unwrap();
    }
    read_until(&mut client, "0\r\n\r\n");
}

#[test]
fn uploads_are_passed_on_as_they_come() {
    // Its own loop: the answer comes in pieces, each after a piece of the request.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_until(&mut stream, "\r\n\r\n");
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
        for _ in 0..3 {
            read_until(&mut stream, "hello\r\n");
            stream.write_all(b"5\r\nheard\r\n").unwrap();
        }
        read_until(&mut stream, "0\r\n\r\n");
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let gateway = gateway(addr, "", APP);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    client
        .write_all(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        )
        .unwrap();
    read_until(&mut client, "heard\r\n");
    client.write_all(b"5\r\nhello\r\n").unwrap();
    read_until(&mut client, "heard\r\n");
    client.write_all(b"5\r\nhello\r\n0\r\n\r\n").unwrap();
    read_until(&mut client, "heard\r\n0\r\n\r\n");
}

#[test]
fn continue_and_hints_reach_the_client() {
    let upstream = Upstream::start(|request, stream| {
        assert!(!request.contains("expect"), "{request}");
        let _ = stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
        let _ = stream.write_all(OK.as_bytes());
    });
    let gateway = gateway(upstream.addr, "", APP);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.write_all(head).unwrap();
    assert_eq!(read_until(&mut client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"hello").unwrap();
    let hints = read_until(&mut client, "\r\n\r\n");
    assert_eq!(hints, "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
    assert!(read_until(&mut client, "ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn web_sockets_are_tunnels_after_the_upstreams_101() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head = read_until(&mut stream, "\r\n\r\n").to_ascii_lowercase();
        assert!(head.contains("upgrade: websocket\r\n"), "{head}");
        let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nfirst";
        stream.write_all(answer.as_bytes()).unwrap();
        read_until(&mut stream, "ping");
        stream.write_all(b"pong").unwrap();
    });
    let gateway = gateway(addr, "", APP);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    let head = b"GET /ws HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    client.write_all(head).unwrap();
    let answer = read_until(&mut client, "\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("upgrade: websocket"), "{answer}");
    read_until(&mut client, "first");
    client.write_all(b"ping").unwrap();
    read_until(&mut client, "pong");
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}

#[test]
fn upstreams_errors_and_our_own_can_be_read() {
    let upstream = Upstream::start(|request, stream| {
        let answer: &[u8] = match request.split(' ').nth(1).unwrap() {
            "/401" => b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
            "/garbage" => b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "/cut" => b"",
            "/slow" => return std::thread::sleep(Duration::from_secs(2)),
            _ => OK.as_bytes(),
        };
        let _ = stream.write_all(answer);
        if answer.is_empty() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    });
    let settings = "[gateway.timeouts]\nupstream_first_byte = \"300ms\"";
    let gateway = gateway(upstream.addr, settings, APP);
    for (path, status) in
        [("/401", 401), ("/garbage", 502), ("/cut", 502), ("/slow", 504), ("/", 200)]
    {
        let request = String::from_utf8_lossy(GET).replace("/x", path);
        let got = send(gateway.local_addrs()[0], request.as_bytes(), 1);
        assert_eq!(got.status(), status, "{path}: {got:?}");
        assert!(allowed(&got), "{path}: {got:?}");
    }
}

#[test]
fn an_upstream_that_is_not_there_is_a_502_that_pages_can_read() {
    let (_taken, nobody) = support::nobody();
    let gateway = gateway(nobody, "", APP);
    let got = send(gateway.local_addrs()[0], GET, 1);
    assert_eq!(got.status(), 502, "{got:?}");
    assert!(allowed(&got), "{got:?}");
    assert!(got.text.contains("connect-refused"), "{got:?}");
}

#[test]
fn a_response_cut_short_is_not_made_to_look_whole() {
    let upstream = Upstream::start(|_, stream| {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let gateway = gateway(upstream.addr, "", APP);
    let got = send(gateway.local_addrs()[0], GET, 1);
    assert!(got.closed, "{got:?}");
    assert!(!got.text.contains("\r\n0\r\n"), "{got:?}");
}

#[test]
fn stale_connections_are_replaced_without_the_client_knowing() {
    // Each connection serves one request and is closed without a word.
    let upstream = Upstream::start(|_, stream| {
        let _ = stream.write_all(OK.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let gateway = gateway(upstream.addr, "", APP);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    for n in 0..50 {
        client.write_all(GET).unwrap();
        let got = read_until(&mut client, "ok");
        assert!(got.starts_with("HTTP/1.1 200"), "request {n}: {got}");
    }
    // More where a request arrived just before its connection was closed: it goes out once more.
    assert!(upstream.take().len() >= 50);
}

#[test]
fn requests_go_elsewhere_when_a_server_is_down() {
    let (_taken, nobody) = support::nobody();
    let upstream = Upstream::ok();
    let settings = format!(
        "passive_health = {{ failures = 2 }}\nretries = 1\n[[gateway.upstreams]]\nurl = \"http://{nobody}\"\n[[gateway.upstreams]]\nurl = \"http://{}\"",
        upstream.addr
    );
    let text = format!(
        "[gateway]\nlisten = \"127.0.0.1:0\"\nthreads = 1\nadmin = {{ listen = \"off\" }}\nlog = {{ access = \"off\" }}\n{settings}\n{APP}"
    );
    let config = corsage_config::parse(&text, "t.toml").unwrap_or_else(|error| panic!("{error}"));
    let gateway = Gateway::start(&config).unwrap();
    for _ in 0..20 {
        let got = send(
            gateway.local_addrs()[0],
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            1,
        );
        assert_eq!(got.status(), 200, "{got:?}");
    }
    assert_eq!(upstream.take().len(), 20);
}

#[test]
fn upstreams_cors_headers_are_stripped_kept_or_refused() {
    let answer = "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\nvary: Accept\r\ncontent-length: 2\r\n\r\nok";
    let upstream = Upstream::start(move |_, stream| stream.write_all(answer.as_bytes()).unwrap());
    let stranger = b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n";
    let row = |setting: &str| {
        let gateway = gateway(upstream.addr, &format!("upstream_cors = \"{setting}\""), APP);
        let page = send(gateway.local_addrs()[0], GET, 1);
        let other = send(gateway.local_addrs()[0], stranger, 1);
        let admin = send(
            gateway.admin_addr().unwrap(),
            b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            1,
        );
        assert!(
            admin.text.contains("corsage_upstream_cors_headers_total{route=\"app\"} 2"),
            "{admin:?}"
        );
        (page, other)
    };
    let (page, other) = row("strip");
    assert!(allowed(&page), "{page:?}");
    assert_eq!(page.text.matches("access-control-allow-origin").count(), 1);
    assert_eq!(page.header("access-control-allow-credentials"), None);
    assert!(page.text.contains("vary: Accept\r\n") && page.text.contains("vary: Origin\r\n"));
    assert_eq!(other.header("access-control-allow-origin"), None);
    let (page, other) = row("keep");
    assert!(allowed(&page), "{page:?}");
    assert_eq!(page.text.matches("access-control-allow-origin").count(), 1);
    assert_eq!(other.header("access-control-allow-origin"), Some("*"));
    let (page, other) = row("refuse");
    assert_eq!((page.status(), other.status()), (502, 502));
    assert!(allowed(&page), "{page:?}");
    assert_eq!(other.header("access-control-allow-origin"), None);
}

#[test]
fn reloads_under_load_lose_nothing() {
    let upstream = Upstream::ok();
    let gateway = Arc::new(gateway(upstream.addr, "", APP));
    let addr = gateway.local_addrs()[0];
    let (served, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (served, stop) = (Arc::clone(&served), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut client = TcpStream::connect(addr).unwrap();
                while stop.load(Relaxed) == 0 {
                    client.write_all(GET).unwrap();
                    let got = read_until(&mut client, "ok");
                    assert!(got.starts_with("HTTP/1.1 200"), "{got}");
                    served.fetch_add(1, Relaxed);
                }
            })
        })
        .collect();
    let text = |origin: &str| {
        format!(
            "[gateway]\nupstreams = \"http://{}\"\n[[policy]]\nname = \"app\"\nallow_origins = [\"{origin}\"]",
            upstream.addr
        )
    };
    for n in 0..100 {
        let origin = if n % 2 == 0 { "https://other.example" } else { "https://app.example" };
        let config = corsage_config::parse(&text(origin), "t.toml").unwrap();
        gateway.reload(&config).unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    stop.store(1, Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    assert_eq!(gateway.version(), 101);
    assert!(served.load(Relaxed) > 0);
    assert!(allowed(&send(addr, GET, 1)));
}

#[test]
fn a_bad_reload_changes_nothing() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "", APP);
    let config = corsage_config::parse("[gateway]\nlisten = \"127.0.0.1:0\"", "t.toml");
    // No upstream: told by whoever finds it first.
    if let Ok(config) = config {
        gateway.reload(&config).unwrap_err();
        gateway.reload_failed();
    }
    assert_eq!(gateway.version(), 1);
    assert!(allowed(&send(gateway.local_addrs()[0], GET, 1)));
}

#[test]
fn a_reload_that_moves_addresses_about_leaves_every_socket_its_own_settings() {
    let upstream = Upstream::ok();
    let text = |listen: &str| {
        format!(
            "[gateway]\nthreads = 1\nadmin = {{ listen = \"off\" }}\nlog = {{ access = \"off\" }}\n\
             upstreams = \"http://{}\"\nlisten = [{listen}]\n{APP}",
            upstream.addr
        )
    };
    let free = || {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap()
    };
    let (plain, balanced) = (free(), free());
    let plain_only = format!("{{ address = \"{plain}\" }}");
    let balanced_only = format!("{{ address = \"{balanced}\", proxy_protocol = \"required\" }}");
    let start = corsage_config::parse(&text(&format!("{plain_only}, {balanced_only}")), "t.toml");
    let gateway = Gateway::start(&start.unwrap()).unwrap();
    let swapped = format!("{balanced_only}, {plain_only}");
    let less = balanced_only;
    let more = format!("{{ address = \"127.0.0.1:1\" }}, {plain_only}");
    for listen in [swapped, less, more] {
        let config = corsage_config::parse(&text(&listen), "t.toml").unwrap();
        gateway.reload(&config).unwrap();
        let got = send(plain, GET, 1);
        assert_eq!(got.status(), 200, "{listen}: {got:?}");
        let header = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
        let got = send(balanced, &[header, GET].concat(), 1);
        assert_eq!(got.status(), 200, "{listen}: {got:?}");
    }
}

#[test]
fn shutdown_lets_requests_end() {
    let upstream = Upstream::start(|_, stream| {
        std::thread::sleep(Duration::from_millis(400));
        let _ = stream.write_all(OK.as_bytes());
    });
    let gateway = Arc::new(gateway(upstream.addr, "drain_timeout = \"5s\"", APP));
    let addr = gateway.local_addrs()[0];
    let mut client = TcpStream::connect(addr).unwrap();
    client.write_all(GET).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    let ending = Arc::clone(&gateway);
    let ending = std::thread::spawn(move || ending.shutdown());
    let got = receive(&mut client, 1);
    assert_eq!(got.status(), 200, "{got:?}");
    assert_eq!(got.header("connection"), Some("close"), "{got:?}");
    assert!(got.closed);
    ending.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn readiness_fails_before_connections_do() {
    let upstream = Upstream::ok();
    let gateway = Arc::new(gateway(upstream.addr, "drain_delay = \"700ms\"", APP));
    let ready = |gateway: &corsage_gateway::RunningGateway| {
        let request = b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        send(gateway.admin_addr().unwrap(), request, 1).status()
    };
    assert_eq!(ready(&gateway), 200);
    let ending = Arc::clone(&gateway);
    let ending = std::thread::spawn(move || ending.shutdown());
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(ready(&gateway), 503);
    assert_eq!(send(gateway.local_addrs()[0], GET, 1).status(), 200);
    ending.join().unwrap();
}

#[test]
fn slow_heads_are_cut_off_and_idle_connections_are_not() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "[gateway.timeouts]\nrequest_head = \"500ms\"", APP);
    let addr = gateway.local_addrs()[0];
    let mut idle = TcpStream::connect(addr).unwrap();
    let mut slow = TcpStream::connect(addr).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-").unwrap();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(rest.is_empty());
    idle.write_all(GET).unwrap();
    read_until(&mut idle, "ok");
}

#[test]
fn the_proxy_protocol_names_the_client() {
    let upstream = Upstream::ok();
    let text = format!(
        "[gateway]\nlisten = [{{ address = \"127.0.0.1:0\", proxy_protocol = \"required\" }}]\nupstreams = \"http://{}\"\n\
         admin = {{ listen = \"off\" }}\nlog = {{ access = \"off\" }}\n{APP}",
        upstream.addr
    );
    let config = corsage_config::parse(&text, "t.toml").unwrap_or_else(|error| panic!("{error}"));
    let gateway = Gateway::start(&config).unwrap();
    let with = [b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n", GET].concat();
    assert_eq!(send(gateway.local_addrs()[0], &with, 1).status(), 200);
    assert!(upstream.take()[0].contains("x-forwarded-for: 192.0.2.7\r\n"));
    let without = send(gateway.local_addrs()[0], GET, 0);
    assert_eq!((without.status(), without.closed), (0, true));
}

#[test]
fn trusted_proxies_are_believed() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "trusted_proxies = [\"127.0.0.0/8\"]", APP);
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n";
    assert_eq!(count(&send(gateway.local_addrs()[0], request, 1).text), 1);
    let seen = upstream.take().concat();
    assert!(seen.contains("x-forwarded-for: 192.0.2.1, 127.0.0.1\r\n"), "{seen}");
    assert!(seen.contains("x-forwarded-proto: https\r\n"), "{seen}");
    assert!(seen.contains("x-forwarded-host: a\r\n"), "{seen}");
}

#[test]
fn too_many_connections_wait_and_too_many_from_one_address_do_not() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "[gateway.limits]\nconnections = 1", APP);
    let addr = gateway.local_addrs()[0];
    let mut first = TcpStream::connect(addr).unwrap();
    first.write_all(GET).unwrap();
    read_until(&mut first, "ok");
    let mut second = TcpStream::connect(addr).unwrap();
    second.write_all(GET).unwrap();
    assert_eq!(receive_for(&mut second, Duration::from_millis(200)), "");
    drop(first);
    assert!(read_until(&mut second, "ok").starts_with("HTTP/1.1 200"));
}

/// What comes within a time.
fn receive_for(stream: &mut TcpStream, time: Duration) -> String {
    stream.set_read_timeout(Some(time)).unwrap();
    let mut buffer = [0; 1024];
    let read = stream.read(&mut buffer).unwrap_or_default();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

#[test]
fn one_address_gets_its_share_of_connections() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "[gateway.limits]\nconnections_per_ip = 1", APP);
    let addr = gateway.local_addrs()[0];
    let mut first = TcpStream::connect(addr).unwrap();
    first.write_all(GET).unwrap();
    read_until(&mut first, "ok");
    let got = send(addr, GET, 1);
    // Without a word: nobody has asked yet, and an answer without headers would look like a CORS error.
    assert_eq!((&*got.text, got.closed), ("", true), "{got:?}");
    first.write_all(GET).unwrap();
    read_until(&mut first, "ok");
}

#[test]
fn shadow_policies_are_counted_and_not_enforced() {
    let upstream = Upstream::ok();
    let shadow = format!("{APP}[policy.shadow]\nallow_origins = [\"https://other.example\"]\n");
    let gateway = gateway(upstream.addr, "", &shadow);
    assert!(allowed(&send(gateway.local_addrs()[0], GET, 1)));
    let metrics = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let page = send(gateway.admin_addr().unwrap(), metrics, 1).text;
    let line = "corsage_shadow_differences_total{route=\"app\",enforced=\"share\",shadow=\"origin-not-allowed\"} 1";
    assert!(page.contains(line), "{page}");
}

#[test]
fn paths_that_can_be_read_in_two_ways_share_nothing() {
    let upstream = Upstream::ok();
    let policies =
        "[[policy]]\nname = \"public\"\npaths = [\"/public\"]\nallow_origins = [\"*\"]\n";
    let gateway = gateway(upstream.addr, "", &format!("{policies}{APP}"));
    let origin = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n");
        let got = send(gateway.local_addrs()[0], request.as_bytes(), 1);
        got.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(origin("/public/x").as_deref(), Some("*"));
    for path in
        ["/admin", "/public/..%2fadmin", "/public/%2e%2e/admin", "/public//../../public/../admin"]
    {
        assert_eq!(origin(path), None, "{path}");
    }
}
