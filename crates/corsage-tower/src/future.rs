//! The response to come.

use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use corsage::server::{PendingHeaders, PendingPreflight, PlainHeaders, Policy};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
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

impl<F, B> ResponseFuture<F, B> {
    #[inline]
    pub(crate) fn of(kind: Kind<F>) -> Self {
        Self { kind, body: PhantomData }
    }
}

pin_project! {
    // To move it about is most of what a layer costs, so what is frequent is small.
    #[project = KindProjection]
    #[derive(Debug)]
    pub(crate) enum Kind<F> {
        // The response of what is inside is finished without anything of the request.
        Constant { policy: Policy, #[pin] inner: F },
        // The response of what is inside gets lines that are ready, and nothing of the request but its origin.
        WaitingPlainly {
            policy: Policy,
            plain: PlainHeaders<HeaderValue>,
            #[pin]
            inner: F,
        },
        // It is finished as the request wants it.
        Waiting { #[pin] inner: F, pending: PendingHeaders, panics: Panics },
        // The same, and it is told how that was decided.
        Recording {
            #[pin]
            inner: F,
            pending: PendingHeaders,
            recorded: RecordedDecision,
            panics: Panics,
        },
        // Nobody inside sees the request, and its answer is ready, but for the origin.
        AnsweredPlainly { policy: Policy, plain: PlainHeaders<HeaderValue>, status: StatusCode },
        // Nobody inside sees the request.
        Answered { answer: Answer, recorded: Option<RecordedDecision> },
    }
}

/// A response is made of it at the end only.
#[derive(Debug)]
pub(crate) enum Answer {
    Preflight(PendingPreflight),
    Ready(StatusCode, HeaderMap),
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
            KindProjection::Constant { inner, policy } => {
                poll_inside(Panics::Answer, inner, context, |response| {
                    policy.apply_constant(response.headers_mut());
                })
            }
            KindProjection::WaitingPlainly { inner, policy, plain } => {
                poll_inside(Panics::Answer, inner, context, |response| {
                    plain.apply(policy, response.headers_mut());
                })
            }
            KindProjection::Waiting { inner, pending, panics } => {
                poll_inside(*panics, inner, context, |response| {
                    pending.apply_in_place(response.headers_mut());
                })
            }
            KindProjection::Recording { inner, pending, recorded, panics } => {
                poll_inside(*panics, inner, context, |response| {
                    let replaced = pending.apply_in_place(response.headers_mut());
                    response.extensions_mut().insert(recorded.with(replaced));
                })
            }
            KindProjection::AnsweredPlainly { policy, plain, status } => {
                let mut response = Response::new(B::default());
                *response.status_mut() = *status;
                plain.apply(policy, response.headers_mut());
                Poll::Ready(Ok(response))
            }
            KindProjection::Answered { answer, recorded } => {
                Poll::Ready(Ok(give(answer, *recorded)))
            }
        }
    }
}

#[inline]
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
    let mut response = match caught(panics, || inner.poll(context)) {
        Ok(Poll::Ready(Ok(response))) => response,
        Ok(other) => return other,
        Err(Panicked) => panicked(),
    };
    finish(&mut response);
    Poll::Ready(Ok(response))
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
fn panicked<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[inline]
fn give<B: Default>(answer: &mut Answer, recorded: Option<RecordedDecision>) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = match answer {
        Answer::Preflight(preflight) => preflight.write_in_place(response.headers_mut()),
        Answer::Ready(status, headers) => {
            mem::swap(headers, response.headers_mut());
            *status
        }
    };
    if let Some(recorded) = recorded {
        response.extensions_mut().insert(recorded);
    }
    response
}
