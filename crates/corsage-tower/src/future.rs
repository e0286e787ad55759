//! The response to come.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use corsage::server::{PendingHeaders, PreparedHeaders};
use http::{Response, StatusCode};
use pin_project_lite::pin_project;

use crate::{Panics, RecordedDecision};

pin_project! {
    /// The future of [`Cors`](crate::Cors).
    #[derive(Debug)]
    pub struct ResponseFuture<F, B> {
        #[pin]
        kind: Kind<F>,
        body: PhantomData<fn() -> B>,
    }
}

pin_project! {
    // To move it about is most of what a layer costs, so what is frequent is small.
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<F> {
        // The response of what is inside is finished without anything of the request.
        Prepared { #[pin] inner: F, prepared: PreparedHeaders, panics: Panics },
        // It is finished as the request wants it.
        Waiting {
            #[pin]
            inner: F,
            pending: PendingHeaders,
            recorded: Option<RecordedDecision>,
            panics: Panics,
        },
        // Nobody inside sees the request, and its answer has nothing of it.
        PreparedHere { status: StatusCode, prepared: PreparedHeaders },
        // Nobody inside sees the request.
        Here { status: StatusCode, pending: PendingHeaders, recorded: Option<RecordedDecision> },
    }
}

impl<F, B> ResponseFuture<F, B> {
    #[inline(always)]
    pub(crate) fn prepared(inner: F, prepared: PreparedHeaders, panics: Panics) -> Self {
        Self::of(Kind::Prepared { inner, prepared, panics })
    }

    #[inline(always)]
    pub(crate) fn waiting(
        inner: F,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
        panics: Panics,
    ) -> Self {
        Self::of(Kind::Waiting { inner, pending, recorded, panics })
    }

    #[inline(always)]
    pub(crate) fn prepared_here(status: StatusCode, prepared: PreparedHeaders) -> Self {
        Self::of(Kind::PreparedHere { status, prepared })
    }

    #[inline(always)]
    pub(crate) fn here(
        status: StatusCode,
        pending: PendingHeaders,
        recorded: Option<RecordedDecision>,
    ) -> Self {
        Self::of(Kind::Here { status, pending, recorded })
    }

    #[inline(always)]
    fn of(kind: Kind<F>) -> Self {
        Self { kind, body: PhantomData }
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
        match self.project().kind.project() {
            KindProjection::Prepared { inner, prepared, panics } => {
                poll_inside(*panics, inner, context, |response| {
                    prepared.apply(response.headers_mut());
                })
            }
            KindProjection::Waiting { inner, pending, recorded, panics } => {
                poll_inside(*panics, inner, context, |response| {
                    finish(response, pending, *recorded);
                })
            }
            KindProjection::PreparedHere { status, prepared } => {
                let mut response = empty(*status);
                prepared.apply(response.headers_mut());
                Poll::Ready(Ok(response))
            }
            KindProjection::Here { status, pending, recorded } => {
                let mut response = empty(*status);
                finish(&mut response, pending, *recorded);
                Poll::Ready(Ok(response))
            }
        }
    }
}

#[inline(always)]
fn poll_inside<F, B, E>(
    panics: Panics,
    inner: Pin<&mut F>,
    context: &mut Context<'_>,
    finish: impl FnOnce(&mut Response<B>),
) -> Poll<Result<Response<B>, E>>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    // The response is finished where it lies: to take it out and put it back is two copies.
    let mut polled = match caught(panics, || inner.poll(context)) {
        Ok(polled) => polled,
        Err(Panicked) => Poll::Ready(Ok(internal_server_error())),
    };
    if let Poll::Ready(Ok(response)) = &mut polled {
        finish(response);
    }
    polled
}

#[inline(always)]
fn finish<B>(
    response: &mut Response<B>,
    pending: &mut PendingHeaders,
    recorded: Option<RecordedDecision>,
) {
    let replaced = pending.apply_in_place(response.headers_mut());
    if let Some(recorded) = recorded {
        response.extensions_mut().insert(recorded.with(replaced));
    }
}

/// What is inside panicked. It is not touched again, so nobody sees what that left behind.
pub(crate) struct Panicked;

/// The one call of what may panic is here, whatever becomes of panics: two would not be inlined.
#[inline(always)]
pub(crate) fn caught<T>(panics: Panics, run: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| panicked(panics, panic))
}

#[cold]
fn panicked(panics: Panics, panic: Box<dyn Any + Send>) -> Panicked {
    match panics {
        Panics::Propagate => resume_unwind(panic),
        Panics::Answer => Panicked,
    }
}

#[cold]
#[inline(never)]
fn internal_server_error<B: Default>() -> Response<B> {
    empty(StatusCode::INTERNAL_SERVER_ERROR)
}

#[inline(always)]
fn empty<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response
}
