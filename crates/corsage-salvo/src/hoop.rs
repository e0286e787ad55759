//! The hoop: what a service puts on.

use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use corsage::server::{
    self, Handling, Mount, OriginLookup, OriginVerdict, Panics, Policy, PolicySource,
};
use futures_timer::Delay;
use futures_util::FutureExt;
use salvo_core::http::{Request, ResBody, Response, StatusCode};
use salvo_core::{Depot, FlowCtrl, Handler, async_trait};

/// Answers preflights, and puts the headers on every response of what comes after it.
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

    /// Another policy, fixed or shared, for a path and all below it. Of several, that for the longest path holds.
    /// Paths are compared segment by segment, decoded, empty ones left out, as Salvo's router reads them: `/%61pi`
    /// and `//api` fall under the policy of `/api`, which a comparison of texts would let slip.
    ///
    /// ```
    /// # use corsage::server::PolicyDraft;
    /// # use corsage_salvo::Cors;
    /// let strict = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let open = PolicyDraft::new().origins(["*"]).compile()?;
    /// let cors = Cors::new(strict).under("/public", open);
    /// # let _ = cors;
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn under(mut self, path: &str, policy: impl Into<PolicySource>) -> Self {
        self.mount = self.mount.under(path, policy);
        self
    }

    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is to be
    /// `false`, and so is a panic there, unless [`Panics::Propagate`] is set; after
    /// [five seconds](Self::lookup_limit) it counts as `false` too. It runs for every request that comes from such an origin, preflights too, so it should remember what it has found.
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
    fn look_up(
        &self,
        policy: &Policy,
        request: &Request,
    ) -> Option<impl Future<Output = OriginVerdict> + use<>> {
        let lookup = self.lookup.as_ref()?;
        let pending = lookup.look_up(policy, &view(request), self.mount.on_panic())?;
        Some(pending.within(time_limit(self.mount.longest_lookup())))
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
        match self.mount.on_panic() {
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

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => Delay::new(limit).await,
        None => pending().await,
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
        let policy = self.mount.source_at(request.uri().path()).load();
        let verdict = match self.look_up(&policy, request) {
            Some(pending) => pending.await,
            None => OriginVerdict::Refused,
        };
        let (handling, mut recorded) =
            self.mount.handle(&policy, &view(request).with_verdict(verdict));
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
