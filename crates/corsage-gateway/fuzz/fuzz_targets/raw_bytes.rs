//! Any bytes from a client, any bytes from an upstream: the gateway serves the next client, and what it
//! sends upstream is at most one head, well framed.
#![no_main]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use corsage_gateway::{Gateway, RunningGateway};
use libfuzzer_sys::fuzz_target;

/// What the upstream answers next; what it was asked last.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ASKED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
                let mut piece = [0; 4096];
                if let Ok(read) = stream.read(&mut piece) {
                    ASKED.lock().expect("nobody panics with it").extend_from_slice(&piece[..read]);
                    let answer = ANSWER.lock().expect("nobody panics with it").clone();
                    let _ = stream.write_all(&answer);
                }
            });
        }
    });
    addr
}

fn gateway() -> &'static RunningGateway {
    static GATEWAY: OnceLock<RunningGateway> = OnceLock::new();
    GATEWAY.get_or_init(|| {
        let text = format!(
            r#"
            [gateway]
            listen = "127.0.0.1:0"
            upstreams = "http://{}"
            threads = 1
            admin.listen = "off"
            log.access = "off"
            passive_health.failures = "off"
            timeouts = {{ request_head = "50ms", request_body_idle = "50ms", upstream_first_byte = "100ms" }}
            [[policy]]
            allow_origins = ["https://app.example.com"]
            "#,
            upstream()
        );
        let config = corsage_config::parse(&text, "fuzz.toml").expect("it is a good file");
        Gateway::start(&config).expect("loopback has a free port")
    })
}

fn exchange(bytes: &[u8]) -> Vec<u8> {
    let addr = gateway().local_addrs()[0];
    let mut stream = TcpStream::connect(addr).expect("the gateway accepts");
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fuzz_target!(|data: (&[u8], &[u8])| {
    let (request, answer) = data;
    *ANSWER.lock().expect("nobody panics with it") = answer.to_vec();
    ASKED.lock().expect("nobody panics with it").clear();
    exchange(request);
    let asked = ASKED.lock().expect("nobody panics with it").clone();
    if let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&asked[..end]).to_ascii_lowercase();
        let count = |name: &str| head.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(count("host:"), 1, "{head}");
        assert!(count("content-length:") + count("transfer-encoding:") <= 1, "{head}");
        assert!(count("origin:") <= 1, "{head}");
    }
    *ANSWER.lock().expect("nobody panics with it") = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec();
    let answer = exchange(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{}", answer.escape_ascii());
});
