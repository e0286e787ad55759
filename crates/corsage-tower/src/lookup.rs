//! Origins that are looked up before a request is decided.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use corsage::server::{self, OriginVerdict};
use http::Request;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::future::{Panicked, caught};
use crate::{Cors, CorsLayer, Panics};

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
    /// `false`, and so is a panic there, unless [`Panics::Propagate`] is set. It runs for every request that comes
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
    Cors<S>: Service<Request<RequestBody>, Response = http::Response<ResponseBody>> + Clone,
    L: Fn(String) -> F,
    F: Future<Output = bool>,
{
    type Response = <Cors<S> as Service<Request<RequestBody>>>::Response;
    type Error = <Cors<S> as Service<Request<RequestBody>>>::Error;
    type Future = LookupFuture<Cors<S>, F, Request<RequestBody>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.cors.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let policy = self.cors.layer.source.load();
        let view = server::Request::new(request.method(), request.headers());
        let Some(origin) = policy.origin_to_look_up(&view) else {
            return LookupFuture::Calling { called: self.cors.call(request) };
        };
        let panics = self.cors.layer.panics;
        let Ok(looking) = caught(panics, || (self.lookup)(origin.to_owned())) else {
            return LookupFuture::Calling { called: self.cors.call(request) };
        };
        // The one that was found ready is the one to call; its clone is made ready anew.
        let clone = self.cors.clone();
        let service = mem::replace(&mut self.cors, clone);
        LookupFuture::Looking { looking, waiting: Some((service, request)), panics }
    }
}

pin_project! {
    /// The future of [`Lookup`].
    #[project = LookupProjection]
    #[derive(Debug)]
    pub enum LookupFuture<S: Service<R>, F, R> {
        #[doc(hidden)]
        Looking { #[pin] looking: F, waiting: Option<(S, R)>, panics: Panics },
        #[doc(hidden)]
        Calling { #[pin] called: S::Future },
    }
}

impl<S, F, B> Future for LookupFuture<S, F, Request<B>>
where
    S: Service<Request<B>>,
    F: Future<Output = bool>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.as_mut().project() {
                LookupProjection::Looking { looking, waiting, panics } => {
                    let admitted = match caught(*panics, || looking.poll(context)) {
                        Ok(polled) => ready!(polled),
                        Err(Panicked) => false,
                    };
                    // Taken once: the next turn is in the other state.
                    let Some((mut service, mut request)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    if admitted {
                        request.extensions_mut().insert(OriginVerdict::Admitted);
                    }
                    let called = service.call(request);
                    self.set(Self::Calling { called });
                }
                LookupProjection::Calling { called } => return called.poll(context),
            }
        }
    }
}
