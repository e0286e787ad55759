//! What docs/migrating-from-tower-http.md promises.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::routing::{get, options, put};
use corsage::browser::CredentialsMode;
use corsage::server::{Credentials, Policy, PolicyDraft, SharedPolicy};
use corsage_test::{InMemory, PageFetch, assert_page_can, assert_page_cannot};
use corsage_tower::CorsLayer;
use http_body_util::Empty;
use tower_service::Service;

fn draft() -> PolicyDraft {
    PolicyDraft::new()
        .origins(["https://app.example"])
        .methods(["PUT"])
        .headers(["content-type"])
        .credentials(Credentials::Allow)
        .max_age(Duration::from_secs(600))
}

fn policy() -> Policy {
    draft().compile().expect("a policy without fault")
}

fn page() -> PageFetch {
    PageFetch::new("https://api.example/items").from("https://app.example")
}

#[tokio::test]
async fn the_policy_after_migration_grants_what_it_says() {
    let router = Router::new().route("/items", put(|| async {})).layer(CorsLayer::new(policy()));
    let write = page()
        .method("PUT")
        .header("content-type", "application/json")
        .credentials(CredentialsMode::Include);
    assert_page_can(&write, &InMemory(router)).await;
}

#[tokio::test]
async fn authentication_does_not_kill_preflights_and_its_401_can_be_read() {
    let authentication = from_fn(|request: axum::extract::Request, next: Next| async move {
        if request.headers().contains_key("authorization") {
            Ok(next.run(request).await)
        } else {
            Err(StatusCode::UNAUTHORIZED)
        }
    });
    let policy = draft().headers(["authorization"]).compile().expect("a policy without fault");
    let routes = || Router::new().route("/items", get(|| async {}));
    let right =
        InMemory(routes().layer(authentication.clone()).layer(CorsLayer::new(policy.clone())));
    let fetch = page().header("authorization", "Bearer x");
    assert_eq!(assert_page_can(&fetch, &right).await.status(), 200);
    assert_eq!(assert_page_can(&page(), &right).await.status(), 401);
    // The wrong order, for comparison.
    let wrong = InMemory(routes().layer(CorsLayer::new(policy)).layer(authentication));
    assert_page_cannot(&fetch, &wrong).await;
}

#[tokio::test]
async fn a_route_wears_its_own_policy() {
    let open = PolicyDraft::new().origins(["*"]).compile().expect("a policy without fault");
    let public = Router::new().route("/public", get(|| async {})).layer(CorsLayer::new(open));
    let private = Router::new().route("/items", get(|| async {})).layer(CorsLayer::new(policy()));
    let server = InMemory(public.merge(private));
    let stranger = |path| {
        PageFetch::new(format!("https://api.example{path}")).from("https://stranger.example")
    };
    assert_page_can(&stranger("/public"), &server).await;
    assert_page_cannot(&stranger("/items"), &server).await;
}

#[tokio::test]
async fn ones_own_options_handler_is_reached() {
    let mut router = Router::new()
        .route("/items", options(|| async { StatusCode::IM_A_TEAPOT }))
        .layer(CorsLayer::new(policy()));
    let request = http::Request::options("/items").header("origin", "https://app.example");
    let request = request.body(Empty::<bytes::Bytes>::new()).expect("a request");
    let response = router.call(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
}

#[tokio::test]
async fn origins_are_replaced_while_it_serves() {
    let shared = SharedPolicy::new(policy());
    let routes = Router::new().route("/items", get(|| async {}));
    let server = InMemory(routes.layer(CorsLayer::shared(shared.clone())));
    let fetch = page().from("https://new.example");
    assert_page_cannot(&fetch, &server).await;
    let change = shared.replace(draft().origins(["https://new.example"])).expect("no fault");
    assert_eq!(change.origins_added, ["https://new.example"]);
    assert_page_can(&fetch, &server).await;
    assert!(shared.replace(draft().origins(["new.example"])).is_err());
    assert_page_can(&fetch, &server).await;
}
