//! The service around a service.

use std::mem;
use std::task::{Context, Poll};

use corsage::server::{self, OriginVerdict, PendingHeaders, Policy};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Answer, Kind, Panicked, caught};
use crate::layer::{CorsLayer, Source};
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
        if let Some(policy) = &self.layer.alike
            && *request.method() != Method::OPTIONS
        {
            let inner = &mut self.inner;
            return match caught(Panics::Answer, || inner.call(request)) {
                Ok(inner) => {
                    let policy = policy.clone();
                    ResponseFuture::of(Kind::Alike { policy, inner })
                }
                Err(Panicked) => panicked_alike(policy),
            };
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
            let preflight = decision.pending_preflight();
            if preflight.is_short() {
                // Nobody else sees the request, so its map becomes the answer's.
                let mut headers = mem::take(request.headers_mut());
                let status = preflight.write(&mut headers);
                let answer = Answer::Ready(status, headers);
                return ResponseFuture::of(Kind::Answered { answer, recorded });
            }
            let answer = Answer::Preflight(preflight);
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

#[cold]
fn panicked_alike<F, B>(policy: &Policy) -> ResponseFuture<F, B> {
    let mut headers = HeaderMap::new();
    policy.apply_constant(&mut headers);
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
