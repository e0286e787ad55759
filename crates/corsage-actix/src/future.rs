//! The response to come.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use corsage::server::{Panics, PendingHeaders, RecordedDecision, Replaced};
use pin_project_lite::pin_project;

use crate::constants::Constants;
use crate::error::Panicked;
use crate::response_headers::ResponseHeaders;

/// What remains to be put on the response.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) headers: PendingHeaders,
    pub(crate) constants: Rc<Constants>,
}

impl Pending {
    fn put_on(&self, headers: &mut HeaderMap) -> Replaced {
        self.headers.apply_to(&mut ResponseHeaders { headers, constants: &self.constants })
    }

    /// The response is made of the error later, outside; it gets the headers then.
    pub(crate) fn put_on_error(self, mut error: Error) -> Error {
        error.add_response_mapper(move |mut response| {
            self.put_on(response.headers_mut());
            response
        });
        error
    }
}

pin_project! {
    /// The future of [`CorsMiddleware`](crate::CorsMiddleware).
    pub struct ResponseFuture<F, B> {
        #[pin]
        kind: Kind<F, B>,
        recorded: Option<RecordedDecision>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F, B> {
        Answered { answer: Option<Result<ServiceResponse<EitherBody<B, ()>>, Error>> },
        Waiting { #[pin] inner: F, pending: Option<Pending>, panics: Panics },
    }
}

impl<F, B> ResponseFuture<F, B> {
    pub(crate) fn answered(
        response: ServiceResponse<EitherBody<B, ()>>,
        recorded: Option<RecordedDecision>,
    ) -> Self {
        Self { kind: Kind::Answered { answer: Some(Ok(response)) }, recorded }
    }

    pub(crate) fn failed(error: Error) -> Self {
        Self { kind: Kind::Answered { answer: Some(Err(error)) }, recorded: None }
    }

    pub(crate) fn waiting(
        inner: F,
        pending: Pending,
        recorded: Option<RecordedDecision>,
        panics: Panics,
    ) -> Self {
        Self { kind: Kind::Waiting { inner, pending: Some(pending), panics }, recorded }
    }
}

impl<F, B> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B, ()>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut recorded = *this.recorded;
        let mut response = match this.kind.project() {
            KindProjection::Answered { answer } => match answer.take() {
                Some(answer) => answer?,
                // Polled again after it was ready: whoever does that waits for ever.
                None => return Poll::Pending,
            },
            KindProjection::Waiting { inner, pending, panics } => {
                let polled = match caught(*panics, || inner.poll(context)) {
                    Ok(polled) => ready!(polled),
                    Err(panicked) => Err(panicked.into()),
                };
                let Some(pending) = pending.take() else { return Poll::Pending };
                match polled {
                    Ok(mut response) => {
                        let replaced = pending.put_on(response.headers_mut());
                        recorded = recorded.map(|recorded| recorded.with(replaced));
                        response.map_into_left_body()
                    }
                    Err(error) => return Poll::Ready(Err(pending.put_on_error(error))),
                }
            }
        };
        if let Some(recorded) = recorded {
            response.response_mut().extensions_mut().insert(recorded);
        }
        Poll::Ready(Ok(response))
    }
}

/// Runs what is inside. It is not touched again after a panic, so nobody sees what that left behind.
pub(crate) fn caught<T>(panics: Panics, run: impl FnOnce() -> T) -> Result<T, Panicked> {
    match panics {
        Panics::Propagate => Ok(run()),
        Panics::Answer => catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panicked),
    }
}
