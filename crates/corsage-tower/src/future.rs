//! The response to come.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use corsage::server::PendingHeaders;
use http::Response;
use pin_project_lite::pin_project;

use crate::RecordedDecision;

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
        Waiting { #[pin] inner: F, pending: Option<PendingHeaders> },
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
    ) -> Self {
        Self { kind: Kind::Waiting { inner, pending: Some(pending) }, recorded }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
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
            KindProjection::Waiting { inner, pending } => {
                let mut response = ready!(inner.poll(context))?;
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
