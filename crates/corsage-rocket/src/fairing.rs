//! The fairing: what an application attaches.

use std::sync::OnceLock;

use corsage::server::{
    self, Handling, Policy, PolicySource, RecordDecisions, RecordedDecision, SharedPolicy,
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
        Self { everywhere, places: Vec::new(), record: RecordDecisions::Off }
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

    fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        self.places.iter().map(|place| &place.source).chain([&self.everywhere])
    }

    fn handle(&self, request: &Request<'_>) -> (Handling, Option<RecordedDecision>) {
        let path = request.uri().path();
        let place = self.places.iter().find(|place| place.holds_for(path.segments()));
        let policy = place.map_or(&self.everywhere, |place| &place.source).load();
        let headers = convert::headers(&policy, self.record, request);
        let method = convert::method(request);
        let decision = policy.decide(&server::Request::new(&method, &headers));
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
        let (handling, mut recorded) = self.handle(request);
        // The gate has made the whole of every other answer.
        if let Handling::PassOn(pending) = handling {
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
        match self.0.handle(request).0 {
            Handling::Answer(status, headers) => Outcome::Success(answer(status, &headers)),
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
