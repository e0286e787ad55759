//! A policy around a handler, in memory: what every adapter does with sockets, without them.

use http::{HeaderMap, Response};

use super::{Handling, OutcomeKind, Policy, Request};

/// A response as it leaves a server that wears a policy.
#[derive(Clone, Debug)]
pub struct Served<B> {
    /// The handler's response with the policy's headers, or the policy's own answer.
    pub response: Response<B>,
    /// What the policy decided.
    pub outcome: OutcomeKind,
    /// Whether the handler ran.
    pub execution: Execution,
}

/// Whether the server acted upon a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The handler never saw it.
    NotExecuted,
    /// The handler ran.
    Executed,
}

impl Policy {
    /// Answers a request with a handler behind this policy: preflights, and writes that the policy refuses, never
    /// reach it.
    ///
    /// ```
    /// use corsage::server::{DisallowedWrites, Execution, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method, Response};
    ///
    /// let policy = PolicyDraft::new()
    ///     .origins(["https://app.example", "https://b.example"])
    ///     .disallowed_writes(DisallowedWrites::Refuse)
    ///     .compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://evil.example"));
    /// let served = policy.serve(&Request::new(&Method::POST, &headers), || Response::new("done"));
    /// assert_eq!((served.response.status().as_u16(), served.execution), (403, Execution::NotExecuted));
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    pub fn serve<B: Default>(
        &self,
        request: &Request<'_>,
        handler: impl FnOnce() -> Response<B>,
    ) -> Served<B> {
        let decision = self.decide(request);
        let outcome = decision.outcome().kind();
        let (response, execution) = match decision.handling() {
            Handling::Answer(status, pending) => {
                let mut response = Response::new(B::default());
                *response.status_mut() = status;
                let headers: &mut HeaderMap = response.headers_mut();
                pending.apply(headers);
                (response, Execution::NotExecuted)
            }
            Handling::PassOn(pending) => {
                let mut response = handler();
                pending.apply(response.headers_mut());
                (response, Execution::Executed)
            }
        };
        Served { response, outcome, execution }
    }
}
