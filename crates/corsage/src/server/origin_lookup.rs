//! A lookup of origins, for adapters that can wait for its answer. Nothing is run here: whoever serves the request
//! polls.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::{OriginVerdict, Panics, Policy, Request};

/// Who knows whether an origin is admitted that the list does not: for a policy whose draft says
/// [`origins_looked_up`](super::PolicyDraft::origins_looked_up). Its answers are futures of type `F`, which go from
/// thread to thread unless it is a [`LocalOriginLookup`]. Cheap to clone.
///
/// ```
/// use std::future::{Future, ready};
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
///
/// use corsage::server::{OriginLookup, OriginVerdict, Outcome, Panics, PolicyDraft, Request};
/// use http::{HeaderMap, HeaderValue, Method};
///
/// let policy = PolicyDraft::new().origins_looked_up().compile()?;
/// let lookup = OriginLookup::new(|origin| ready(origin == "https://tenant.example"));
///
/// let mut headers = HeaderMap::new();
/// headers.insert("origin", HeaderValue::from_static("https://tenant.example"));
/// let request = Request::new(&Method::GET, &headers);
/// let Some(pending) = lookup.look_up(&policy, &request, Panics::Answer)
/// else { panic!("the list does not name it") };
/// // A server awaits it.
/// let verdict = pin!(pending).poll(&mut Context::from_waker(Waker::noop()));
/// assert_eq!(verdict, Poll::Ready(OriginVerdict::Admitted));
/// let decision = policy.decide(&request.with_verdict(OriginVerdict::Admitted));
/// assert_eq!(decision.outcome(), Outcome::Share);
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
pub struct OriginLookup<F: ?Sized = dyn Future<Output = bool> + Send>(Arc<Ask<F>>);

/// An [`OriginLookup`] whose answers stay on the thread that asks.
pub type LocalOriginLookup = OriginLookup<dyn Future<Output = bool>>;

type Ask<F> = dyn Fn(String) -> Pin<Box<F>> + Send + Sync;

/// What an [`OriginLookup`] is going to find. It asks when it is polled, not before.
pub struct PendingVerdict<F: ?Sized = dyn Future<Output = bool> + Send> {
    stage: Stage<F>,
    panics: Panics,
}

enum Stage<F: ?Sized> {
    Asking(OriginLookup<F>, String),
    Waiting(Pin<Box<F>>),
    Over,
}

impl OriginLookup {
    /// Wraps what looks an origin up. Whatever goes wrong there is to be `false`.
    #[must_use]
    pub fn new<F>(lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move |origin| Box::pin(lookup(origin))))
    }
}

impl LocalOriginLookup {
    /// The same, for a server whose requests stay on one thread each.
    #[must_use]
    pub fn local<F>(lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + 'static,
    {
        Self(Arc::new(move |origin| Box::pin(lookup(origin))))
    }
}

impl<F: Future<Output = bool> + ?Sized> OriginLookup<F> {
    /// What to wait for before this request is decided: `None` if
    /// [nothing is to be looked up](Policy::origin_to_look_up). A panic in the lookup admits nobody, or it goes on,
    /// as `panics` says.
    #[must_use]
    pub fn look_up(
        &self,
        policy: &Policy,
        request: &Request<'_>,
        panics: Panics,
    ) -> Option<PendingVerdict<F>> {
        let origin = policy.origin_to_look_up(request)?.to_owned();
        Some(PendingVerdict { stage: Stage::Asking(self.clone(), origin), panics })
    }
}

impl<F: Future<Output = bool> + ?Sized> PendingVerdict<F> {
    /// Waits no longer than a timer: what is not admitted by then is not admitted. The clock is the caller's.
    pub fn within(self, timer: impl Future<Output = ()>) -> impl Future<Output = OriginVerdict> {
        let mut verdict = self;
        let mut timer = Box::pin(timer);
        poll_fn(move |context| match Pin::new(&mut verdict).poll(context) {
            Poll::Pending => timer.as_mut().poll(context).map(|()| OriginVerdict::Refused),
            ready => ready,
        })
    }
}

impl<F: Future<Output = bool> + ?Sized> Future for PendingVerdict<F> {
    type Output = OriginVerdict;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<OriginVerdict> {
        let Self { stage, panics } = self.get_mut();
        let admitted = match panics {
            Panics::Propagate => ready!(stage.poll(context)),
            // It is not touched again after a panic, so nobody sees what that left behind.
            Panics::Answer => match catch_unwind(AssertUnwindSafe(|| stage.poll(context))) {
                Ok(polled) => ready!(polled),
                Err(_) => false,
            },
        };
        *stage = Stage::Over;
        Poll::Ready(if admitted { OriginVerdict::Admitted } else { OriginVerdict::Refused })
    }
}

impl<F: Future<Output = bool> + ?Sized> Stage<F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        loop {
            match mem::replace(self, Self::Over) {
                Self::Asking(OriginLookup(ask), origin) => *self = Self::Waiting(ask(origin)),
                Self::Waiting(mut waiting) => {
                    let polled = waiting.as_mut().poll(context);
                    if polled.is_pending() {
                        *self = Self::Waiting(waiting);
                    }
                    return polled;
                }
                // Polled again after it was ready: whoever does that waits for ever.
                Self::Over => return Poll::Pending,
            }
        }
    }
}

impl<F: ?Sized> Clone for OriginLookup<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: ?Sized> fmt::Debug for OriginLookup<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OriginLookup(..)")
    }
}

impl<F: ?Sized> fmt::Debug for PendingVerdict<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingVerdict(..)")
    }
}
