//! The response to come.

use std::future::Future;
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
        kind: Kind<F, B>,
        recorded: Option<RecordedDecision>,
    }
}

pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<F, B> {
        Answered { response: Option<Response<B>> },
        Waiting { #[pin] inner: F, pending: Option<PendingHeaders>, panics: Panics },
    }
}

impl<F, B> ResponseFuture<F, B> {
    pub(crate) fn answered(response: Response<B>, recorded: Option<RecordedDecision>) -> Self {
        Self { kind: Kind::Answered { response: Some(response) }, recorded }
    }

    pub(crate) fn waiting(
        inner: F,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
        panics: Panics,
    ) -> Self {
        Self { kind: Kind::Waiting { inner, pending: Some(pending), panics }, recorded }
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
        let mut recorded = *this.recorded;
        let mut response = match this.kind.project() {
            KindProjection::Answered { response } => match response.take() {
                Some(response) => response,
                // Polled again after it was ready: whoever does that waits for ever.
                None => return Poll::Pending,
            },
            KindProjection::Waiting { inner, pending, panics } => {
                let mut response = match caught(*panics, || inner.poll(context)) {
                    Ok(polled) => ready!(polled)?,
                    Err(Panicked) => panicked(),
                };
                if let Some(pending) = pending.take() {
                    let replaced = pending.apply(response.headers_mut());
                    recorded = recorded.map(|recorded| recorded.with(replaced));
                }
                response
            }
        };
        if let Some(recorded) = recorded {
            response.extensions_mut().insert(recorded);
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

#[cold]
pub(crate) fn panicked<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
