//! Bodies go through as they come: no matter how large, no matter how slowly.

use std::io::{BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::support::{Client, Gateway, Upstream, read_head};

const GIB: u64 = 1 << 30;
/// What buffers, sockets and the allocator may take beside an idle gateway.
const GROWTH_KIB: u64 = 24 * 1024;

/// Sends as many bytes as the path says, or reads a body and tells how long it was.
fn bulk() -> Upstream {
    Upstream::start(|stream| {
        let mut stream = BufReader::with_capacity(1 << 16, stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        if head.starts_with("POST") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse::<u64>()
                    .ok()
            });
            let read =
                std::io::copy(&mut (&mut stream).take(length.unwrap()), &mut std::io::sink())
                    .unwrap();
            let body = read.to_string();
            let _ = write!(
                stream.get_mut(),
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        } else {
            let _ = write!(stream.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {GIB}\r\n\r\n");
            let piece = vec![b'x'; 1 << 18];
            for _ in 0..GIB >> 18 {
                if stream.get_mut().write_all(&piece).is_err() {
                    return;
                }
            }
        }
    })
}

#[test]
fn a_gibibyte_comes_down_and_goes_up_at_flat_memory() {
    let upstream = bulk();
    let gateway = Gateway::start(upstream.addr, "threads = 1");
    assert_eq!(Client::get(gateway.admin, "/readyz").status, 200);
    let before = gateway.resident_kib();
    let mut most = before;

    let mut client = Client::connect(gateway.addr);
    client.send(b"GET /down HTTP/1.1\r\nHost: test\r\n\r\n");
    let (status, _) = read_head(&mut client.stream).unwrap();
    assert_eq!(status, 200);
    let mut left = GIB;
    let mut piece = vec![0; 1 << 18];
    let mut reads = 0u32;
    while left > 0 {
        let read = client.stream.read(&mut piece).unwrap();
        assert!(read > 0, "cut with {left} bytes to come");
        left -= read as u64;
        reads += 1;
        if reads.is_multiple_of(1000) {
            most = most.max(gateway.resident_kib());
        }
    }

    let mut client = Client::connect(gateway.addr);
    client.send(
        format!("POST /up HTTP/1.1\r\nHost: test\r\nContent-Length: {GIB}\r\n\r\n").as_bytes(),
    );
    for i in 0..GIB >> 18 {
        client.send(&piece);
        if i.is_multiple_of(256) {
            most = most.max(gateway.resident_kib());
        }
    }
    let response = client.response("POST").unwrap();
    assert_eq!(response.body, GIB.to_string().as_bytes());
    most = most.max(gateway.resident_kib());
    assert!(most - before < GROWTH_KIB, "grew from {before} to {most} KiB");
}

#[test]
fn events_arrive_when_they_are_sent() {
    // The next event is sent once the one before has arrived, or has been waited for in vain.
    let arrived = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&arrived);
    let upstream = Upstream::start(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        if stream.write_all(head.as_bytes()).is_err() {
            return;
        }
        for i in 0..3 {
            let deadline = Instant::now() + Duration::from_secs(10);
            while seen.load(SeqCst) < i && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            let event = match seen.load(SeqCst) {
                seen if seen < i => "data: held up\n\n".to_owned(),
                _ => format!("data: {i}\n\n"),
            };
            let _ = stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
        }
        let _ = stream.write_all(b"0\r\n\r\n");
    });
    let gateway = Gateway::start(upstream.addr, "");
    let mut client = Client::connect(gateway.addr);
    client.send(b"GET /events HTTP/1.1\r\nHost: test\r\n\r\n");
    let (status, headers) = read_head(&mut client.stream).unwrap();
    assert_eq!(status, 200);
    assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())));
    let mut read = Vec::new();
    while !read.ends_with(b"0\r\n\r\n") {
        let mut byte = [0];
        client.stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
        arrived.store(String::from_utf8_lossy(&read).matches("data: ").count(), SeqCst);
    }
    let read = String::from_utf8_lossy(&read);
    for event in ["data: 0", "data: 1", "data: 2"] {
        assert!(read.contains(event), "{read}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_a_413_that_pages_can_read() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "limits.body_bytes = \"1KiB\"");
    let origin = crate::support::ORIGIN;
    let head =
        format!("POST / HTTP/1.1\r\nHost: test\r\nOrigin: {origin}\r\nConnection: close\r\n");
    let known = format!("{head}Content-Length: 2000\r\n\r\n{}", "x".repeat(2000));
    let response = Client::once(gateway.addr, &known);
    assert_eq!(response.status, 413);
    assert_eq!(response.header("access-control-allow-origin"), Some(origin));
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n", "x".repeat(2000));
    let response = Client::once(gateway.addr, &chunked);
    assert_eq!(response.status, 413);
    assert_eq!(response.header("access-control-allow-origin"), Some(origin));
    let small = format!("{head}Content-Length: 10\r\n\r\n{}", "x".repeat(10));
    assert_eq!(Client::once(gateway.addr, &small).status, 200);
}
