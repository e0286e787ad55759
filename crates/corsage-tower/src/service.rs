//! The service around a service.

use std::task::{Context, Poll};

use corsage::server::{
    self, Decision, Handling, OriginVerdict, PendingHeaders, Policy, PolicySource,
};
use http::{HeaderValue, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Panicked, caught};
use crate::layer::CorsLayer;
use crate::{RecordDecisions, RecordedDecision, ResponseFuture};

/// Answers preflights, and puts the headers on every response of the service inside.
#[derive(Clone, Debug)]
pub struct Cors<S> {
    pub(crate) inner: S,
    pub(crate) layer: CorsLayer,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Cors<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    ResponseBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResponseBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Self { inner, layer } = self;
        match &layer.source {
            PolicySource::Fixed(policy) => {
                call(inner, layer, policy, request, OriginVerdict::Refused)
            }
            PolicySource::Shared(shared) => {
                call(inner, layer, &shared.load(), request, OriginVerdict::Refused)
            }
        }
    }
}

/// Decides a request, and has it answered.
#[inline]
pub(crate) fn call<S, RequestBody, ResponseBody>(
    inner: &mut S,
    layer: &CorsLayer,
    policy: &Policy,
    request: Request<RequestBody>,
    verdict: OriginVerdict,
) -> ResponseFuture<S::Future, ResponseBody>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    let view = server::Request::new(request.method(), request.headers());
    let (handling, recorded) = match layer.record {
        RecordDecisions::Off => match policy.decide_by_origin(&view) {
            Some(decided) => (decided.keep(HeaderValue::clone), None),
            None => (decide(policy, &request, verdict).handling(), None),
        },
        RecordDecisions::On => {
            let decision = decide(policy, &request, verdict);
            (decision.handling(), layer.record.record(&decision))
        }
    };
    match handling {
        Handling::PassOn(pending) => pass_on(inner, layer, request, pending, recorded),
        Handling::Answer(status, pending) => ResponseFuture::here(status, pending, recorded),
    }
}

#[cold]
fn decide<'a, B>(
    policy: &'a Policy,
    request: &'a Request<B>,
    verdict: OriginVerdict,
) -> Decision<'a> {
    let view = server::Request::new(request.method(), request.headers());
    policy.decide(&view.with_uri(request.uri()).with_verdict(verdict))
}

#[inline]
fn pass_on<S, RequestBody, ResponseBody>(
    inner: &mut S,
    layer: &CorsLayer,
    request: Request<RequestBody>,
    pending: PendingHeaders,
    recorded: Option<RecordedDecision>,
) -> ResponseFuture<S::Future, ResponseBody>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    match caught(layer.panics, || inner.call(request)) {
        Ok(inside) => ResponseFuture::inside(inside, pending, recorded, layer.panics),
        Err(Panicked) => ResponseFuture::here(StatusCode::INTERNAL_SERVER_ERROR, pending, recorded),
    }
}
