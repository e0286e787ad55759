//! The middleware: what an application puts on.

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use corsage::server::{
    self, Handling, Mount, OriginLookup, OriginVerdict, Panics, PendingHeaders, Policy,
    RecordedDecision,
};
use futures_timer::Delay;
use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Answers preflights, and puts the headers on every response of what it wraps.
#[derive(Clone, Debug)]
pub struct Cors {
    mount: Mount,
    lookup: Option<OriginLookup>,
}

impl Cors {
    corsage::mount_setters!(panics);

    fn mounting(mount: Mount) -> Self {
        Self { mount, lookup: None }
    }

    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is to be
    /// `false`, and so is a panic there, unless [`Panics::Propagate`] is set; after
    /// [five seconds](Self::lookup_limit) it counts as `false` too. It runs for every request that comes from such an origin, preflights too, so it should remember what it has found.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use corsage_poem::Cors;
    ///
    /// # async fn is_tenant(_origin: &str) -> Result<bool, std::io::Error> { Ok(true) }
    /// let policy = PolicyDraft::new().origins_looked_up().compile()?;
    /// let cors = Cors::new(policy)
    ///     .looking_up(|origin| async move { is_tenant(&origin).await.unwrap_or(false) });
    /// # let _ = cors;
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn looking_up<F>(mut self, lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        self.lookup = Some(OriginLookup::new(lookup));
        self
    }
}

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = CorsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CorsEndpoint { inner, cors: self.clone() }
    }
}

/// The endpoint that [`Cors`] makes.
#[derive(Debug)]
pub struct CorsEndpoint<E> {
    inner: E,
    cors: Cors,
}

impl<E: Endpoint> Endpoint for CorsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let policy = self.cors.mount.source().load();
        let (handling, recorded) = self.cors.decide(&policy, &mut request).await;
        let mut pending = match handling {
            Handling::PassOn(pending) => pending,
            Handling::Answer(status, pending) => return Ok(answer(status, pending, recorded)),
        };
        let mut inner = pin!(self.inner.call(request));
        let mut response = poll_fn(|context| match self.cors.mount.on_panic() {
            Panics::Propagate => inner.as_mut().poll(context).map(into_response),
            Panics::Answer => {
                // It is not touched again after a panic, so nobody sees what that left behind.
                let polled = AssertUnwindSafe(|| inner.as_mut().poll(context).map(into_response));
                catch_unwind(polled).unwrap_or_else(|_| {
                    Poll::Ready(StatusCode::INTERNAL_SERVER_ERROR.into_response())
                })
            }
        })
        .await;
        let replaced = pending.apply_in_place(response.headers_mut());
        if let Some(recorded) = recorded {
            response.extensions_mut().insert(recorded.with(replaced));
        }
        Ok(response)
    }
}

impl Cors {
    async fn decide(
        &self,
        policy: &Policy,
        request: &mut Request,
    ) -> (Handling, Option<RecordedDecision>) {
        let verdict = match self.look_up(policy, request) {
            Some(pending) => pending.await,
            None => OriginVerdict::Refused,
        };
        let (handling, recorded) = self.mount.handle(policy, &view(request).with_verdict(verdict));
        if let Some(recorded) = recorded {
            request.extensions_mut().insert(recorded);
        }
        (handling, recorded)
    }

    /// What to wait for, if anything.
    fn look_up(
        &self,
        policy: &Policy,
        request: &Request,
    ) -> Option<impl Future<Output = OriginVerdict> + use<>> {
        let lookup = self.lookup.as_ref()?;
        let pending = lookup.look_up(policy, &view(request), self.mount.on_panic())?;
        Some(pending.within(time_limit(self.mount.longest_lookup())))
    }
}

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => Delay::new(limit).await,
        None => pending().await,
    }
}

fn view(request: &Request) -> server::Request<'_> {
    server::Request::new(request.method(), request.headers()).with_uri(request.uri())
}

fn answer(
    status: StatusCode,
    pending: PendingHeaders,
    recorded: Option<RecordedDecision>,
) -> Response {
    let mut response = status.into_response();
    *response.headers_mut() = pending.into_headers();
    response.set_body(());
    if let Some(recorded) = recorded {
        response.extensions_mut().insert(recorded);
    }
    response
}

fn into_response(result: Result<impl IntoResponse>) -> Response {
    match result {
        Ok(output) => output.into_response(),
        Err(error) => error.into_response(),
    }
}
