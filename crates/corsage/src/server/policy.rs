//! A compiled policy.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, UPGRADE,
};
use http::{HeaderName, HeaderValue, StatusCode};

use super::decide::Evidence;
use super::lines::PreparedLines;
use super::origin_set::OriginSet;
use super::{
    DisallowedWrites, DynamicOrigins, HeaderLine, OriginVerdict, PolicyDraft, PolicyProblem,
    PreflightStyle, Request,
};

/// A policy that holds: it exists only if its draft has no error. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy(pub(super) Arc<Compiled>);

/// Everything that does not depend on a request.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) draft: PolicyDraft,
    pub(super) problems: Vec<PolicyProblem>,
    pub(super) origins: OriginRule,
    pub(super) methods: MethodRule,
    pub(super) headers: HeaderRule,
    pub(super) lines: PreparedLines,
    pub(super) debug_header: Option<HeaderName>,
    pub(super) varies_by: VariesBy,
    /// The status of answers to preflights that follow nothing but the origin, if that is what they do.
    pub(super) status_by_origin: Option<StatusCode>,
}

/// What of a request the headers follow that a policy puts on responses to anything but `OPTIONS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariesBy {
    /// All are alike, whoever asks: nothing of the request needs to be looked at.
    Nothing,
    /// Only `Origin`, and only the list or a predicate says which are allowed:
    /// [`Policy::decide_by_origin`] looks at nothing else.
    Origin,
    /// More than that: [`Policy::decide`] looks at it.
    Request,
}

/// Which request headers are looked at: for an adapter whose framework keeps headers in a type of its own, and which
/// has to hand them over as an [`http::HeaderMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadHeaders {
    /// Only these.
    These(&'static [HeaderName]),
    /// Any, as a predicate sees them.
    All,
}

#[derive(Debug)]
pub(super) enum OriginRule {
    /// `*`: the answer is constant.
    Any,
    /// One exact origin, sent to everybody: the answer is constant, but for the lists of a preflight's.
    One(HeaderValue),
    /// Every origin, echoed, because of credentials.
    Every,
    /// What the set, or the predicate, admits.
    Set(OriginSet),
}

#[derive(Debug)]
pub(super) enum MethodRule {
    Listed(Vec<Box<[u8]>>),
    /// `*` is sent.
    Wildcard,
    /// Every method, echoed, because of credentials.
    Every,
}

#[derive(Debug)]
pub(super) enum HeaderRule {
    /// In lower case.
    Listed(Vec<Box<[u8]>>),
    /// `*` is sent, unless `Authorization` is asked for: browsers let `*` cover it.
    WildcardWithoutAuthorization,
    /// `*, authorization` is sent.
    WildcardAndAuthorization,
    /// Every name, echoed, because of credentials.
    Every,
}

impl OriginRule {
    /// Whether every response but a preflight's says the same, whoever asks.
    #[inline]
    pub(super) fn tells_everybody(&self) -> bool {
        matches!(self, Self::Any | Self::One(_))
    }
}

impl Compiled {
    /// The status of the answer to a preflight.
    #[inline]
    pub(super) fn preflight_status(&self) -> StatusCode {
        match self.draft.preflight {
            PreflightStyle::NoContent => StatusCode::NO_CONTENT,
            PreflightStyle::Ok | PreflightStyle::GatewayApi => StatusCode::OK,
        }
    }

    /// Whether answers to preflights follow what is asked, beyond the origin.
    #[inline]
    pub(super) fn echoes(&self) -> bool {
        matches!(self.methods, MethodRule::Every)
            || matches!(self.headers, HeaderRule::Every | HeaderRule::WildcardWithoutAuthorization)
    }
}

impl Policy {
    /// The draft that this policy was compiled from.
    #[must_use]
    pub fn draft(&self) -> &PolicyDraft {
        &self.0.draft
    }

    /// Which request headers decisions of this policy look at. `origins_alone` says whether whoever asks wants to know
    /// no more than that.
    pub(super) fn read_headers(&self, origins_alone: bool) -> ReadHeaders {
        static MORE: [HeaderName; 6] = [
            ORIGIN,
            ACCESS_CONTROL_REQUEST_METHOD,
            ACCESS_CONTROL_REQUEST_HEADERS,
            HOST,
            HeaderName::from_static("sec-fetch-site"),
            UPGRADE,
        ];
        let draft = &self.0.draft;
        if self.sees_requests() {
            return ReadHeaders::All;
        }
        let asks_whose_page = draft.disallowed_writes == DisallowedWrites::Refuse
            || draft.debug_header.is_some()
            || !origins_alone;
        // The last three tell whether a page is the server's own, and whether it opens a WebSocket.
        ReadHeaders::These(if asks_whose_page { &MORE } else { &MORE[..3] })
    }

    /// Whether a predicate of this policy [looks at requests](PolicyDraft::origins_where_request).
    #[must_use]
    pub fn sees_requests(&self) -> bool {
        self.0.draft.dynamic_origins.as_ref().is_some_and(DynamicOrigins::see_requests)
    }

    /// Whether the two are one policy, not only equal ones.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Every header line that answers of this policy may carry and that depends on no request.
    pub fn constant_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.lines.all()
    }

    /// What of a request the headers on responses follow: for an adapter that wants to look at no more than that.
    ///
    /// ```
    /// use corsage::server::{PolicyDraft, VariesBy};
    /// let one = PolicyDraft::new().origins(["https://app.example"]);
    /// assert_eq!(one.clone().compile()?.varies_by(), VariesBy::Nothing);
    /// assert_eq!(one.origins(["https://b.example"]).compile()?.varies_by(), VariesBy::Origin);
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn varies_by(&self) -> VariesBy {
        self.0.varies_by
    }

    /// Tells what is to be said of this policy though it compiles, in a line, to whatever logs; and goes on with it.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// let policy = PolicyDraft::new()
    ///     .origins(["https://app.example"])
    ///     .methods(["patch"])
    ///     .compile()?
    ///     .tell_problems(|problem| eprintln!("{problem}"));
    /// assert_eq!(policy.problems()[0].code.as_str(), "lower-case-patch");
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn tell_problems(self, tell: impl FnMut(&PolicyProblem)) -> Self {
        self.0.problems.iter().for_each(tell);
        self
    }

    /// Warnings and notes: nobody sees them unless somebody [tells](Self::tell_problems) them.
    #[must_use]
    pub fn problems(&self) -> &[PolicyProblem] {
        &self.0.problems
    }

    /// Whether [origins are looked up](PolicyDraft::origins_looked_up).
    #[must_use]
    #[inline]
    pub fn looks_origins_up(&self) -> bool {
        self.0.draft.dynamic_origins.as_ref().is_some_and(DynamicOrigins::are_looked_up)
    }

    /// The origin that has to be looked up before this request is decided: `None` if the list admits it, if
    /// nothing could admit it, or if this policy has nothing looked up. What was found goes into the request,
    /// [`with_verdict`](Request::with_verdict).
    ///
    /// ```
    /// use corsage::server::{OriginVerdict, Outcome, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method};
    ///
    /// let policy = PolicyDraft::new().origins_looked_up().compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://tenant.example"));
    /// let request = Request::new(&Method::GET, &headers);
    /// assert_eq!(policy.origin_to_look_up(&request), Some("https://tenant.example"));
    /// let decision = policy.decide(&request.with_verdict(OriginVerdict::Admitted));
    /// assert_eq!(decision.outcome(), Outcome::Share);
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn origin_to_look_up<'r>(&self, request: &Request<'r>) -> Option<&'r str> {
        if !self.looks_origins_up() {
            return None;
        }
        let HeaderLine::One(origin) = request.origin() else { return None };
        let origin = origin.to_str().ok()?;
        let admitted_if = |verdict| {
            let evidence = Evidence { verdict, request: Some(request) };
            self.0.admits(origin.as_bytes(), evidence)
        };
        // Whether the verdict would change anything.
        (!admitted_if(OriginVerdict::Refused) && admitted_if(OriginVerdict::Admitted))
            .then_some(origin)
    }
}
