//! The response to come.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{Error, HttpResponse};
use corsage::server::{Panics, PendingHeaders, PlainHeaders, RecordedDecision, Replaced};
use pin_project_lite::pin_project;

use crate::constants::Constants;
use crate::error::Panicked;
use crate::response_headers::ResponseHeaders;

/// What remains to be put on the response.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) headers: Wanted,
    pub(crate) constants: Rc<Constants>,
}

#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Nothing but the origin was looked at.
    Plain(PlainHeaders<HeaderValue>),
    /// The whole of the request was.
    Decided(PendingHeaders),
}

impl Pending {
    /// Done once: what was kept of the request is gone afterwards.
    fn put_on(&mut self, headers: &mut HeaderMap) -> Replaced {
        self.headers.put_on(headers, &self.constants)
    }

    /// The response is made of the error later, outside; it gets the headers then.
    pub(crate) fn put_on_error(self, mut error: Error) -> Error {
        error.add_response_mapper(move |mut response| {
            self.headers.clone().put_on(response.headers_mut(), &self.constants);
            response
        });
        error
    }
}

impl Wanted {
    fn put_on(&mut self, headers: &mut HeaderMap, constants: &Constants) -> Replaced {
        let mut headers = ResponseHeaders { headers, constants };
        match self {
            Self::Plain(plain) => {
                plain.apply_to(&constants.policy, &mut headers, |headers, place, _, origin| {
                    headers.insert_own(place, origin);
                })
            }
            Self::Decided(pending) => pending.apply_to(&mut headers),
        }
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
        match this.kind.project() {
            KindProjection::Answered { answer } => match answer.take() {
                Some(mut answer) => {
                    if let (Ok(response), Some(recorded)) = (&mut answer, *this.recorded) {
                        record(response.response_mut(), recorded);
                    }
                    Poll::Ready(answer)
                }
                // Polled again after it was ready: whoever does that waits for ever.
                None => Poll::Pending,
            },
            KindProjection::Waiting { inner, pending, panics } => {
                let polled = match caught(*panics, || inner.poll(context)) {
                    Ok(polled) => ready!(polled),
                    Err(panicked) => Err(panicked.into()),
                };
                let mut response = match polled {
                    Ok(response) => response,
                    Err(error) => {
                        return Poll::Ready(Err(match pending.take() {
                            Some(pending) => pending.put_on_error(error),
                            None => error,
                        }));
                    }
                };
                if let Some(pending) = pending {
                    let replaced = pending.put_on(response.headers_mut());
                    if let Some(recorded) = *this.recorded {
                        record(response.response_mut(), recorded.with(replaced));
                    }
                }
                Poll::Ready(Ok(response.map_into_left_body()))
            }
        }
    }
}

fn record<B>(response: &mut HttpResponse<B>, recorded: RecordedDecision) {
    response.extensions_mut().insert(recorded);
}

/// Runs what is inside. It is not touched again after a panic, so nobody sees what that left behind.
pub(crate) fn caught<T>(panics: Panics, run: impl FnOnce() -> T) -> Result<T, Panicked> {
    match panics {
        Panics::Propagate => Ok(run()),
        Panics::Answer => catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panicked),
    }
}
