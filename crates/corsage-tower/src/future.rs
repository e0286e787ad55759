//! The response to come.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use corsage::server::PendingHeaders;
use http::{Response, StatusCode};
use pin_project_lite::pin_project;

use crate::{Panics, RecordedDecision};

pin_project! {
    /// The future of [`Cors`](crate::Cors).
    #[derive(Debug)]
    pub struct ResponseFuture<F, B> {
        #[pin]
        from: From<F>,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
        panics: Panics,
        body: PhantomData<fn() -> B>,
    }
}

pin_project! {
    // Where the response comes from.
    #[project = FromProjection]
    #[derive(Debug)]
    enum From<F> {
        Inside { #[pin] inner: F },
        // Nobody inside sees the request.
        Here { status: StatusCode },
    }
}

impl<F, B> ResponseFuture<F, B> {
    #[inline(always)]
    pub(crate) fn inside(
        inner: F,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
        panics: Panics,
    ) -> Self {
        Self { from: From::Inside { inner }, pending, recorded, panics, body: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn here(
        status: StatusCode,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
    ) -> Self {
        let panics = Panics::Propagate;
        Self { from: From::Here { status }, pending, recorded, panics, body: PhantomData }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.from.project() {
            FromProjection::Inside { inner } => {
                match caught(*this.panics, || inner.poll(context)) {
                    Ok(polled) => ready!(polled)?,
                    Err(Panicked) => empty(StatusCode::INTERNAL_SERVER_ERROR),
                }
            }
            FromProjection::Here { status } => empty(*status),
        };
        let replaced = this.pending.apply_in_place(response.headers_mut());
        if let Some(recorded) = *this.recorded {
            response.extensions_mut().insert(recorded.with(replaced));
        }
        Poll::Ready(Ok(response))
    }
}

/// What is inside panicked. It is not touched again, so nobody sees what that left behind.
pub(crate) struct Panicked;

#[inline]
pub(crate) fn caught<T>(panics: Panics, run: impl FnOnce() -> T) -> Result<T, Panicked> {
    match panics {
        Panics::Propagate => Ok(run()),
        Panics::Answer => catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panicked),
    }
}

fn empty<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response
}
