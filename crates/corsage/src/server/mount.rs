//! What every adapter mounts: a policy, or several by path, and what is done beside deciding.

use std::borrow::Cow;
use std::time::Duration;

use http::{StatusCode, header};

use super::{
    ByOrigin, Handling, Panics, Policy, PolicySource, ReadHeaders, RecordDecisions,
    RecordedDecision, Request, RequestLines,
};

/// How long a lookup of an origin may take if nothing else is said.
pub const LOOKUP_LIMIT: Duration = Duration::from_secs(5);

/// A policy where an adapter wears it. Adapters have the same settings as methods of their own.
///
/// ```
/// use corsage::server::{Handling, Mount, PolicyDraft, Request, WebSockets};
/// use http::{HeaderMap, HeaderValue, Method};
///
/// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
/// let mount = Mount::new(policy).web_sockets(WebSockets::Refuse);
///
/// let mut headers = HeaderMap::new();
/// headers.insert("origin", HeaderValue::from_static("https://evil.example"));
/// headers.insert("upgrade", HeaderValue::from_static("websocket"));
/// let policy = mount.source_at("/chat").load();
/// let (handling, _) = mount.handle(&policy, &Request::new(&Method::GET, &headers));
/// assert!(matches!(handling, Handling::Answer(status, _) if status == 403));
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mount {
    everywhere: PolicySource,
    /// Those for longer paths first.
    places: Vec<Place>,
    shadow: Option<PolicySource>,
    record: RecordDecisions,
    panics: Panics,
    web_sockets: WebSockets,
    lookup_limit: Option<Duration>,
}

/// What becomes of a WebSocket handshake that comes from a page whose origin is neither allowed nor the server's own.
/// CORS does not cover WebSockets: browsers open them from every page, with cookies, and let the page read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebSockets {
    /// The handler sees it: CORS alone says nothing of it.
    #[default]
    PassOn,
    /// It is refused with 403 before the handler sees it.
    Refuse,
}

/// A policy, and where it holds.
#[derive(Clone, Debug)]
struct Place {
    segments: Vec<String>,
    source: PolicySource,
}

impl Mount {
    /// A policy that stays, or one that can be replaced while requests are served.
    #[must_use]
    pub fn new(policy: impl Into<PolicySource>) -> Self {
        Self {
            everywhere: policy.into(),
            places: Vec::new(),
            shadow: None,
            record: RecordDecisions::Off,
            panics: Panics::Answer,
            web_sockets: WebSockets::PassOn,
            lookup_limit: Some(LOOKUP_LIMIT),
        }
    }

    /// Another policy for a path and all below it: of several, that for the longest path holds. Paths are compared
    /// segment by segment, each decoded once, empty ones left out: as Rocket's and Salvo's routers read them, so that
    /// `/%61pi` and `//api` fall under the policy of `/api`.
    ///
    /// ```
    /// use corsage::server::{Mount, PolicyDraft};
    /// let strict = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let open = PolicyDraft::new().origins(["*"]).compile()?;
    /// let mount = Mount::new(open).under("/api", strict.clone());
    /// for path in ["/api", "/api/x", "/%61pi", "//api"] {
    ///     assert!(mount.source_at(path).load().is_same(&strict), "{path}");
    /// }
    /// assert!(!mount.source_at("/apis").load().is_same(&strict));
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn under(mut self, path: &str, policy: impl Into<PolicySource>) -> Self {
        let segments = segments(path).map(Cow::into_owned).collect();
        self.places.push(Place { segments, source: policy.into() });
        self.places.sort_by_key(|place| std::cmp::Reverse(place.segments.len()));
        self
    }

    /// A policy that is evaluated beside the one in force and never enforced: what it would have decided goes into the
    /// [`RecordedDecision`].
    #[must_use]
    pub fn shadow(mut self, policy: impl Into<PolicySource>) -> Self {
        self.shadow = Some(policy.into());
        self
    }

    /// Sets whether decisions are recorded.
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self
    }

    /// Sets what becomes of panics in what is inside.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }

    /// Sets what becomes of WebSocket handshakes from other pages.
    #[must_use]
    pub fn web_sockets(mut self, web_sockets: WebSockets) -> Self {
        self.web_sockets = web_sockets;
        self
    }

    /// Sets how long a lookup of an origin may take, [`LOOKUP_LIMIT`] if nothing is said: what it has not admitted
    /// by then is not admitted. `None` waits for ever.
    #[must_use]
    pub fn lookup_limit(mut self, limit: Option<Duration>) -> Self {
        self.lookup_limit = limit;
        self
    }

    /// Where the policy for a path comes from.
    #[must_use]
    #[inline]
    pub fn source_at(&self, path: &str) -> &PolicySource {
        if self.places.is_empty() { &self.everywhere } else { self.find(path) }
    }

    /// Where the policy comes from that holds wherever no other does.
    #[must_use]
    #[inline]
    pub fn source(&self) -> &PolicySource {
        &self.everywhere
    }

    /// All policies' sources.
    pub fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        self.places.iter().map(|place| &place.source).chain([&self.everywhere])
    }

    /// What becomes of panics.
    #[must_use]
    #[inline]
    pub fn on_panic(&self) -> Panics {
        self.panics
    }

    /// Whether WebSocket handshakes may be refused.
    #[must_use]
    pub fn refuses_web_sockets(&self) -> bool {
        self.web_sockets == WebSockets::Refuse
    }

    /// How long a lookup may take.
    #[must_use]
    pub fn longest_lookup(&self) -> Option<Duration> {
        self.lookup_limit
    }

    /// Whether a request is decided by its origin alone, so far as this is about the mount:
    /// [`Policy::decide_by_origin`] says whether the policy lets it.
    #[must_use]
    #[inline]
    pub fn looks_at_origins_alone(&self) -> bool {
        self.record == RecordDecisions::Off && self.web_sockets == WebSockets::PassOn
    }

    /// Which request headers an adapter has to convert whose framework keeps them in a type of its own.
    #[must_use]
    pub fn request_headers(&self, policy: &Policy) -> ReadHeaders {
        policy.read_headers(self.looks_at_origins_alone())
    }

    /// What becomes of a request, and the record of how that was decided, if one is kept.
    #[must_use]
    #[inline(always)]
    pub fn handle(
        &self,
        policy: &Policy,
        request: &Request<'_>,
    ) -> (Handling, Option<RecordedDecision>) {
        match self.handle_by_origin(policy, request) {
            Some(decided) => (decided.keep(http::HeaderValue::clone), None),
            None => self.handle_in_full(policy, request),
        }
    }

    /// What becomes of a request, where that takes nothing but its origin: for whoever does not want to keep more of it
    /// than need be. `None` if it takes more: then [`handle_in_full`](Self::handle_in_full) knows.
    #[must_use]
    #[inline(always)]
    pub fn handle_by_origin<'p, R: RequestLines>(
        &self,
        policy: &'p Policy,
        request: &R,
    ) -> Option<Handling<ByOrigin<'p, R::Value>>> {
        if self.looks_at_origins_alone() { policy.decide_by_origin(request) } else { None }
    }

    /// As [`handle`](Self::handle), whatever it takes.
    #[must_use]
    #[cold]
    pub fn handle_in_full(
        &self,
        policy: &Policy,
        request: &Request<'_>,
    ) -> (Handling, Option<RecordedDecision>) {
        let decision = policy.decide(request);
        let recorded = self.record.record(&decision).map(|recorded| match &self.shadow {
            Some(shadow) => recorded.beside(&shadow.load().decide(request)),
            None => recorded,
        });
        let refused = self.web_sockets == WebSockets::Refuse
            && opens_web_socket(request)
            && decision.refuses_web_socket();
        let handling = match decision.handling() {
            Handling::PassOn(pending) if refused => {
                Handling::Answer(StatusCode::FORBIDDEN, pending)
            }
            handling => handling,
        };
        (handling, recorded)
    }

    fn find(&self, path: &str) -> &PolicySource {
        let holds = |place: &&Place| {
            let mut path = segments(path);
            place.segments.iter().all(|segment| path.next().is_some_and(|own| own == *segment))
        };
        self.places.iter().find(holds).map_or(&self.everywhere, |place| &place.source)
    }
}

fn opens_web_socket(request: &Request<'_>) -> bool {
    let lines = request.headers().get_all(header::UPGRADE).iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

fn segments(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    path.split('/').filter(|segment| !segment.is_empty()).map(decoded)
}

/// A segment, percent-decoded once.
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match rest {
            [b'%', high, low, after @ ..] if digit(high).is_some() && digit(low).is_some() => {
                let value = digit(high).unwrap_or_default() * 16 + digit(low).unwrap_or_default();
                bytes.push(u8::try_from(value).unwrap_or_default());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The settings of [`Mount`], as methods of an adapter that keeps one in its field `mount`.
#[doc(hidden)]
#[macro_export]
macro_rules! mount_setters {
    () => {
        /// With a policy that stays.
        #[must_use]
        pub fn new(policy: ::corsage::server::Policy) -> Self {
            Self::mounting(::corsage::server::Mount::new(policy))
        }

        /// With a policy that can be replaced while requests are served.
        #[must_use]
        pub fn shared(policy: ::corsage::server::SharedPolicy) -> Self {
            Self::mounting(::corsage::server::Mount::new(policy))
        }

        /// Sets whether decisions are left for logs and metrics, each as a
        /// [`RecordedDecision`](::corsage::server::RecordedDecision).
        #[must_use]
        pub fn record_decisions(mut self, record: ::corsage::server::RecordDecisions) -> Self {
            self.mount = self.mount.record_decisions(record);
            self
        }

        /// A policy that is evaluated beside the one in force and never enforced: what it would have decided is
        /// [recorded](Self::record_decisions).
        #[must_use]
        pub fn shadow(mut self, policy: impl Into<::corsage::server::PolicySource>) -> Self {
            self.mount = self.mount.shadow(policy);
            self
        }

        /// Sets what becomes of WebSocket handshakes that come from pages whose origin is not allowed: CORS does not
        /// cover WebSockets.
        #[must_use]
        pub fn web_sockets(mut self, web_sockets: ::corsage::server::WebSockets) -> Self {
            self.mount = self.mount.web_sockets(web_sockets);
            self
        }

        /// Sets how long a lookup of an origin may take, [five seconds](::corsage::server::LOOKUP_LIMIT) if nothing
        /// is said: what it has not admitted by then is not admitted. `None` waits for ever.
        #[must_use]
        pub fn lookup_limit(mut self, limit: Option<::std::time::Duration>) -> Self {
            self.mount = self.mount.lookup_limit(limit);
            self
        }
    };
    (panics) => {
        $crate::mount_setters!();

        /// Sets what becomes of panics in what is inside.
        #[must_use]
        pub fn panics(mut self, panics: ::corsage::server::Panics) -> Self {
            self.mount = self.mount.panics(panics);
            self
        }
    };
}
