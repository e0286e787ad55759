//! The assertions, on a socket and in memory.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, put};
use corsage::browser::CredentialsMode;
use corsage::server::{Credentials, PolicyDraft};
use corsage_test::{Code, InMemory, Network, PageFetch, assert_page_can, assert_page_cannot};
use corsage_tower::CorsLayer;

fn router() -> Router {
    let policy = PolicyDraft::new()
        .origins(["https://app.example"])
        .methods(["PUT"])
        .headers(["x-token"])
        .expose(["etag"])
        .credentials(Credentials::Allow)
        .compile()
        .expect("a policy without fault");
    Router::new()
        .route("/", get(|| async { ([("etag", "\"1\""), ("x-hidden", "1")], "hello") }))
        .route("/put", put(|| async { StatusCode::NO_CONTENT }))
        .layer(CorsLayer::new(policy))
}

async fn listen() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    tokio::spawn(async move { axum::serve(listener, router()).await });
    address
}

fn page(url: &str) -> PageFetch {
    PageFetch::new(url).from("https://app.example")
}

#[tokio::test]
async fn what_is_granted_can_be_read() {
    let server = InMemory(router());
    let response = assert_page_can(&page("https://api.example/"), &server).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains(b"etag"));
    assert!(!response.headers().contains(b"x-hidden"));
    let put = page("https://api.example/put")
        .method("PUT")
        .header("x-token", "1")
        .body(*b"{}")
        .credentials(CredentialsMode::Include);
    assert_eq!(assert_page_can(&put, &server).await.status(), 204);
}

#[tokio::test]
async fn what_is_not_granted_cannot_be_read() {
    let server = InMemory(router());
    let codes = [
        (page("https://api.example/").from("https://evil.example"), Code::AllowOriginMismatch),
        (page("https://api.example/").method("DELETE"), Code::MethodNotAllowed),
        (page("https://api.example/").header("x-other", "1"), Code::HeaderNotAllowed),
    ];
    for (fetch, code) in codes {
        assert_eq!(assert_page_cannot(&fetch, &server).await.blamed().code, code, "{fetch}");
    }
}

#[tokio::test]
async fn the_same_over_a_socket() {
    let url = format!("http://{}/put", listen().await);
    // A page of http: one of https may not fetch from there at all.
    let fetch = PageFetch::new(&url).from("http://page.example").method("PUT");
    assert_page_cannot(&fetch, &Network).await;
    let fetch = PageFetch::new(&url).from("https://app.example").method("PUT");
    assert_page_can(&fetch, &Network).await;
}

#[tokio::test]
async fn a_failure_tells_what_to_change() {
    let evil = page("https://api.example/").from("https://app.example:8443");
    let server = InMemory(router());
    let message = panic_message(AssertUnwindSafe(assert_page_can(&evil, &server))).await;
    for part in [
        "assertions.rs",
        "GET https://api.example/ from a page of https://app.example:8443",
        "allow-origin-mismatch",
        "Access-Control-Allow-Origin: https://app.example\n",
        "on the server: ",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    let granted = page("https://api.example/");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&granted, &server))).await;
    assert!(message.contains("is not blocked"), "{message}");
}

/// The message of a future that panics.
async fn panic_message<T>(future: AssertUnwindSafe<impl Future<Output = T>>) -> String {
    let mut future = Box::pin(future.0);
    let caught = std::future::poll_fn(|context| {
        let poll = || future.as_mut().poll(context);
        match std::panic::catch_unwind(AssertUnwindSafe(poll)) {
            Ok(poll) => poll.map(|_| None),
            Err(panic) => std::task::Poll::Ready(Some(panic)),
        }
    })
    .await;
    let panic = caught.expect("the assertion fails");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}
