//! The fairing: what an application attaches.

use std::future::Future;
use std::sync::OnceLock;

use corsage::server::{
    self, Handling, OriginLookup, OriginVerdict, Panics, PendingVerdict, Policy, PolicySource,
    RecordDecisions, RecordedDecision, SharedPolicy,
};
use http::{HeaderMap, StatusCode};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::uri::Segments;
use rocket::http::uri::fmt::Path;
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::{Build, Data, Request, Response, Rocket, Route, async_trait};

use crate::convert::{self, ResponseHeaders};

/// Answers preflights, and puts the headers on every response.
#[derive(Clone, Debug)]
pub struct Cors {
    everywhere: PolicySource,
    /// Those for longer paths first.
    places: Vec<Place>,
    record: RecordDecisions,
    lookup: Option<OriginLookup>,
}

/// A policy, and where it holds.
#[derive(Clone, Debug)]
struct Place {
    segments: Vec<String>,
    source: PolicySource,
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

    fn from_source(everywhere: PolicySource) -> Self {
        Self { everywhere, places: Vec::new(), record: RecordDecisions::Off, lookup: None }
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
        let segments = path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned);
        self.places.push(Place { segments: segments.collect(), source: policy.into() });
        self.places.sort_by_key(|place| std::cmp::Reverse(place.segments.len()));
        self
    }

    /// Sets whether decisions are recorded, for [`recorded_decision`].
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self
    }

    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is to be
    /// `false`, and so is a panic there. It runs once for every request that comes from such an origin, preflights
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

    fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        self.places.iter().map(|place| &place.source).chain([&self.everywhere])
    }

    /// The policy for a request's path.
    fn policy(&self, request: &Request<'_>) -> Policy {
        let path = request.uri().path();
        let place = self.places.iter().find(|place| place.holds_for(path.segments()));
        place.map_or(&self.everywhere, |place| &place.source).load()
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
    fn look_up(&self, lookup: &OriginLookup, request: &Request<'_>) -> Option<PendingVerdict> {
        let policy = self.policy(request);
        let headers = convert::headers(&policy, self.record, request);
        let method = convert::method(request);
        lookup.look_up(&policy, &server::Request::new(&method, &headers), Panics::Answer)
    }

    fn handle(
        &self,
        request: &Request<'_>,
        verdict: OriginVerdict,
    ) -> (Handling, Option<RecordedDecision>) {
        let policy = self.policy(request);
        let headers = convert::headers(&policy, self.record, request);
        let method = convert::method(request);
        let view = server::Request::new(&method, &headers);
        let decision = policy.decide(&view.with_verdict(verdict));
        (decision.handling(), self.record.record(&decision))
    }
}

impl Place {
    fn holds_for(&self, path: Segments<'_, Path>) -> bool {
        path.len() >= self.segments.len() && path.zip(&self.segments).all(|(a, b)| a == b)
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
        if self.sources().any(PolicySource::may_refuse_writes) {
            methods.extend([Method::Post, Method::Put, Method::Patch, Method::Delete]);
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
