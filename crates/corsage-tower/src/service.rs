//! The service around a service.

use std::task::{Context, Poll};

use corsage::server::{self, Handling, Mount, OriginVerdict, Policy, PolicySource};
use http::{Request, Response, StatusCode};
use tower_service::Service;

use crate::ResponseFuture;
use crate::future::{Panicked, caught};

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
        match mount.source() {
            PolicySource::Fixed(policy) => {
                call(inner, mount, policy, request, OriginVerdict::Refused)
            }
            PolicySource::Shared(shared) => {
                call(inner, mount, &shared.load(), request, OriginVerdict::Refused)
            }
        }
    }
}

/// Decides a request, and has it answered. To move its future about is most of what that costs.
#[inline(always)]
pub(crate) fn call<S, RequestBody, ResponseBody>(
    inner: &mut S,
    mount: &Mount,
    policy: &Policy,
    request: Request<RequestBody>,
    verdict: OriginVerdict,
) -> ResponseFuture<S::Future, ResponseBody>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    let view = server::Request::new(request.method(), request.headers())
        .with_uri(request.uri())
        .with_verdict(verdict);
    let (handling, recorded) = mount.handle(policy, &view);
    match handling {
        Handling::PassOn(pending) => match caught(mount.on_panic(), || inner.call(request)) {
            Ok(inside) => ResponseFuture::inside(inside, pending, recorded, mount.on_panic()),
            Err(Panicked) => {
                ResponseFuture::here(StatusCode::INTERNAL_SERVER_ERROR, pending, recorded)
            }
        },
        Handling::Answer(status, pending) => ResponseFuture::here(status, pending, recorded),
    }
}
