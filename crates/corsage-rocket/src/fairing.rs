//! The fairing: what an application attaches.

use std::future::{Future, pending};
use std::sync::OnceLock;
use std::time::Duration;

use corsage::server::{
    self, Handling, Mount, OriginLookup, OriginVerdict, Panics, Policy, PolicySource,
    RecordedDecision,
};
use futures_timer::Delay;
use http::{HeaderMap, StatusCode};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::{Build, Data, Request, Response, Rocket, Route, async_trait};

use crate::convert::{Owned, ResponseHeaders};

/// Answers preflights, and puts the headers on every response.
#[derive(Clone, Debug)]
pub struct Cors {
    mount: Mount,
    lookup: Option<OriginLookup>,
}

impl Cors {
    corsage::mount_setters!();

    fn mounting(mount: Mount) -> Self {
        Self { mount, lookup: None }
    }

    /// Another policy, fixed or shared, for a path and all below it. Of several, that for the longest path
    /// holds. Paths are compared segment by segment, decoded, as Rocket's router does.
    ///
    /// ```
    /// # use corsage::server::PolicyDraft;
    /// # use corsage_rocket::Cors;
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
    /// `false`, and so is a panic there, and so is its answer after [five seconds](Self::lookup_limit). It runs once for every request that comes from such an origin, preflights
    /// too, so it should remember what it has found.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use corsage_rocket::Cors;
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

    /// The policy for a request's path.
    fn policy(&self, request: &Request<'_>) -> Policy {
        self.mount.source_at(request.uri().path().as_str()).load()
    }

    async fn verdict(&self, request: &Request<'_>) -> OriginVerdict {
        let Some(lookup) = &self.lookup else { return OriginVerdict::Refused };
        // The gate and the fairing both want to know.
        let verdict = request.local_cache_async(async {
            Verdict(match self.look_up(lookup, request) {
                Some(pending) => pending.await,
                None => OriginVerdict::Refused,
            })
        });
        verdict.await.0
    }

    /// What to wait for, if anything.
    fn look_up(
        &self,
        lookup: &OriginLookup,
        request: &Request<'_>,
    ) -> Option<impl Future<Output = OriginVerdict> + use<>> {
        let policy = self.policy(request);
        let owned = Owned::of(&self.mount, &policy, request);
        let pending = lookup.look_up(&policy, &owned.view(), Panics::Answer)?;
        Some(pending.within(time_limit(self.mount.longest_lookup())))
    }

    fn handle(
        &self,
        request: &Request<'_>,
        verdict: OriginVerdict,
    ) -> (Handling, Option<RecordedDecision>) {
        let policy = self.policy(request);
        let owned = Owned::of(&self.mount, &policy, request);
        self.mount.handle(&policy, &owned.view().with_verdict(verdict))
    }
}

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => Delay::new(limit).await,
        None => pending().await,
    }
}

/// The decision on a request that has been answered, for fairings that are attached after [`Cors`]. `None`
/// unless decisions are recorded.
#[must_use]
pub fn recorded_decision(request: &Request<'_>) -> Option<RecordedDecision> {
    record_of(request).get().copied()
}

fn record_of<'r>(request: &'r Request<'_>) -> &'r OnceLock<RecordedDecision> {
    &request.local_cache(Record::default).0
}

/// A type of our own: the cache is keyed by type.
#[derive(Default)]
struct Record(OnceLock<RecordedDecision>);

/// A type of our own, for the same reason.
struct Verdict(OriginVerdict);

#[async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info { name: "CORS", kind: Kind::Ignite | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let mut methods = vec![Method::Options];
        if self.mount.sources().any(PolicySource::may_refuse_writes) {
            methods.extend([Method::Post, Method::Put, Method::Patch, Method::Delete]);
        }
        if self.mount.refuses_web_sockets() {
            methods.push(Method::Get);
        }
        let gate = |method| {
            let mut route = Route::ranked(isize::MIN, method, "/<path..>", Gate(self.clone()));
            route.name = Some("CORS".into());
            route
        };
        Ok(rocket.mount("/", methods.into_iter().map(gate).collect::<Vec<_>>()))
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let (handling, mut recorded) = self.handle(request, self.verdict(request).await);
        // The gate has made the whole of every other answer.
        if let Handling::PassOn(mut pending) = handling {
            let replaced = pending.apply_to(&mut ResponseHeaders(response));
            recorded = recorded.map(|recorded| recorded.with(replaced));
        }
        if let Some(recorded) = recorded {
            record_of(request).get_or_init(|| recorded);
        }
    }
}

/// The route before all others: answers what nobody else sees, and forwards the rest.
#[derive(Clone)]
struct Gate(Cors);

#[async_trait]
impl Handler for Gate {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match self.0.handle(request, self.0.verdict(request).await).0 {
            Handling::Answer(status, pending) => {
                Outcome::Success(answer(status, &pending.into_headers()))
            }
            Handling::PassOn(_) => Outcome::Forward((data, Status::NotFound)),
        }
    }
}

fn answer<'r>(status: StatusCode, headers: &HeaderMap) -> Response<'r> {
    let mut response = Response::new();
    response.set_status(Status::new(status.as_u16()));
    let mut lines = ResponseHeaders(&mut response);
    for (name, value) in headers {
        server::ResponseHeaderMap::append(&mut lines, name, value);
    }
    response
}
