//! The middleware: what an application puts on.

use std::panic::AssertUnwindSafe;

use corsage::server::{
    self, Handling, Panics, Policy, PolicySource, RecordDecisions, SharedPolicy,
};
use futures_util::FutureExt;
use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Answers preflights, and puts the headers on every response of what it wraps.
#[derive(Clone, Debug)]
pub struct Cors {
    source: PolicySource,
    record: RecordDecisions,
    panics: Panics,
}

impl Cors {
    /// With a policy that stays.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::from_source(policy.into())
    }

    /// With a policy that can be replaced while requests are served.
    #[must_use]
    pub fn shared(policy: SharedPolicy) -> Self {
        Self::from_source(policy.into())
    }

    fn from_source(source: PolicySource) -> Self {
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer }
    }

    /// Sets whether decisions are left in the extensions of requests and responses, as a
    /// [`RecordedDecision`](crate::RecordedDecision).
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self
    }

    /// Sets what becomes of panics.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
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
        let policy = self.cors.source.load();
        let (handling, mut recorded) = {
            let view = server::Request::new(request.method(), request.headers());
            let decision = policy.decide(&view.with_uri(request.uri()));
            (decision.handling(), self.cors.record.record(&decision))
        };
        if let Some(recorded) = recorded {
            request.extensions_mut().insert(recorded);
        }
        let mut response = match handling {
            Handling::Answer(status, headers) => {
                let mut response = status.into_response();
                *response.headers_mut() = headers;
                response.set_body(());
                response
            }
            Handling::PassOn(pending) => {
                let mut response = self.respond(request).await;
                let replaced = pending.apply(response.headers_mut());
                recorded = recorded.map(|recorded| recorded.with(replaced));
                response
            }
        };
        if let Some(recorded) = recorded {
            response.extensions_mut().insert(recorded);
        }
        Ok(response)
    }
}

impl<E: Endpoint> CorsEndpoint<E> {
    /// The response of what is inside, errors and panics included.
    async fn respond(&self, request: Request) -> Response {
        let response = self.inner.get_response(request);
        match self.cors.panics {
            Panics::Propagate => response.await,
            Panics::Answer => AssertUnwindSafe(response)
                .catch_unwind()
                .await
                .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        }
    }
}
