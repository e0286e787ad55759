//! Requests that two readers would read differently. Each goes alone on a connection; what reaches the
//! upstream is at most one well-framed request, and never the hidden one.

use std::io::{BufReader, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Client, Gateway, Request, Upstream, read_request, respond};

fn recorder() -> (Upstream, Arc<Mutex<Vec<Request>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let upstream = Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        loop {
            match read_request(&mut stream) {
                Ok(request) => {
                    log.lock().unwrap().push(request);
                    let _ = stream.get_mut().write_all(&respond("200 OK", "", b"ok"));
                }
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    let line = "not framed".to_owned();
                    log.lock().unwrap().push(Request {
                        line,
                        headers: Vec::new(),
                        body: Vec::new(),
                    });
                    return;
                }
                Err(_) => return,
            }
        }
    });
    (upstream, seen)
}

/// Refused: nothing may reach the upstream. One: at most the request that is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Refused,
    One,
}

#[test]
fn hostile_requests_are_refused_or_reach_the_upstream_in_one_reading() {
    use Fate::{One, Refused};
    let hidden = "GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n";
    let host = "Host: test\r\n";
    let rows: Vec<(&str, String, Fate)> = vec![
        (
            "chunked with tab",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"
            ),
            Refused,
        ),
        (
            "chunked, chunked",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
            ),
            Refused,
        ),
        (
            "gzip, chunked",
            format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            Refused,
        ),
        (
            "CHUNKED with length",
            format!(
                "POST / HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n{hidden}"
            ),
            Refused,
        ),
        (
            "quoted chunked",
            format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
            Refused,
        ),
        (
            "length in hex",
            format!("POST / HTTP/1.1\r\n{host}Content-Length: 0x5\r\n\r\nhello"),
            Refused,
        ),
        (
            "length beyond u64",
            format!("POST / HTTP/1.1\r\n{host}Content-Length: 18446744073709551617\r\n\r\nx"),
            Refused,
        ),
        (
            "length with minus",
            format!("POST / HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n"),
            Refused,
        ),
        (
            "length with space",
            format!("POST / HTTP/1.1\r\n{host}Content-Length: 1 1\r\n\r\nx"),
            Refused,
        ),
        ("empty length", format!("POST / HTTP/1.1\r\n{host}Content-Length: \r\n\r\n"), Refused),
        (
            "chunk size with plus",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"
            ),
            One,
        ),
        (
            "chunk size beyond u64",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"
            ),
            One,
        ),
        (
            "chunk without its end",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n"
            ),
            One,
        ),
        ("NUL in name", format!("GET / HTTP/1.1\r\n{host}X\0Y: 1\r\n\r\n"), Refused),
        ("NUL in target", format!("GET /\0 HTTP/1.1\r\n{host}\r\n"), Refused),
        ("space in target", format!("GET /a b HTTP/1.1\r\n{host}\r\n"), Refused),
        ("no version", "GET /\r\n\r\n".to_owned(), Refused),
        ("HTTP/1.2", format!("GET / HTTP/1.2\r\n{host}\r\n"), Refused),
        ("HTTP/0.9", format!("GET / HTTP/0.9\r\n{host}\r\n"), Refused),
        ("HTTP/3.0", format!("GET / HTTP/3.0\r\n{host}\r\n"), Refused),
        ("no colon", format!("GET / HTTP/1.1\r\n{host}Origin\r\n\r\n"), Refused),
        ("empty name", format!("GET / HTTP/1.1\r\n{host}: x\r\n\r\n"), Refused),
        (
            "folded origin",
            format!("GET / HTTP/1.1\r\n{host}Origin: https://app.\r\n example.com\r\n\r\n"),
            Refused,
        ),
        ("space after the request line", format!("GET / HTTP/1.1\r\n {host}\r\n"), Refused),
        ("empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n".to_owned(), One),
        ("host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n".to_owned(), Refused),
        ("host with user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n".to_owned(), Refused),
        ("host with comma", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n".to_owned(), Refused),
        ("host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(), Refused),
        ("host twice alike", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n".to_owned(), Refused),
        (
            "absolute with user",
            "GET http://a@test/ HTTP/1.1\r\nHost: test\r\n\r\n".to_owned(),
            Refused,
        ),
        (
            "absolute, another host",
            "GET http://other/ HTTP/1.1\r\nHost: test\r\n\r\n".to_owned(),
            Refused,
        ),
        (
            "CONNECT",
            "CONNECT internal:22 HTTP/1.1\r\nHost: internal:22\r\n\r\n".to_owned(),
            Refused,
        ),
        ("TRACE", format!("TRACE / HTTP/1.1\r\n{host}\r\n"), Refused),
        (
            "two ACRM",
            format!(
                "OPTIONS / HTTP/1.1\r\n{host}Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Method: GET\r\n\r\n"
            ),
            Refused,
        ),
        (
            "Connection: authorization",
            format!(
                "GET / HTTP/1.1\r\n{host}Authorization: x\r\nConnection: authorization\r\n\r\n"
            ),
            Refused,
        ),
        (
            "Connection: cookie",
            format!("GET / HTTP/1.1\r\n{host}Cookie: x\r\nConnection: close, Cookie\r\n\r\n"),
            Refused,
        ),
        (
            "Connection: content-length",
            format!(
                "POST / HTTP/1.1\r\n{host}Content-Length: 5\r\nConnection: content-length\r\n\r\nhello"
            ),
            One,
        ),
        (
            "Connection: transfer-encoding",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            ),
            One,
        ),
        (
            "GET with a body",
            format!("GET / HTTP/1.1\r\n{host}Content-Length: {}\r\n\r\n{hidden}", hidden.len()),
            One,
        ),
        ("PRI on HTTP/1.1", format!("PRI * HTTP/1.1\r\n{host}\r\n"), Refused),
        (
            "h2c upgrade",
            format!(
                "GET / HTTP/1.1\r\n{host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
            ),
            One,
        ),
        (
            "trailer that frames",
            format!(
                "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n"
            ),
            One,
        ),
        ("form feed in value", format!("GET / HTTP/1.1\r\n{host}X: a\x0cb\r\n\r\n"), Refused),
        (
            "underscore name beside a dash",
            format!("GET / HTTP/1.1\r\n{host}X_Forwarded_For: 6.6.6.6\r\n\r\n"),
            One,
        ),
    ];
    let (upstream, seen) = recorder();
    let mut gateway =
        Gateway::start(upstream.addr, "threads = 1\ntimeouts.request_body_idle = \"500ms\"");
    let mut faults = Vec::new();
    for (name, bytes, fate) in rows {
        seen.lock().unwrap().clear();
        let mut client = Client::connect(gateway.addr);
        client.stream.get_ref().set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        let _ = client.try_send(bytes.as_bytes());
        let method = bytes.split(' ').next().unwrap();
        let answer = client.response(method);
        std::thread::sleep(Duration::from_millis(30));
        let seen = seen.lock().unwrap().clone();
        let lines: Vec<&str> = seen.iter().map(|request| request.line.as_str()).collect();
        let well = match fate {
            Refused => {
                seen.is_empty()
                    && !answer.as_ref().is_ok_and(|response| !(400..600).contains(&response.status))
            }
            One => seen.len() <= 1,
        };
        let hidden = lines.iter().any(|line| line.contains("/hidden") || *line == "not framed");
        let foreign = seen.iter().any(|request| {
            let hosts = request.all("host");
            hosts.len() != 1
                || hosts.contains(&"evil")
                || request.all("content-length").len() > 1
                || (!request.all("content-length").is_empty()
                    && !request.all("transfer-encoding").is_empty())
                || format!("{request:?}").contains("h2c")
        });
        if !well || hidden || foreign {
            faults.push(format!(
                "{name}: {fate:?}, answered {:?}, upstream saw {seen:?}",
                answer.map(|r| r.status)
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(gateway.is_running());
    assert_eq!(Client::get(gateway.addr, "/").status, 200);
}

/// Noise made from pieces that parsers trip over; the same noise in every run.
#[test]
fn noise_on_either_side_ends_no_gateway() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const PIECES: [&[u8]; 24] = [
        b"GET / HTTP/1.1\r\n",
        b"POST /x HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 101 X\r\n",
        b"Host: test\r\n",
        b"Origin: https://app.example.com\r\n",
        b"Origin: \xff\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: upgrade\r\n",
        b"Upgrade: websocket\r\n",
        b"Expect: 100-continue\r\n",
        b"Access-Control-Request-Method: PUT\r\n",
        b"Access-Control-Request-Headers: ,,, a\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"\0",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\xff\xff\xff\xff",
        b": ",
    ];
    let mut noise = move || {
        let count = next() % 12 + 1;
        (0..count)
            .flat_map(|_| PIECES[usize::try_from(next() % 24).unwrap()])
            .copied()
            .collect::<Vec<u8>>()
    };
    let answers: Vec<Vec<u8>> = (0..200).map(|_| noise()).collect();
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let upstream = Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        let _ = read_request(&mut stream);
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let _ = stream.get_mut().write_all(&answers[turn % answers.len()]);
    });
    let mut gateway = Gateway::start(
        upstream.addr,
        "threads = 1\npassive_health.failures = \"off\"\ntimeouts.request_body_idle = \"200ms\"\ntimeouts.request_head = \"200ms\"",
    );
    for _ in 0..300 {
        let mut client = Client::connect(gateway.addr);
        client.stream.get_ref().set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let _ = client.try_send(&noise());
        let _ = client.response("GET");
        let mut client = Client::connect(gateway.addr);
        client.stream.get_ref().set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let _ = client.try_send(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let _ = client.response("GET");
    }
    assert!(gateway.is_running());
    assert_eq!(Client::get(gateway.admin, "/livez").status, 200);
}
