//! Preflights on HTTP/1.1 are answered where they are read, if they come whole, and by hyper if they do not: alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use corsage_gateway::RunningGateway;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use support::{Upstream, gateway, receive, without_drawn_ids};

const POLICIES: &str = r#"
[[policy]]
name = "list"
paths = ["/list"]
allow_origins = ["https://app.example", "https://*.b.example"]
allow_methods = ["PUT"]
allow_headers = ["content-type", "x-a"]
max_age = "2h"
[[policy]]
name = "one"
paths = ["/one"]
allow_origins = ["https://app.example"]
preflight = "ok"
[[policy]]
name = "put"
paths = ["/one"]
methods = ["PUT"]
allow_origins = ["https://put.example"]
allow_methods = ["PUT"]
[[policy]]
name = "any"
hosts = ["any.example"]
allow_origins = ["*"]
allow_methods = ["*"]
allow_headers = ["*"]
"#;

fn gateway_of_all() -> &'static (Upstream, RunningGateway) {
    static GATEWAY: OnceLock<(Upstream, RunningGateway)> = OnceLock::new();
    GATEWAY.get_or_init(|| {
        let upstream = Upstream::ok();
        let gateway = gateway(upstream.addr, "limits.header_count = 20", POLICIES);
        (upstream, gateway)
    })
}

/// Sends pieces, each a moment after the one before; the one answer, without what differs from one to the next.
fn ask(addr: SocketAddr, pieces: &[&[u8]]) -> String {
    let mut client = TcpStream::connect(addr).unwrap();
    client.set_nodelay(true).unwrap();
    for piece in pieces {
        if client.write_all(piece).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    // A head that is not whole gets no answer: the end tells the gateway so.
    let _ = client.shutdown(std::net::Shutdown::Write);
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut got = Vec::new();
    // What was sent behind a refusal resets the connection.
    let _ = client.read_to_end(&mut got);
    let text: String = got.iter().copied().map(char::from).collect();
    let mut lines: Vec<&str> =
        text.split("\r\n").filter(|line| !line.starts_with("date: ")).collect();
    // Where hyper has a place for the length, we have ours.
    lines.sort_unstable();
    without_drawn_ids(&[lines.join("\r\n")])
}

fn heads() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        8 => Just("OPTIONS {} HTTP/1.1"),
        1 => select(&["OPTIONS {} HTTP/1.0", "GET {} HTTP/1.1", "options {} HTTP/1.1", "OPTIONS  {} HTTP/1.1"][..]),
    ];
    let target = prop_oneof![
        6 => select(&["/list", "/one", "/", "/list/7?a=b&c=%20", "/one/x_y"][..]),
        2 => select(&["*", "/list/../one", "//one", "/one/%2e", "/%00", "http://a.example/list", "/a b", "/ä", "/a#b", "/list\\x", ""][..]),
    ];
    let usual = subsequence(
        vec![
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
            "Accept: */*",
            "Accept-Language: en,ru;q=0.7",
            "Connection: keep-alive",
            "Sec-Fetch-Mode: cors",
            "Sec-Fetch-Site: cross-site",
            "X-Forwarded-For: 192.0.2.1",
            "X-Request-Id: 7",
            "Access-Control-Request-Headers: content-type,x-a",
        ],
        0..=9,
    );
    let host = prop_oneof![
        6 => select(&["Host: a.example", "host: any.example:8080", "HOST: [::1]:80"][..]),
        1 => select(&["Host: a..example", "Host:", "Host: a:99999", "Host: a, b", "Host: a.example\r\nHost: a.example"][..]),
    ];
    let origin = prop_oneof![
        6 => select(&["Origin: https://app.example", "origin: https://x.b.example", "Origin: https://put.example", "Origin: null", "Origin: https://evil.example"][..]),
        1 => select(&["Origin: https://app.example\r\nOrigin: https://app.example", "Origin : https://app.example", "Origin:\thttps://app.example  ", "Origin: \u{e9}"][..]),
    ];
    let method = prop_oneof![
        6 => select(&["Access-Control-Request-Method: PUT", "access-control-request-method: GET", "ACCESS-CONTROL-REQUEST-METHOD: DELETE"][..]),
        1 => select(&["Access-Control-Request-Method:", "Access-Control-Request-Method: P T", "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Method: PUT", "X-None: 1"][..]),
    ];
    // No body that never comes: when the upstream hears of it is nobody's to say.
    let odd = prop_oneof![
        6 => Just(None),
        3 => select(&[
            "Content-Length: 0", "Expect: 100-continue", "Upgrade: websocket",
            "Connection: close", "Connection: origin", "X_Forwarded_For: 1", "Access_Control_Request_Method: PUT", "x-a_b: 1",
            "Access-Control-Request-Headers: X-A", "Access-Control-Request-Headers: nope", "Access-Control-Request-Private-Network: true",
            "bad name: 1", "X-\u{e9}: 1", "X-A: a\u{0}b", "X-A: a\rb", " folded", "Sec-Purpose: \u{e9}", "Trailer: x", "TE: trailers",
        ][..]).prop_map(Some),
        1 => Just(Some("{many}")),
    ];
    let end = prop_oneof![8 => Just("\r\n\r\n"), 1 => select(&["\n\n", "\r\n", "\r\n\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"][..])];
    (line, target, usual, (host, origin, method), odd, end, any::<prop::sample::Index>()).prop_map(
        |(line, target, usual, (host, origin, method), odd, end, at)| {
            let many: String = (0..24).map(|n| format!("X-{n}: 1\r\n")).collect();
            let mut lines: Vec<&str> = vec![host, origin, method];
            lines.extend(usual);
            if let Some(odd) = odd {
                let odd = if odd == "{many}" { many.trim_end() } else { odd };
                lines.insert(at.index(lines.len() + 1), odd);
            }
            format!("{}\r\n{}{end}", line.replace("{}", target), lines.join("\r\n"))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_heads_are_answered_as_those_in_pieces(head in heads()) {
        let (upstream, gateway) = gateway_of_all();
        let addr = gateway.local_addrs()[0];
        // Characters up to U+00FF stand for the byte of that number.
        let bytes: Vec<u8> = head.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        // Of what is malformed, hyper tells what it has seen by then: nearly all.
        let (most, last) = bytes.split_at(bytes.len() - 1);
        let whole = ask(addr, &[&bytes]);
        let seen = without_drawn_ids(&upstream.take());
        let in_pieces = ask(addr, &[most, last]);
        prop_assert_eq!(&whole, &in_pieces, "{}", head);
        prop_assert_eq!(seen, without_drawn_ids(&upstream.take()), "{}", head);
    }
}

const ASKED: &[u8] = b"OPTIONS /list HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n";

#[test]
fn preflights_and_requests_take_turns_on_a_connection() {
    let (upstream, gateway) = gateway_of_all();
    let get = b"GET /list HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n";
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    for round in 0..5 {
        client.write_all(ASKED).unwrap();
        let got = receive(&mut client, 1);
        assert!(got.text.starts_with("HTTP/1.1 204 No Content\r\n"), "{round}: {got:?}");
        client.write_all(get).unwrap();
        let got = receive(&mut client, 1);
        assert!(got.text.ends_with("\r\n\r\nok"), "{round}: {got:?}");
        // All at once, in one piece: answered in their order.
        client.write_all(&[get, ASKED, get, ASKED, ASKED].concat()).unwrap();
        let got = receive(&mut client, 5);
        let statuses: Vec<&str> =
            got.text.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "204", "200", "204", "204"], "{round}: {got:?}");
    }
    assert_eq!(upstream.take().len(), 15);
}

#[test]
fn a_client_that_takes_no_answers_is_not_read_and_then_closed() {
    let upstream = Upstream::ok();
    let settings = "timeouts.response_write_idle = \"1s\"";
    let gateway = gateway(upstream.addr, settings, POLICIES);
    let mut client = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
    client.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    // Each in a segment of its own would take long: a few at a time are as good.
    let mut sent = 0_usize;
    let failed = loop {
        match client.write(ASKED) {
            Ok(written) => sent += written,
            Err(error) => break error,
        }
        assert!(sent < 1 << 30, "a client that does not read is answered for ever");
    };
    let kind = failed.kind();
    assert!(
        matches!(kind, std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe),
        "{failed}"
    );
}

#[test]
fn answers_that_wait_for_their_client_are_neither_lost_nor_mixed() {
    const COUNT: usize = 20_000;
    let (upstream, gateway) = gateway_of_all();
    let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(4096).unwrap();
    client.connect(&gateway.local_addrs()[0].into()).unwrap();
    let mut client = TcpStream::from(client);
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut writer = client.try_clone().unwrap();
    let get = b"GET /list HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n";
    let writing = std::thread::spawn(move || {
        for n in 0..COUNT {
            // Each in a piece of its own, mostly.
            writer.write_all(if n % 100 == 99 { get } else { ASKED }).unwrap();
        }
    });
    std::thread::sleep(Duration::from_millis(500));
    let mut got = Vec::new();
    let mut piece = [0; 65536];
    let mut answers = 0;
    while answers < COUNT {
        let read = client.read(&mut piece).unwrap();
        assert_ne!(read, 0, "closed after {answers} answers");
        got.extend_from_slice(&piece[..read]);
        while let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            let wanted =
                if answers % 100 == 99 { "HTTP/1.1 200 OK" } else { "HTTP/1.1 204 No Content" };
            let head = String::from_utf8_lossy(&got[..end]).into_owned();
            assert!(head.starts_with(wanted), "answer {answers}: {head}");
            let length = end + 4 + if answers % 100 == 99 { 2 } else { 0 };
            if got.len() < length {
                break;
            }
            got.drain(..length);
            answers += 1;
        }
    }
    writing.join().unwrap();
    assert_eq!(upstream.take().len(), COUNT / 100);
}
