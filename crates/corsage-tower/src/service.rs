//! The service around a service.

use std::task::{Context, Poll};

use corsage::server::{
    self, OriginVerdict, PlainHandling, PlainHeaders, Policy, PolicySource, Replaced, VariesBy,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Answer, Kind, Panicked, caught};
use crate::layer::CorsLayer;
use crate::{Panics, RecordDecisions, RecordedDecision, ResponseFuture};

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
        let loaded;
        let policy = match &self.layer.source {
            PolicySource::Fixed(policy) => policy,
            PolicySource::Shared(shared) => {
                loaded = shared.load();
                &loaded
            }
        };
        let panics = self.layer.panics;
        if (self.layer.record, panics) == (RecordDecisions::Off, Panics::Answer) {
            if *request.method() != Method::OPTIONS && policy.varies_by() == VariesBy::Nothing {
                return constant(policy, || self.inner.call(request));
            }
            match policy.handle_plainly(&server::Request::new(request.method(), request.headers()))
            {
                Some(PlainHandling::PassOn(plain)) => {
                    let plain = plain.map(HeaderValue::clone);
                    return pass_on(policy, plain, || self.inner.call(request));
                }
                Some(PlainHandling::Answer(status, plain)) => {
                    let plain = plain.map(HeaderValue::clone);
                    let policy = policy.clone();
                    return ResponseFuture::of(Kind::AnsweredPlainly { policy, plain, status });
                }
                None => {}
            }
        }
        let mut view = server::Request::new(request.method(), request.headers());
        if policy.looks_origins_up()
            && let Some(verdict) = request.extensions().get::<OriginVerdict>()
        {
            view = view.with_verdict(*verdict);
        }
        let decision = policy.decide(&view.with_uri(request.uri()));
        let recorded = match self.layer.record {
            RecordDecisions::Off => None,
            RecordDecisions::On => Some(RecordedDecision::of(&decision)),
        };
        if decision.is_preflight() {
            let answer = Answer::Preflight(decision.pending_preflight());
            return ResponseFuture::of(Kind::Answered { answer, recorded });
        }
        let pending = decision.pending();
        if decision.refuses_write() {
            return made_here(StatusCode::FORBIDDEN, recorded, |headers| pending.apply(headers));
        }
        match (caught(panics, || self.inner.call(request)), recorded) {
            (Ok(inner), None) => ResponseFuture::of(Kind::Waiting { inner, pending, panics }),
            (Ok(inner), Some(recorded)) => {
                ResponseFuture::of(Kind::Recording { inner, pending, recorded, panics })
            }
            (Err(Panicked), recorded) => {
                made_here(StatusCode::INTERNAL_SERVER_ERROR, recorded, |headers| {
                    pending.apply(headers)
                })
            }
        }
    }
}

#[inline]
fn pass_on<F, B>(
    policy: &Policy,
    mut plain: PlainHeaders<HeaderValue>,
    call: impl FnOnce() -> F,
) -> ResponseFuture<F, B> {
    match caught(Panics::Answer, call) {
        Ok(inner) => {
            ResponseFuture::of(Kind::WaitingPlainly { policy: policy.clone(), plain, inner })
        }
        Err(Panicked) => made_here(StatusCode::INTERNAL_SERVER_ERROR, None, |headers| {
            plain.apply(policy, headers)
        }),
    }
}

#[inline]
fn constant<F, B>(policy: &Policy, call: impl FnOnce() -> F) -> ResponseFuture<F, B> {
    match caught(Panics::Answer, call) {
        Ok(inner) => ResponseFuture::of(Kind::Constant { policy: policy.clone(), inner }),
        Err(Panicked) => made_here(StatusCode::INTERNAL_SERVER_ERROR, None, |headers| {
            policy.apply_constant(headers)
        }),
    }
}

#[cold]
fn made_here<F, B>(
    status: StatusCode,
    recorded: Option<RecordedDecision>,
    apply: impl FnOnce(&mut HeaderMap) -> Replaced,
) -> ResponseFuture<F, B> {
    let mut headers = HeaderMap::new();
    apply(&mut headers);
    ResponseFuture::of(Kind::Answered { answer: Answer::Ready(status, headers), recorded })
}
