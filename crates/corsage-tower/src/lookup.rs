//! Origins that are looked up before a request is decided.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use corsage::server::{self, OriginVerdict, Policy};
use futures_timer::Delay;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::future::{Panicked, caught};
use crate::service::call_in_full;
use crate::{Cors, CorsLayer, Panics, ResponseFuture};

/// A [`CorsLayer`] that looks origins up, and waits for the answer; made by [`CorsLayer::looking_up`].
#[derive(Clone, Debug)]
pub struct LookupLayer<L> {
    cors: CorsLayer,
    lookup: L,
}

/// The service of a [`LookupLayer`].
#[derive(Clone, Debug)]
pub struct Lookup<S, L> {
    cors: Cors<S>,
    lookup: L,
}

impl CorsLayer {
    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is to be
    /// `false`, and so is a panic there, unless [`Panics::Propagate`] is set; after
    /// [five seconds](Self::lookup_limit) it counts as `false` too. It runs for every request that comes
    /// from such an origin, preflights too, so it should remember what it has found.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use corsage_tower::CorsLayer;
    ///
    /// # async fn is_tenant(_origin: &str) -> Result<bool, std::io::Error> { Ok(true) }
    /// let policy = PolicyDraft::new().origins_looked_up().compile()?;
    /// let layer = CorsLayer::new(policy)
    ///     .looking_up(|origin: String| async move { is_tenant(&origin).await.unwrap_or(false) });
    /// # let _ = layer;
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn looking_up<L, F>(self, lookup: L) -> LookupLayer<L>
    where
        L: Fn(String) -> F,
        F: Future<Output = bool>,
    {
        LookupLayer { cors: self, lookup }
    }
}

impl<S, L: Clone> Layer<S> for LookupLayer<L> {
    type Service = Lookup<S, L>;

    fn layer(&self, inner: S) -> Self::Service {
        Lookup { cors: self.cors.layer(inner), lookup: self.lookup.clone() }
    }
}

impl<S, L, F, RequestBody, ResponseBody> Service<Request<RequestBody>> for Lookup<S, L>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone,
    L: Fn(String) -> F,
    F: Future<Output = bool>,
    ResponseBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LookupFuture<S, F, RequestBody, ResponseBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.cors.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Cors { inner, mount } = &mut self.cors;
        let policy = mount.source().load();
        let view = server::Request::new(request.method(), request.headers());
        let looking = policy
            .origin_to_look_up(&view.with_uri(request.uri()))
            .and_then(|origin| caught(mount.on_panic(), || (self.lookup)(origin.to_owned())).ok());
        let Some(looking) = looking else {
            let called = call_in_full(inner, mount, &policy, request, OriginVerdict::Refused);
            return LookupFuture::Calling { called };
        };
        // The one that was found ready is the one to call; its clone is made ready anew.
        let clone = self.cors.clone();
        let cors = mem::replace(&mut self.cors, clone);
        let panics = cors.mount.on_panic();
        let timer = cors.mount.longest_lookup().map(Delay::new);
        let waiting = Some(Waiting { cors, policy, request });
        LookupFuture::Looking { looking, timer, waiting, panics }
    }
}

/// A request that is not decided yet, and who is going to have it.
#[derive(Debug)]
#[doc(hidden)]
pub struct Waiting<S, B> {
    cors: Cors<S>,
    policy: Policy,
    request: Request<B>,
}

pin_project! {
    /// The future of [`Lookup`].
    #[project = LookupProjection]
    #[derive(Debug)]
    pub enum LookupFuture<S: Service<Request<Q>>, F, Q, B> {
        #[doc(hidden)]
        Looking {
            #[pin]
            looking: F,
            timer: Option<Delay>,
            waiting: Option<Waiting<S, Q>>,
            panics: Panics,
        },
        #[doc(hidden)]
        Calling { #[pin] called: ResponseFuture<S::Future, B> },
    }
}

impl<S, F, Q, B> Future for LookupFuture<S, F, Q, B>
where
    S: Service<Request<Q>, Response = Response<B>>,
    F: Future<Output = bool>,
    B: Default,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.as_mut().project() {
                LookupProjection::Looking { looking, timer, waiting, panics } => {
                    let admitted = match caught(*panics, || looking.poll(context)) {
                        Ok(Poll::Ready(admitted)) => admitted,
                        Ok(Poll::Pending) => {
                            let Some(timer) = timer else { return Poll::Pending };
                            ready!(Pin::new(timer).poll(context));
                            false
                        }
                        Err(Panicked) => false,
                    };
                    // Taken once: the next turn is in the other state.
                    let Some(Waiting { mut cors, policy, request }) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let verdict =
                        if admitted { OriginVerdict::Admitted } else { OriginVerdict::Refused };
                    let called =
                        call_in_full(&mut cors.inner, &cors.mount, &policy, request, verdict);
                    self.set(Self::Calling { called });
                }
                LookupProjection::Calling { called } => return called.poll(context),
            }
        }
    }
}
