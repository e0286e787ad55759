//! The engines: the core by itself, and each adapter around a handler.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use corsage::server::{self, Policy};
use corsage_tower::CorsLayer;
use http::{HeaderMap, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use super::actix_engine::Actix;

/// What the application answers, where a request reaches it.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The response's status.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    /// Whether the handler was asked.
    pub reached: bool,
}

/// Something that wears a policy. An adapter joins the suite by implementing this.
pub trait Engine {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Sends one request through the policy, to the handler if it gets that far.
    ///
    /// # Errors
    /// What kept the engine from answering.
    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String>;
}

/// Every engine of this build.
pub(super) fn all() -> Vec<Box<dyn Engine>> {
    vec![Box::new(Core), Box::new(Tower), Box::new(Actix::default())]
}

struct Core;

impl Engine for Core {
    fn name(&self) -> &'static str {
        "core"
    }

    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let decision = policy.decide(&server::Request::new(request.method(), request.headers()));
        if decision.is_preflight() {
            let (status, headers) = decision.answer_preflight();
            return Ok(Answer { status, headers, reached: false });
        }
        let mut headers = handler.headers.clone();
        decision.apply(&mut headers);
        Ok(Answer { status: handler.status, headers, reached: true })
    }
}

struct Tower;

impl Engine for Tower {
    fn name(&self) -> &'static str {
        "tower"
    }

    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let reached = Arc::new(AtomicBool::new(false));
        let inner = HandlerService { handler: handler.clone(), reached: Arc::clone(&reached) };
        let mut service = CorsLayer::new(policy.clone()).layer(inner);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut context) else {
            return Err("the service did not answer at once".into());
        };
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            reached: reached.load(Ordering::Relaxed),
        })
    }
}

struct HandlerService {
    handler: Handler,
    reached: Arc<AtomicBool>,
}

impl Service<Request<()>> for HandlerService {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        self.reached.store(true, Ordering::Relaxed);
        let mut response = Response::new(());
        *response.status_mut() = self.handler.status;
        response.headers_mut().clone_from(&self.handler.headers);
        ready(Ok(response))
    }
}
