//! The service around a service.

use std::task::{Context, Poll};

use corsage::server::{self, Handling, Mount, OriginVerdict, PendingHeaders, Policy, PolicySource};
use http::{HeaderValue, Request, Response, StatusCode};
use tower_service::Service;

use crate::future::{Panicked, caught};
use crate::{Panics, RecordedDecision, ResponseFuture};

/// Answers preflights, and puts the headers on every response of the service inside.
#[derive(Clone, Debug)]
pub struct Cors<S> {
    pub(crate) inner: S,
    pub(crate) mount: Mount,
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
        let Self { inner, mount } = self;
        let loaded;
        let policy = match mount.source() {
            PolicySource::Fixed(policy) => policy,
            PolicySource::Shared(shared) => {
                loaded = shared.load();
                &loaded
            }
        };
        let panics = mount.on_panic();
        let view = server::Request::new(request.method(), request.headers());
        // The request is moved here and in no function between: each moves it once more, which is most of what a
        // layer costs.
        match mount.handle_by_origin(policy, &view) {
            Some(Handling::PassOn(decided)) => match decided.prepared() {
                Some(prepared) => match caught(panics, move || inner.call(request)) {
                    Ok(inside) => ResponseFuture::prepared(inside, prepared, panics),
                    Err(Panicked) => {
                        ResponseFuture::prepared_here(StatusCode::INTERNAL_SERVER_ERROR, prepared)
                    }
                },
                None => {
                    let pending = decided.keep(HeaderValue::clone);
                    pass_on(inner, request, pending, None, panics)
                }
            },
            Some(Handling::Answer(status, decided)) => match decided.prepared() {
                Some(prepared) => ResponseFuture::prepared_here(status, prepared),
                None => ResponseFuture::here(status, decided.keep(HeaderValue::clone), None),
            },
            None => call_in_full(inner, mount, policy, request, OriginVerdict::Refused),
        }
    }
}

/// Decides a request by whatever the policy looks at, and has it answered.
pub(crate) fn call_in_full<S, RequestBody, ResponseBody>(
    inner: &mut S,
    mount: &Mount,
    policy: &Policy,
    request: Request<RequestBody>,
    verdict: OriginVerdict,
) -> ResponseFuture<S::Future, ResponseBody>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    let view = server::Request::new(request.method(), request.headers());
    let view = view.with_uri(request.uri()).with_verdict(verdict);
    let (handling, recorded) = mount.handle_in_full(policy, &view);
    match handling {
        Handling::PassOn(pending) => pass_on(inner, request, pending, recorded, mount.on_panic()),
        Handling::Answer(status, pending) => ResponseFuture::here(status, pending, recorded),
    }
}

#[inline(always)]
fn pass_on<S, RequestBody, ResponseBody>(
    inner: &mut S,
    request: Request<RequestBody>,
    pending: PendingHeaders,
    recorded: Option<RecordedDecision>,
    panics: Panics,
) -> ResponseFuture<S::Future, ResponseBody>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    match caught(panics, || inner.call(request)) {
        Ok(inside) => ResponseFuture::waiting(inside, pending, recorded, panics),
        Err(Panicked) => ResponseFuture::here(StatusCode::INTERNAL_SERVER_ERROR, pending, recorded),
    }
}
