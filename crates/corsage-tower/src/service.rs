//! The service around a service.

use std::mem;
use std::task::{Context, Poll};

use corsage::server::{self, OriginVerdict, PendingHeaders, Policy, Replaced};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Answer, Kind, Panicked, caught};
use crate::layer::{CorsLayer, Plain, Source};
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
    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        if let Plain::Constant(policy) = &self.layer.plain
            && *request.method() != Method::OPTIONS
        {
            return constant(policy, || self.inner.call(request));
        }
        if let Plain::ByOrigin(policy) = &self.layer.plain
            && *request.method() != Method::OPTIONS
        {
            let origin = policy.admitted_origin(request.headers()).cloned();
            return by_origin(policy, origin, || self.inner.call(request));
        }
        let loaded;
        let policy = match &self.layer.source {
            Source::Fixed(policy) => policy,
            Source::Shared(shared) => {
                loaded = shared.load();
                &loaded
            }
        };
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
            let prepared = decision.prepared_preflight();
            if let (Some(prepared), None) = (prepared, recorded) {
                if policy.is_short_preflight(prepared) {
                    // Nobody else sees the request, so its map becomes the answer's.
                    let mut headers = mem::take(request.headers_mut());
                    let status = policy.write_prepared_preflight(prepared, &mut headers);
                    let answer = Answer::Ready(status, headers);
                    return ResponseFuture::of(Kind::Answered { answer, recorded: None });
                }
                let policy = policy.clone();
                return ResponseFuture::of(Kind::AnsweredAlike { policy, prepared });
            }
            let answer = Answer::Preflight(decision.pending_preflight());
            return ResponseFuture::of(Kind::Answered { answer, recorded });
        }
        let pending = decision.pending();
        if decision.refuses_write() {
            return made_here(StatusCode::FORBIDDEN, pending, recorded);
        }
        let panics = self.layer.panics;
        match (caught(panics, || self.inner.call(request)), recorded) {
            (Ok(inner), None) => ResponseFuture::of(Kind::Waiting { inner, pending, panics }),
            (Ok(inner), Some(recorded)) => {
                ResponseFuture::of(Kind::Recording { inner, pending, recorded, panics })
            }
            (Err(Panicked), recorded) => {
                made_here(StatusCode::INTERNAL_SERVER_ERROR, pending, recorded)
            }
        }
    }
}

#[inline]
fn constant<F, B>(policy: &Policy, call: impl FnOnce() -> F) -> ResponseFuture<F, B> {
    match caught(Panics::Answer, call) {
        Ok(inner) => ResponseFuture::of(Kind::Constant { policy: policy.clone(), inner }),
        Err(Panicked) => panicked(|headers| policy.apply_constant(headers)),
    }
}

#[inline]
fn by_origin<F, B>(
    policy: &Policy,
    origin: Option<HeaderValue>,
    call: impl FnOnce() -> F,
) -> ResponseFuture<F, B> {
    match caught(Panics::Answer, call) {
        Ok(inner) => ResponseFuture::of(Kind::ByOrigin { policy: policy.clone(), origin, inner }),
        Err(Panicked) => panicked(|headers| policy.apply_by_origin(origin, headers)),
    }
}

#[cold]
fn panicked<F, B>(apply: impl FnOnce(&mut HeaderMap) -> Replaced) -> ResponseFuture<F, B> {
    let mut headers = HeaderMap::new();
    apply(&mut headers);
    let answer = Answer::Ready(StatusCode::INTERNAL_SERVER_ERROR, headers);
    ResponseFuture::of(Kind::Answered { answer, recorded: None })
}

#[cold]
fn made_here<F, B>(
    status: StatusCode,
    pending: PendingHeaders,
    recorded: Option<RecordedDecision>,
) -> ResponseFuture<F, B> {
    let mut headers = HeaderMap::new();
    pending.apply(&mut headers);
    ResponseFuture::of(Kind::Answered { answer: Answer::Ready(status, headers), recorded })
}
