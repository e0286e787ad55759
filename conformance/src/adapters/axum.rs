//! `corsage-tower` in axum.

use axum::Router;
use axum::error_handling::HandleErrorLayer;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get, options};
use corsage::server::SharedPolicy;
use corsage_tower::{CorsLayer, RecordedDecision};
use tower::ServiceBuilder;
use tower::timeout::TimeoutLayer;

use super::server::{
    DECISION, LOOKUP_LIMIT, OWN, Options, SLOW, Server, SharedStage, TIME_LIMIT, describe, listen,
    public_policy, run,
};

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let (listener, address) = listen()?;
    let policy = SharedPolicy::new(options.policy.clone());
    let stage = SharedStage::default();
    let public = CorsLayer::new(public_policy()?).record_decisions(options.record);
    let cors = CorsLayer::shared(policy.clone())
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    let application = application(stage.clone());
    let router = match &options.tenants {
        Some(tenants) => application.layer(cors.looking_up(tenants.lookup())),
        None => application.layer(cors),
    };
    let router = router
        .route("/public", get(|| async { "public" }).layer(public))
        .layer(map_response(observe));
    run(|| async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, router).await
    });
    Ok(Server::of(address, stage, policy))
}

/// The application without its policy.
pub(super) fn application(stage: SharedStage) -> Router {
    let time_limit = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(|_| async { StatusCode::GATEWAY_TIMEOUT }))
        .layer(TimeoutLayer::new(TIME_LIMIT));
    let slow = any(|| async { tokio::time::sleep(SLOW).await }).layer(time_limit);
    Router::new()
        .route("/stage", any(move || async move { stage.enter() }))
        .route("/get", get(|| async { "hello" }))
        .route("/options", options(|| async { "own" }))
        .route("/own", get(|| async { AppendHeaders(OWN) }))
        .route("/error", get(|| async { Err::<(), _>(StatusCode::TOO_MANY_REQUESTS) }))
        .route("/secret", get(|| async { "secret" }))
        .route("/slow", slow)
        .route("/panic", get(panics))
        .layer(from_fn(authenticate))
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() {
    panic!("on purpose")
}

async fn authenticate(request: Request, next: Next) -> Response {
    if request.uri().path() == "/secret" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

async fn observe(response: Response) -> Response {
    match response.extensions().get::<RecordedDecision>().map(describe) {
        Some(decision) => ([(DECISION, decision)], response).into_response(),
        None => response,
    }
}
