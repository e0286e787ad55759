//! The assertions, on a socket and in memory.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, put};
use corsage::browser::CredentialsMode;
use corsage::server::{Credentials, PolicyDraft};
use corsage_test::{
    Code, InMemory, Network, PageFetch, Profile, RedirectMode, assert_page_can, assert_page_cannot,
};
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
    let server = InMemory(router());
    let delete = page("https://api.example/put").method("DELETE").header("x-other", "1");
    let message = panic_message(AssertUnwindSafe(assert_page_can(&delete, &server))).await;
    for part in [
        "assertions.rs",
        "a page of https://app.example cannot DELETE https://api.example/put with x-other",
        "method-not-allowed: ",
        "  on the answer to OPTIONS https://api.example/put\n",
        "    access-control-allow-methods: PUT\n",
        "^^^ `DELETE` must be listed here",
        "header-not-allowed: ",
        "  + access-control-allow-methods: PUT, DELETE\n",
        ".methods([\"PUT\", \"DELETE\"])",
        "  OPTIONS https://api.example/put -> 204\n",
        "    > access-control-request-method: DELETE\n",
        "Chrome: Access to fetch at 'https://api.example/put' from origin 'https://app.example'",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    let near = page("https://api.example/").from("https://app.example:8443");
    let message = panic_message(AssertUnwindSafe(assert_page_can(&near, &server))).await;
    assert!(message.contains("allow-origin-mismatch"), "{message}");
    assert!(message.contains("port"), "the near miss is named: {message}");

    let granted = page("https://api.example/");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&granted, &server))).await;
    let told =
        "can GET https://api.example/: as standard judges, it reads a response of status 200";
    assert!(message.contains(told), "{message}");
}

#[tokio::test]
async fn what_no_policy_judges_is_a_failure() {
    let server = InMemory(router());
    let own = page("https://app.example/");
    let message = panic_message(AssertUnwindSafe(assert_page_can(&own, &server))).await;
    assert!(message.contains("not judged: https://app.example is the server's own"), "{message}");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&own, &server))).await;
    assert!(message.contains("was not judged"), "{message}");

    // The policy is on the routes, so that what no route takes has no headers.
    let policy = PolicyDraft::new().origins(["https://app.example"]).compile().expect("sound");
    let routes = Router::new().route("/item", get(|| async {}));
    let server = InMemory(routes.route_layer(CorsLayer::new(policy)));
    let typo = page("https://api.example/itme");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&typo, &server))).await;
    assert!(message.contains("answers https://api.example/itme with 404"), "{message}");
    let message = panic_message(AssertUnwindSafe(assert_page_can(&typo, &server))).await;
    assert!(message.contains("mend the path"), "{message}");
    assert_page_can(&page("https://api.example/item"), &server).await;
}

#[tokio::test]
async fn a_failure_shows_what_is_documented() {
    let policy = PolicyDraft::new().origins(["https://app.example"]).methods(["PUT"]).compile();
    let policy = policy.expect("a policy without fault");
    let server = InMemory(Router::new().layer(CorsLayer::new(policy)));
    let fetch = page("https://api.example/").method("DELETE");
    let message = panic_message(AssertUnwindSafe(assert_page_can(&fetch, &server))).await;
    let (_, message) = message.split_once(": ").expect("a place");
    let expected = include_str!("../failure.txt");
    assert_eq!(message.trim_end(), expected.trim_end(), "now failure.txt should be\n{message}");
}

#[tokio::test]
async fn headers_that_a_page_reads_are_exposed() {
    let server = InMemory(router());
    assert_page_can(&page("https://api.example/").reads("etag"), &server).await;
    for (name, told) in [("x-hidden", "header-not-exposed"), ("x-absent", "has no header")] {
        let fetch = page("https://api.example/").reads(name);
        let message = panic_message(AssertUnwindSafe(assert_page_can(&fetch, &server))).await;
        assert!(message.contains(told), "{message}");
    }
}

#[tokio::test]
async fn cookies_go_where_credentials_go() {
    let echo = |headers: http::HeaderMap| async move {
        let cookie = headers.get("cookie").is_some_and(|value| value == "a=1; b=2");
        if cookie { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    };
    let policy = PolicyDraft::new()
        .origins(["https://app.example"])
        .methods(["PUT"])
        .credentials(Credentials::Allow)
        .compile()
        .expect("a policy without fault");
    let routes = Router::new().route("/", put(echo)).layer(CorsLayer::new(policy));
    let server = InMemory(routes);
    let fetch = page("https://api.example/").method("PUT").cookie("a=1").cookie("b=2");
    assert_eq!(assert_page_can(&fetch, &server).await.status(), 401);
    let fetch = fetch.credentials(CredentialsMode::Include);
    assert_eq!(assert_page_can(&fetch, &server).await.status(), 200);
}

#[tokio::test]
async fn redirects_are_followed_as_browsers_follow_them() {
    let policy = PolicyDraft::new().origins(["https://app.example"]).compile();
    let routes = Router::new()
        .route("/old", get(|| async { axum::response::Redirect::permanent("/new") }))
        .route("/away", get(|| async { axum::response::Redirect::to("https://b.example/new") }))
        .route("/new", get(|| async { "new" }))
        .layer(CorsLayer::new(policy.expect("a policy without fault")));
    let server = InMemory(routes);
    let old = page("https://api.example/old");
    assert!(assert_page_can(&old, &server).await.redirected());
    let error = assert_page_cannot(&old.redirect(RedirectMode::Error), &server).await;
    assert_eq!(error.blamed().code, Code::RedirectModeError);
    // To a third origin: the page's own becomes null on the way, which is not allowed.
    assert_page_cannot(&page("https://api.example/away"), &server).await;
}

#[tokio::test]
async fn every_browser_is_asked() {
    let policy = PolicyDraft::new().origins(["*"]).headers(["*"]).compile();
    let policy = policy.expect("a policy without fault");
    let server = InMemory(Router::new().route("/", get(|| async {})).layer(CorsLayer::new(policy)));
    let fetch = PageFetch::new("https://api.example/").header("x-a", "1").in_every_browser();
    assert_page_can(&fetch, &server).await;
    let fetch = PageFetch::new("https://api.example/").method("PUT").in_every_browser();
    assert_page_cannot(&fetch, &server).await;

    // `*` does not cover Authorization by the standard; Chromium lets it through.
    let sloppy = Router::new().fallback(|| async {
        [("access-control-allow-origin", "*"), ("access-control-allow-headers", "*")]
    });
    let fetch = PageFetch::new("https://api.example/").header("authorization", "x");
    let message = panic_message(AssertUnwindSafe(assert_page_can(
        &fetch.clone().in_every_browser(),
        &InMemory(sloppy.clone()),
    )))
    .await;
    assert!(message.contains("judged as standard judges"), "{message}");
    assert_page_can(&fetch.in_browser(Profile::Chromium), &InMemory(sloppy)).await;
}

#[tokio::test]
async fn what_cannot_be_judged_is_no_success() {
    let server = InMemory(router());
    let no_page = page("https://api.example/").from("https://app.example/");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&no_page, &server))).await;
    assert!(message.contains("is no page's origin"), "{message}");
    let no_request = page("https://api.example/").method("TRACE");
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&no_request, &server))).await;
    assert!(message.contains("fetch() throws"), "{message}");
    let nobody = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = nobody.local_addr().expect("a bound socket");
    drop(nobody);
    let fetch = page(&format!("http://{address}/"));
    let message = panic_message(AssertUnwindSafe(assert_page_cannot(&fetch, &Network))).await;
    assert!(message.contains("connection-failed"), "{message}");
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
