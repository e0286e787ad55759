//! The service around a service.

use std::marker::PhantomData;
use std::mem;
use std::task::{Context, Poll};

use corsage::server::{self, PendingHeaders};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Answer, Kind, Panicked, caught};
use crate::layer::{CorsLayer, Source};
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
        let panics = self.layer.panics;
        let kind = match &self.layer.alike {
            Some(policy) if *request.method() != Method::OPTIONS => {
                let policy = policy.clone();
                match caught(panics, || self.inner.call(request)) {
                    Ok(inner) => Kind::Alike { inner, policy, panics },
                    Err(Panicked) => {
                        let mut headers = HeaderMap::new();
                        policy.apply_constant(&mut headers);
                        let answer = Answer::Ready(StatusCode::INTERNAL_SERVER_ERROR, headers);
                        Kind::Answered { answer, recorded: None }
                    }
                }
            }
            _ => self.decide(request),
        };
        ResponseFuture { kind, body: PhantomData }
    }
}

impl<S> Cors<S> {
    #[inline]
    fn decide<RequestBody>(&mut self, mut request: Request<RequestBody>) -> Kind<S::Future>
    where
        S: Service<Request<RequestBody>>,
    {
        let loaded;
        let policy = match &self.layer.source {
            Source::Fixed(policy) => policy,
            Source::Shared(shared) => {
                loaded = shared.load();
                &loaded
            }
        };
        let view = server::Request::new(request.method(), request.headers());
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
                return Kind::Answered { answer: Answer::Ready(status, headers), recorded };
            }
            return Kind::Answered { answer: Answer::Preflight(preflight), recorded };
        }
        let pending = decision.pending();
        if decision.refuses_write() {
            return made_here(StatusCode::FORBIDDEN, pending, recorded);
        }
        let panics = self.layer.panics;
        match caught(panics, || self.inner.call(request)) {
            Ok(inner) => Kind::Waiting { inner, pending, recorded, panics },
            Err(Panicked) => made_here(StatusCode::INTERNAL_SERVER_ERROR, pending, recorded),
        }
    }
}

#[cold]
fn made_here<F>(
    status: StatusCode,
    pending: PendingHeaders,
    recorded: Option<RecordedDecision>,
) -> Kind<F> {
    let mut headers = HeaderMap::new();
    pending.apply(&mut headers);
    Kind::Answered { answer: Answer::Ready(status, headers), recorded }
}
