//! `corsage-salvo`.

use corsage::server::SharedPolicy;
use corsage_salvo::{Cors, RecordedDecision};
use salvo_core::conn::tcp::TcpAcceptor;
use salvo_core::http::{HeaderValue, StatusCode, StatusError};
use salvo_core::{
    Depot, FlowCtrl, Handler, Request, Response, Router, Service, async_trait, handler,
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
        .under("/public", public_policy()?)
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    if let Some(tenants) = &options.tenants {
        cors = cors.looking_up(tenants.lookup());
    }
    let service = Service::new(router(stage.clone()))
        .hoop(observe)
        .hoop(cors)
        .hoop(authenticate)
        .hoop(limit_time);
    run(|| async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        salvo_core::Server::new(TcpAcceptor::try_from(listener)?).try_serve(service).await
    });
    Ok(Server::of(address, stage, policy))
}

fn router(stage: SharedStage) -> Router {
    Router::new()
        .push(Router::with_path("stage").goal(OnStage(stage)))
        .push(Router::with_path("get").get(hello))
        .push(Router::with_path("public").get(public))
        .push(Router::with_path("options").options(hello))
        .push(Router::with_path("own").get(own))
        .push(Router::with_path("error").get(error))
        .push(Router::with_path("secret").get(hello))
        .push(Router::with_path("slow").get(slow))
        .push(Router::with_path("panic").get(panics))
}

struct OnStage(SharedStage);

#[async_trait]
impl Handler for OnStage {
    async fn handle(
        &self,
        _: &mut Request,
        _: &mut Depot,
        response: &mut Response,
        _: &mut FlowCtrl,
    ) {
        let (status, headers) = self.0.enter();
        response.status_code(status);
        response.set_headers(headers);
    }
}

#[handler]
async fn hello() -> &'static str {
    "hello"
}

#[handler]
async fn public() -> &'static str {
    "public"
}

#[handler]
async fn own(response: &mut Response) {
    for (name, value) in OWN {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
}

#[handler]
async fn error() -> Result<(), StatusError> {
    Err(StatusError::too_many_requests())
}

#[handler]
async fn slow() {
    tokio::time::sleep(SLOW).await;
}

#[handler]
#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() {
    panic!("on purpose")
}

#[handler]
async fn limit_time(
    request: &mut Request,
    depot: &mut Depot,
    response: &mut Response,
    ctrl: &mut FlowCtrl,
) {
    let next = ctrl.call_next(request, depot, response);
    if tokio::time::timeout(TIME_LIMIT, next).await.is_err() {
        response.render(StatusError::gateway_timeout());
        ctrl.skip_rest();
    }
}

#[handler]
async fn authenticate(request: &Request, response: &mut Response, ctrl: &mut FlowCtrl) {
    if request.uri().path() == "/secret" {
        response.status_code(StatusCode::UNAUTHORIZED);
        ctrl.skip_rest();
    }
}

#[handler]
async fn observe(
    request: &mut Request,
    depot: &mut Depot,
    response: &mut Response,
    ctrl: &mut FlowCtrl,
) {
    ctrl.call_next(request, depot, response).await;
    let decision = response.extensions.get::<RecordedDecision>().map(describe);
    if let Some(value) = decision.and_then(|decision| HeaderValue::from_str(&decision).ok()) {
        response.headers_mut().insert(DECISION, value);
    }
}
