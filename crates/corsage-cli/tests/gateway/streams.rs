//! Streams of one HTTP/2 connection: each is answered, refused and given up by itself.

use std::io::{BufReader, Write as _};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use crate::support::{Client, Gateway, ORIGIN, Upstream, eventually, read_request, respond};

type Body = http_body_util::combinators::BoxBody<Bytes, std::convert::Infallible>;

fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let limited = async { tokio::time::timeout(Duration::from_secs(60), test).await };
    runtime.unwrap().block_on(limited).unwrap();
}

async fn connect(gateway: &Gateway) -> SendRequest<Body> {
    let stream = tokio::net::TcpStream::connect(gateway.addr).await.unwrap();
    let (sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

fn get(path: &str) -> http::request::Builder {
    Request::get(format!("http://api.example.com{path}")).header("origin", ORIGIN)
}

fn is_readable(response: &Response<Incoming>) -> bool {
    response.headers().get_all("access-control-allow-origin").iter().collect::<Vec<_>>() == [ORIGIN]
}

#[test]
fn errors_can_be_read_on_http2_too() {
    let upstream = Upstream::start(|mut stream| {
        let _ = stream.write_all(b"nonsense\r\n\r\n");
    });
    let gateway = Gateway::start(
        upstream.addr,
        "retries = 0\npassive_health.failures = \"off\"\nlimits = { body_bytes = 10, header_bytes = \"8KiB\" }",
    );
    run(async {
        let mut sender = connect(&gateway).await;
        let many = (0..80).fold(get("/"), |request, n| request.header(format!("x-{n}"), "1"));
        let rows = [
            (get("/"), Bytes::new(), 502),
            (get("/").header("x-big", "x".repeat(9_000)), Bytes::new(), 431),
            (many, Bytes::new(), 431),
            (get(&format!("/{}", "x".repeat(9_000))), Bytes::new(), 414),
            (get("/../x"), Bytes::new(), 400),
            (get("/").method("TRACE"), Bytes::new(), 405),
            (get("/").method("POST"), Bytes::from_static(b"more than that"), 413),
            (get("/").method("POST").header("expect", "x"), Bytes::from_static(b"few"), 417),
        ];
        for (request, body, status) in rows {
            let body: Body =
                if body.is_empty() { Empty::new().boxed() } else { Full::new(body).boxed() };
            let response = sender.send_request(request.body(body).unwrap()).await.unwrap();
            assert_eq!(response.status(), status);
            assert!(is_readable(&response), "{response:?}");
        }
    });
}

/// Sends a body without end, or answers in a moment.
fn endless() -> Upstream {
    Upstream::start(|stream| {
        let mut stream = BufReader::new(stream);
        while let Ok(request) = read_request(&mut stream) {
            if !request.line.contains("/endless") {
                let _ = stream.get_mut().write_all(&respond("200 OK", "", b"ok"));
                continue;
            }
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
            let _ = stream.get_mut().write_all(head);
            while stream.get_mut().write_all(&[b'x'; 65536]).is_ok() {}
            return;
        }
    })
}

#[test]
fn a_stream_that_nobody_reads_is_given_up_and_the_others_go_on() {
    let upstream = endless();
    let gateway =
        Gateway::start(upstream.addr, "threads = 1\ntimeouts.response_write_idle = \"700ms\"");
    run(async {
        let mut sender = connect(&gateway).await;
        let mut unread = Vec::new();
        for _ in 0..4 {
            let request = get("/endless").body(Empty::new().boxed()).unwrap();
            unread.push(sender.send_request(request).await.unwrap());
        }
        let in_flight = || gateway.metric("corsage_upstream_requests_in_flight");
        eventually("nothing is under way", || in_flight() == 4.0);
        for _ in 0..10 {
            let request = get("/").body(Empty::new().boxed()).unwrap();
            // What the unread streams hold back must not be all that the connection may carry.
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), 200);
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        eventually("unread streams keep their upstreams", || in_flight() == 0.0);
        let mut cut = 0;
        for mut response in unread {
            while let Some(frame) = response.frame().await {
                if frame.is_err() {
                    cut += 1;
                    break;
                }
            }
        }
        assert_eq!(cut, 4, "the cut must show");
        assert!(!sender.is_closed());
    });
}

#[test]
fn a_body_that_stops_coming_is_a_408_and_the_other_streams_go_on() {
    let upstream = Upstream::ok();
    let gateway =
        Gateway::start(upstream.addr, "threads = 1\ntimeouts.request_body_idle = \"500ms\"");
    run(async {
        let mut sender = connect(&gateway).await;
        let (say, said) = tokio::sync::mpsc::channel::<Bytes>(1);
        let body = http_body_util::StreamBody::new(futures_util::stream::unfold(
            said,
            async |mut said| {
                let bytes = said.recv().await?;
                Some((Ok(hyper::body::Frame::data(bytes)), said))
            },
        ));
        let request = get("/").method("POST").body(body.boxed()).unwrap();
        say.send(Bytes::from_static(b"and then")).await.unwrap();
        let late = tokio::spawn(sender.send_request(request));
        for _ in 0..8 {
            let request = get("/").body(Empty::new().boxed()).unwrap();
            assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let response = late.await.unwrap().unwrap();
        assert_eq!(response.status(), 408);
        assert!(is_readable(&response), "{response:?}");
        drop(say);
        let request = get("/").body(Empty::new().boxed()).unwrap();
        assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
    });
}

#[test]
fn a_late_body_of_http1_is_a_408_that_pages_can_read() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "timeouts.request_body_idle = \"300ms\"");
    let mut client = Client::connect(gateway.addr);
    client.send(
        format!(
            "POST / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nContent-Length: 100\r\n\r\nabc"
        )
        .as_bytes(),
    );
    let response = client.response("POST").unwrap();
    assert_eq!(response.status, 408);
    assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn a_shutdown_tells_http2_clients_and_lets_their_streams_end() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_millis(800));
        respond("200 OK", "", b"late")
    });
    let mut gateway = Gateway::start(upstream.addr, "drain_timeout = \"10s\"");
    run(async {
        let mut sender = connect(&gateway).await;
        let request = get("/").body(Empty::new().boxed()).unwrap();
        let asked = tokio::spawn(sender.send_request(request));
        tokio::time::sleep(Duration::from_millis(300)).await;
        gateway.signal("TERM");
        let response = asked.await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "late");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(sender.is_closed(), "GOAWAY was not sent");
    });
    assert_eq!(gateway.wait(Duration::from_secs(10)).code(), Some(0));
}
