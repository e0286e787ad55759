//! The hoop: what a service puts on.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use corsage::server::{
    self, Handling, OriginLookup, OriginVerdict, Panics, PendingVerdict, Policy, PolicySource,
    RecordDecisions, SharedPolicy,
};
use futures_util::FutureExt;
use salvo_core::http::{Request, ResBody, Response, StatusCode};
use salvo_core::{Depot, FlowCtrl, Handler, async_trait};

/// Answers preflights, and puts the headers on every response of what comes after it.
#[derive(Clone, Debug)]
pub struct Cors {
    source: PolicySource,
    record: RecordDecisions,
    panics: Panics,
    lookup: Option<OriginLookup>,
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
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer, lookup: None }
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

    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is to be
    /// `false`, and so is a panic there, unless [`Panics::Propagate`] is set. It runs for every request that comes
    /// from such an origin, preflights too, so it should remember what it has found.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use corsage_salvo::Cors;
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

    /// What to wait for, if anything.
    fn look_up(&self, policy: &Policy, request: &Request) -> Option<PendingVerdict> {
        self.lookup.as_ref()?.look_up(policy, &view(request), self.panics)
    }

    /// Runs what comes after this hoop.
    async fn call_next(
        &self,
        request: &mut Request,
        depot: &mut Depot,
        response: &mut Response,
        ctrl: &mut FlowCtrl,
    ) {
        let next = AssertUnwindSafe(ctrl.call_next(request, depot, response));
        match self.panics {
            Panics::Propagate => {
                next.await;
            }
            Panics::Answer => {
                if next.catch_unwind().await.is_err() {
                    ctrl.skip_rest();
                    response.replace_body(ResBody::None);
                    response.status_code(StatusCode::INTERNAL_SERVER_ERROR);
                }
            }
        }
    }
}

fn view(request: &Request) -> server::Request<'_> {
    server::Request::new(request.method(), request.headers()).with_uri(request.uri())
}

#[async_trait]
impl Handler for Cors {
    async fn handle(
        &self,
        request: &mut Request,
        depot: &mut Depot,
        response: &mut Response,
        ctrl: &mut FlowCtrl,
    ) {
        let policy = self.source.load();
        let verdict = match self.look_up(&policy, request) {
            Some(pending) => pending.await,
            None => OriginVerdict::Refused,
        };
        let (handling, mut recorded) = {
            let decision = policy.decide(&view(request).with_verdict(verdict));
            (decision.handling(), self.record.record(&decision))
        };
        if let Some(recorded) = recorded {
            request.extensions_mut().insert(recorded);
        }
        match handling {
            Handling::Answer(status, pending) => {
                ctrl.skip_rest();
                response.status_code(status);
                response.headers_mut().extend(pending.into_headers());
            }
            Handling::PassOn(pending) => {
                self.call_next(request, depot, response, ctrl).await;
                let replaced = pending.apply(response.headers_mut());
                recorded = recorded.map(|recorded| recorded.with(replaced));
            }
        }
        if let Some(recorded) = recorded {
            response.extensions.insert(recorded);
        }
    }
}
