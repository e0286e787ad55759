//! `corsage-poem`.

use corsage::server::SharedPolicy;
use corsage_poem::{Cors, RecordedDecision};
use poem::endpoint::make;
use poem::http::{Method, StatusCode};
use poem::listener::TcpAcceptor;
use poem::{
    Endpoint, EndpointExt, Error, IntoResponse, Request, Response, Result, Route, RouteMethod, get,
};

use super::server::{
    DECISION, LOOKUP_LIMIT, OWN, Options, SLOW, Server, SharedStage, TIME_LIMIT, describe, listen,
    public_policy, run,
};

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let (listener, address) = listen()?;
    let policy = SharedPolicy::new(options.policy.clone());
    let stage = SharedStage::default();
    let mut cors = Cors::shared(policy.clone())
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    if let Some(tenants) = &options.tenants {
        cors = cors.looking_up(tenants.lookup());
    }
    let public = Cors::new(public_policy()?).record_decisions(options.record);
    let application = Route::new()
        .at("/public", get(make(|_| async { "public" })).with(public))
        .nest("/", application(stage.clone()).with(cors))
        .around(observe);
    run(|| async move {
        let acceptor = TcpAcceptor::from_std(listener)?;
        poem::Server::new_with_acceptor(acceptor).run(application).await
    });
    Ok(Server::of(address, stage, policy))
}

fn application(stage: SharedStage) -> impl Endpoint {
    let own_options = RouteMethod::new().method(Method::OPTIONS, make(|_| async { "own" }));
    Route::new()
        .at("/stage", make(move |_| on_stage(stage.clone())))
        .at("/get", get(make(|_| async { "hello" })))
        .at("/options", own_options)
        .at("/own", get(make(|_| own())))
        .at("/error", get(make(|_| async { Err::<(), _>(too_many()) })))
        .at("/secret", get(make(|_| async { "secret" })))
        .at("/slow", get(make(|_| async { tokio::time::sleep(SLOW).await })))
        .at("/panic", get(make(|_| panics())))
        .around(limit_time)
        .around(authenticate)
}

async fn on_stage(stage: SharedStage) -> Response {
    let (status, headers) = stage.enter();
    let mut response = Response::builder().status(status).finish();
    *response.headers_mut() = headers;
    response
}

async fn own() -> Response {
    let mut response = Response::builder();
    for (name, value) in OWN {
        response = response.header(name, value);
    }
    response.finish()
}

fn too_many() -> Error {
    Error::from_string("slow down", StatusCode::TOO_MANY_REQUESTS)
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() {
    panic!("on purpose")
}

async fn limit_time<E: Endpoint>(next: std::sync::Arc<E>, request: Request) -> Result<Response> {
    match tokio::time::timeout(TIME_LIMIT, next.call(request)).await {
        Ok(response) => response.map(IntoResponse::into_response),
        Err(_) => Err(Error::from_status(StatusCode::GATEWAY_TIMEOUT)),
    }
}

async fn authenticate<E: Endpoint>(next: std::sync::Arc<E>, request: Request) -> Result<Response> {
    if request.uri().path() == "/secret" {
        return Err(Error::from_status(StatusCode::UNAUTHORIZED));
    }
    next.call(request).await.map(IntoResponse::into_response)
}

async fn observe<E: Endpoint>(next: std::sync::Arc<E>, request: Request) -> Result<Response> {
    let response = next.call(request).await?.into_response();
    Ok(match response.data::<RecordedDecision>().map(describe) {
        Some(decision) => response.with_header(DECISION, decision).into_response(),
        None => response,
    })
}
