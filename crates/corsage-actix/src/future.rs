//! The response to come.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{Error, HttpResponse};
use corsage::server::{OriginVerdict, Panics, PendingHeaders, RecordedDecision, Replaced};
use pin_project_lite::pin_project;

use crate::constants::Constants;
use crate::error::Panicked;
use crate::middleware::Shared;
use crate::response_headers::ResponseHeaders;

/// What remains to be put on the response.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) headers: PendingHeaders<HeaderValue>,
    pub(crate) constants: Rc<Constants>,
}

impl Pending {
    /// Done once: what was kept of the request is gone afterwards.
    pub(crate) fn put_on(&mut self, headers: &mut HeaderMap) -> Replaced {
        self.headers.apply_to(&mut ResponseHeaders { headers, constants: &self.constants })
    }

    /// The response is made of the error later, outside; it gets the headers then.
    pub(crate) fn put_on_error(self, mut error: Error) -> Error {
        error.add_response_mapper(move |mut response| {
            self.clone().put_on(response.headers_mut());
            response
        });
        error
    }
}

pin_project! {
    /// The future of [`CorsMiddleware`](crate::CorsMiddleware).
    pub struct ResponseFuture<S: Service<ServiceRequest>, B> {
        #[pin]
        kind: Kind<S, B>,
        recorded: Option<RecordedDecision>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<S: Service<ServiceRequest>, B> {
        Answered { answer: Option<Result<ServiceResponse<EitherBody<B, ()>>, Error>> },
        Waiting { #[pin] inner: S::Future, pending: Option<Pending>, panics: Panics },
        // Nothing is decided yet. To move a future about costs by its size, so what is seldom is in a box.
        Looking { undecided: Option<Box<Undecided<S>>> },
    }
}

/// A request whose origin is being looked up. Nobody else has it.
pub(crate) struct Undecided<S> {
    pub(crate) lookup: Pin<Box<dyn Future<Output = OriginVerdict>>>,
    pub(crate) request: ServiceRequest,
    pub(crate) constants: Rc<Constants>,
    pub(crate) middleware: Rc<Shared<S>>,
}

impl<S: Service<ServiceRequest>, B> ResponseFuture<S, B> {
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
        inner: S::Future,
        pending: Pending,
        recorded: Option<RecordedDecision>,
        panics: Panics,
    ) -> Self {
        Self { kind: Kind::Waiting { inner, pending: Some(pending), panics }, recorded }
    }

    pub(crate) fn looking(undecided: Undecided<S>) -> Self {
        Self { kind: Kind::Looking { undecided: Some(Box::new(undecided)) }, recorded: None }
    }
}

impl<S, B> Future for ResponseFuture<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Result<ServiceResponse<EitherBody<B, ()>>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
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
            KindProjection::Looking { undecided } => {
                let next = ready!(look_up(undecided, context));
                self.set(next);
                self.poll(context)
            }
        }
    }
}

/// What comes after the lookup.
#[cold]
fn look_up<S, B>(
    undecided: &mut Option<Box<Undecided<S>>>,
    context: &mut Context<'_>,
) -> Poll<ResponseFuture<S, B>>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let Some(waiting) = undecided else { return Poll::Pending };
    let verdict = ready!(Pin::new(&mut waiting.lookup).poll(context));
    let Some(waiting) = undecided.take() else { return Poll::Pending };
    let Undecided { request, constants, middleware, .. } = *waiting;
    Poll::Ready(middleware.call_decided(request, &constants, verdict))
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
