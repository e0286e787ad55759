//! The service around a service.

use std::task::{Context, Poll};

use corsage::server;
use http::{Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Panicked, caught, panicked};
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
            let mut response = Response::new(ResponseBody::default());
            *response.status_mut() = decision.answer_preflight_into(response.headers_mut());
            return ResponseFuture::answered(response, recorded);
        }
        if decision.refuses_write() {
            let mut response = Response::new(ResponseBody::default());
            *response.status_mut() = StatusCode::FORBIDDEN;
            decision.apply(response.headers_mut());
            return ResponseFuture::answered(response, recorded);
        }
        let pending = decision.pending();
        let panics = self.layer.panics;
        match caught(panics, || self.inner.call(request)) {
            Ok(inner) => ResponseFuture::waiting(inner, pending, recorded, panics),
            Err(Panicked) => {
                let mut response = panicked();
                pending.apply(response.headers_mut());
                ResponseFuture::answered(response, recorded)
            }
        }
    }
}
