//! HTTP/2 as a client's library sees it: 1xx responses, bodies that break off, answers without a body.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::future::poll_fn;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use http::{Method, Request, Response};

use support::{APP, OK, Upstream, gateway};

async fn connect(addr: SocketAddr) -> SendRequest<Bytes> {
    let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(async move { connection.await.unwrap() });
    client.ready().await.unwrap()
}

async fn informational(response: &mut ResponseFuture) -> Response<()> {
    poll_fn(|cx| response.poll_informational(cx)).await.unwrap().unwrap()
}

fn request(method: Method) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri("http://a.example/")
        .header("origin", "https://app.example")
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), test).await.unwrap() });
}

#[test]
fn hints_come_before_the_answer_is_made_and_on_their_own_stream() {
    let upstream = Upstream::start(|_, stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\naccess-control-allow-origin: *\r\n\r\n",
        );
        std::thread::sleep(Duration::from_millis(300));
        let _ = stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </b.css>\r\n\r\n");
        let _ = stream.write_all(OK.as_bytes());
    });
    let gateway = gateway(upstream.addr, "", APP);
    run(async {
        let mut client = connect(gateway.local_addrs()[0]).await;
        let began = std::time::Instant::now();
        let get = request(Method::GET).body(()).unwrap();
        let (mut first, _) = client.send_request(get.clone(), true).unwrap();
        let (mut second, _) = client.send_request(get, true).unwrap();
        for response in [&mut first, &mut second] {
            let hint = informational(response).await;
            assert_eq!(
                (hint.status().as_u16(), &hint.headers()["link"]),
                (103, &"</a.css>".parse().unwrap())
            );
            // What CORS has to say is said once.
            assert!(!hint.headers().contains_key("access-control-allow-origin"));
        }
        assert!(began.elapsed() < Duration::from_millis(250), "hints waited for the answer");
        for mut response in [first, second] {
            assert_eq!(informational(&mut response).await.headers()["link"], "</b.css>");
            let response = response.await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
        }
    });
}

#[test]
fn who_expects_to_be_told_to_go_on_is_told_when_the_upstream_takes_the_body() {
    let upstream = Upstream::start(|request, stream| {
        assert!(!request.contains("expect"), "{request}");
        assert!(request.ends_with("\r\n\r\nhello"), "{request}");
        let _ = stream.write_all(OK.as_bytes());
    });
    let gateway = gateway(upstream.addr, "", APP);
    run(async {
        let mut client = connect(gateway.local_addrs()[0]).await;
        let post =
            request(Method::POST).header("expect", "100-continue").header("content-length", "5");
        let (mut response, mut body) = client.send_request(post.body(()).unwrap(), false).unwrap();
        assert_eq!(informational(&mut response).await.status(), 100);
        body.send_data(Bytes::from_static(b"hello"), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 200);
        // A refusal comes instead.
        let get = request(Method::POST)
            .header("expect", "100-continue")
            .header("origin", "https://app.example");
        let (response, _body) = client.send_request(get.body(()).unwrap(), false).unwrap();
        assert_eq!(response.await.unwrap().status(), 400);
    });
}

/// An upload that its client gives up must not look whole.
#[test]
fn a_body_that_is_reset_breaks_off_upstream_too() {
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "", APP);
    run(async {
        for reason in [h2::Reason::CANCEL, h2::Reason::NO_ERROR] {
            let mut client = connect(gateway.local_addrs()[0]).await;
            let post = request(Method::POST).body(()).unwrap();
            let (response, mut body) = client.send_request(post, false).unwrap();
            body.send_data(Bytes::from_static(b"half"), false).unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            body.send_reset(reason);
            drop(response);
            tokio::time::sleep(Duration::from_millis(200)).await;
            let seen = upstream.take();
            assert_eq!(seen.len(), 1, "{seen:?}");
            assert!(seen[0].ends_with("4\r\nhalf\r\n"), "{seen:?}");
        }
    });
}

#[test]
fn answers_to_head_have_no_body() {
    let upstream = Upstream::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n");
    });
    let (_taken, nobody) = support::nobody();
    let there = gateway(upstream.addr, "", APP);
    let not_there = gateway(nobody, "", APP);
    run(async {
        for (gateway, path, status) in [
            (&there, "http://a.example/", 200),
            (&there, "http://a.example/../x", 400),
            (&not_there, "http://a.example/", 502),
        ] {
            let mut client = connect(gateway.local_addrs()[0]).await;
            let head = request(Method::HEAD).uri(path).body(()).unwrap();
            let (response, _) = client.send_request(head, true).unwrap();
            let response = response.await.unwrap();
            assert_eq!(response.status(), status);
            assert_ne!(response.headers()["content-length"], "0");
            assert!(response.into_body().is_end_stream(), "{status}: a body follows");
        }
    });
}
