//! Origins that are looked up while the request waits.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use corsage::server::{Credentials, PolicyDraft};
use corsage_tower::CorsLayer;
use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

/// Answers everything.
#[derive(Clone)]
struct Inside;

impl Service<Request<()>> for Inside {
    type Response = Response<()>;
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Response<()>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

fn draft() -> PolicyDraft {
    PolicyDraft::new().origins(["https://app.example"]).methods(["PUT"]).origins_looked_up()
}

/// The response's headers, and how many lookups were made.
async fn ask(draft: PolicyDraft, method: &str, headers: &[(&str, &str)]) -> (HeaderMap, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let lookup = move |origin: String| {
        counter.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            origin.ends_with("://tenant.example")
        }
    };
    let policy = draft.compile().expect("a policy without fault");
    let mut service = CorsLayer::new(policy).looking_up(lookup).layer(Inside);
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).expect("a request");
    let response = service.call(request).await.expect("infallible");
    (response.into_parts().0.headers, asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_answer_is_waited_for() {
    let (headers, asked) = ask(draft(), "GET", &[("origin", "https://tenant.example")]).await;
    assert_eq!(headers["access-control-allow-origin"], "https://tenant.example");
    assert_eq!(headers["vary"], "Origin");
    assert_eq!(asked, 1);

    let (headers, asked) = ask(draft(), "GET", &[("origin", "https://stranger.example")]).await;
    assert!(!headers.contains_key("access-control-allow-origin"), "{headers:?}");
    assert_eq!(headers["vary"], "Origin");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn preflights_wait_too() {
    let preflight =
        [("origin", "https://tenant.example"), ("access-control-request-method", "PUT")];
    let (headers, asked) = ask(draft(), "OPTIONS", &preflight).await;
    assert_eq!(headers["access-control-allow-origin"], "https://tenant.example");
    assert_eq!(headers["access-control-allow-methods"], "PUT");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn nobody_is_asked_where_no_answer_counts() {
    for origins in [
        &[][..],
        // Listed.
        &["https://app.example"],
        // No origins.
        &["null"],
        &["https://tenant.example/"],
        &["https://tenant.example", "https://tenant.example"],
    ] {
        let lines: Vec<_> = origins.iter().map(|origin| ("origin", *origin)).collect();
        let (headers, asked) = ask(draft(), "GET", &lines).await;
        assert_eq!(asked, 0, "{origins:?}");
        let granted = headers.contains_key("access-control-allow-origin");
        assert_eq!(granted, *origins == ["https://app.example"], "{origins:?}");
    }
}

#[tokio::test]
async fn the_guards_hold() {
    let with_credentials = draft().credentials(Credentials::Allow);
    let insecure = [("origin", "http://tenant.example")];
    let (headers, asked) = ask(with_credentials, "GET", &insecure).await;
    assert!(!headers.contains_key("access-control-allow-origin"), "{headers:?}");
    assert_eq!(asked, 0);
    let (headers, _) = ask(draft(), "GET", &insecure).await;
    assert_eq!(headers["access-control-allow-origin"], "http://tenant.example");
}

#[tokio::test]
async fn without_a_lookup_only_the_list_counts() {
    let policy = draft().compile().expect("a policy without fault");
    let mut service = CorsLayer::new(policy).layer(Inside);
    let request = Request::get("/").header("origin", "https://tenant.example").body(());
    let response = service.call(request.expect("a request")).await.expect("infallible");
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}
