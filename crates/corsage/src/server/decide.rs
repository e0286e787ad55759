//! A request's whole way through a policy.
//!
//! ```text
//!   header map          foreign types            bytes of a preflight
//!   decide              decide_by_origin         grant_preflight
//!        \                     |                     /
//!                        judge_origin                       the one judgement
//!                              |
//!         with the kind of request: which prepared lines, and whose origin among them
//!                              |
//!         Handling: answer it here, or pass it on
//!                              |
//!         PendingHeaders::apply: the lines, on the response
//! ```
//!
//! Everything below stands in that order. What a decision means in words is [`Decision::outcome`]'s; how lines are
//! put on a response is in `pending_headers.rs`; what few policies want besides is in `particular.rs`.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::lines::{Kind, Lines};
use super::pending_headers::{Own, PendingHeaders, PreparedHeaders};
use super::policy::{Compiled, OriginRule, VariesBy};
use super::request::listed_names;
use super::{
    Decision, HeaderLine, OriginVerdict, Policy, PreflightGrant, PreflightLines, Request,
    RequestLines,
};
use crate::terms::OriginParts;

/// What becomes of a request: every adapter does the one or the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handling<H = PendingHeaders> {
    /// Nobody else sees the request: it is a preflight, or a write that the policy refuses. The response has this
    /// status, these headers and no others, and no body.
    Answer(StatusCode, H),
    /// The handler answers, and this goes on its response, whatever its status.
    PassOn(H),
}

/// A decision that took nothing but the request's `Origin`: which lines the policy puts on the response, and the
/// origin, still borrowed, if it has a place among them.
#[derive(Clone, Copy, Debug)]
pub struct ByOrigin<'p, V> {
    policy: &'p Policy,
    lines: Lines,
    origin: Option<V>,
}

/// What the judgement says of a request's `Origin`. Of what kind the request is does not matter to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judgement<V> {
    pub(super) standing: Standing,
    /// The origin that goes among the prepared lines.
    pub(super) origin: Option<V>,
}

/// How a request's `Origin` stands with the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was not looked at: the request is no `OPTIONS`, and everybody is told the same.
    Unread,
    Absent,
    Allowed,
    Refused,
}

/// What some policies look at besides the origin's bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence<'e> {
    pub(super) verdict: OriginVerdict,
    pub(super) request: Option<&'e Request<'e>>,
}

impl Policy {
    /// Decides one request. Never fails, never allocates.
    ///
    /// ```
    /// use corsage::server::{Outcome, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method};
    ///
    /// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://app.example"));
    /// let decision = policy.decide(&Request::new(&Method::GET, &headers));
    /// assert_eq!(decision.outcome(), Outcome::Share);
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn decide<'a>(&'a self, request: &Request<'a>) -> Decision<'a> {
        let evidence = Evidence { verdict: request.verdict, request: Some(request) };
        let judgement = self.0.judge(request, evidence);
        Decision { policy: self, request: *request, judgement }
    }

    /// Decides a request whose headers are in a framework's own types, where that takes nothing but its origin:
    /// nothing is converted. `None` if it takes more, [`VariesBy::Request`], and for preflights that are
    /// answered by what they ask: then [`decide`](Self::decide) knows.
    ///
    /// ```
    /// use corsage::server::{Handling, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method};
    ///
    /// let policy = PolicyDraft::new().origins(["https://a.example", "https://b.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://b.example"));
    /// let request = Request::new(&Method::GET, &headers);
    /// let Some(Handling::PassOn(decided)) = policy.decide_by_origin(&request)
    /// else { panic!("a GET goes to the handler") };
    /// let mut response = HeaderMap::new();
    /// decided.keep(HeaderValue::clone).apply(&mut response);
    /// assert_eq!(response["access-control-allow-origin"], "https://b.example");
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn decide_by_origin<R: RequestLines>(
        &self,
        request: &R,
    ) -> Option<Handling<ByOrigin<'_, R::Value>>> {
        if self.0.varies_by == VariesBy::Request {
            return None;
        }
        let Judgement { standing, origin } = self.0.judge(request, Evidence::default());
        let kind = standing.kind(request);
        let decided = ByOrigin { policy: self, lines: self.0.lines_for(kind, standing), origin };
        Some(match kind {
            Kind::Preflight => Handling::Answer(self.0.status_by_origin?, decided),
            Kind::Other => Handling::PassOn(decided),
        })
    }

    /// Grants a preflight as it stands on the wire. `None` if it is refused, or if the answer follows more of the
    /// request than its origin: [`decide`](Self::decide) knows then.
    ///
    /// ```
    /// use corsage::server::{PolicyDraft, PreflightLines};
    ///
    /// let policy = PolicyDraft::new().origins(["https://*.app.example"]).methods(["PUT"]).compile()?;
    /// let mut asked = PreflightLines { origin: b"https://a.app.example", method: b"PUT", headers: b"" };
    /// let grant = policy.grant_preflight(&asked).unwrap();
    /// assert_eq!(grant.status(), 204);
    /// let lines: Vec<_> = grant.lines().collect();
    /// assert!(lines.contains(&("access-control-allow-origin", b"https://a.app.example")));
    /// asked.headers = b"x-api-key";
    /// assert!(policy.grant_preflight(&asked).is_none());
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn grant_preflight<'a>(&'a self, asked: &PreflightLines<'a>) -> Option<PreflightGrant<'a>> {
        let status = self.0.status_by_origin?;
        let origin = HeaderLine::One(asked.origin);
        let judgement = self.0.judge_origin(origin, Evidence::default());
        let granted = judgement.standing == Standing::Allowed
            && self.allows_method(asked.method)
            && listed_names(asked.headers).all(|name| self.allows_header(name));
        granted.then_some(PreflightGrant {
            status,
            lines: self.0.lines.map(Lines::PreflightGranted),
            origin: judgement.origin,
        })
    }

    /// Whether this policy admits an origin, by whatever rule, without anything being looked up and without a
    /// request to look at.
    #[must_use]
    pub fn admits_origin(&self, origin: &str) -> bool {
        self.0.admits(origin.as_bytes(), Evidence::default())
    }
}

impl Compiled {
    /// Judges a request's origin, if that can make a difference.
    #[inline(always)]
    fn judge<R: RequestLines>(&self, request: &R, evidence: Evidence<'_>) -> Judgement<R::Value> {
        if !request.is_options() && self.origins.tells_everybody() {
            return Judgement { standing: Standing::Unread, origin: None };
        }
        self.judge_origin(request.line(&ORIGIN), evidence)
    }

    /// The judgement: how an origin stands, and whether it goes among the prepared lines itself.
    #[inline(always)]
    fn judge_origin<V: AsRef<[u8]>>(
        &self,
        origin: HeaderLine<V>,
        evidence: Evidence<'_>,
    ) -> Judgement<V> {
        let (standing, origin) = match (&self.origins, origin) {
            (_, HeaderLine::Absent) => (Standing::Absent, None),
            // The prepared lines have it already.
            (OriginRule::Any, _) => (Standing::Allowed, None),
            (OriginRule::One(one), HeaderLine::One(origin))
                if one.as_bytes() == origin.as_ref() =>
            {
                (Standing::Allowed, None)
            }
            (OriginRule::Every | OriginRule::Set(_), HeaderLine::One(origin))
                if self.admits(origin.as_ref(), evidence) =>
            {
                (Standing::Allowed, Some(origin))
            }
            // Of several none is believed: no browser sends them.
            _ => (Standing::Refused, None),
        };
        Judgement { standing, origin }
    }

    /// Which lines go on the response to a request of that kind.
    #[inline(always)]
    fn lines_for(&self, kind: Kind, standing: Standing) -> Lines {
        let granted = match standing {
            Standing::Unread | Standing::Allowed => true,
            // What everybody is told these are told too, but for preflights.
            Standing::Absent | Standing::Refused => {
                kind == Kind::Other && self.origins.tells_everybody()
            }
        };
        Lines::of(kind, granted)
    }

    /// Whether an origin is allowed, by whatever rule.
    #[inline]
    pub(super) fn admits(&self, origin: &[u8], evidence: Evidence<'_>) -> bool {
        match &self.origins {
            OriginRule::Any => true,
            OriginRule::One(one) => one.as_bytes() == origin,
            OriginRule::Every => well_formed(origin).is_some(),
            OriginRule::Set(set) => {
                set.find(&self.draft.allow_origins, origin).is_some()
                    || (self.draft.dynamic_origins.is_some()
                        && self.admits_dynamically(origin, evidence))
            }
        }
    }

    #[cold]
    fn admits_dynamically(&self, origin: &[u8], evidence: Evidence<'_>) -> bool {
        let Some(dynamic) = &self.draft.dynamic_origins else { return false };
        well_formed(origin).is_some_and(|parts| {
            !self.draft.is_guarded_against(parts) && dynamic.admit(parts, evidence)
        })
    }
}

fn well_formed(origin: &[u8]) -> Option<OriginParts<'_>> {
    if origin.len() > super::origin_set::MAX_ORIGIN_BYTES {
        return None;
    }
    OriginParts::parse(std::str::from_utf8(origin).ok()?).ok()
}

impl Standing {
    /// Of what kind a request is whose origin stands so. A CORS-preflight request is `OPTIONS` with both headers,
    /// nothing less.
    #[inline(always)]
    pub(super) fn kind(self, request: &impl RequestLines) -> Kind {
        let has_origin = match self {
            Self::Unread | Self::Absent => false,
            Self::Allowed | Self::Refused => true,
        };
        if has_origin && request.is_options() && request.contains(&ACCESS_CONTROL_REQUEST_METHOD) {
            Kind::Preflight
        } else {
            Kind::Other
        }
    }
}

impl Decision<'_> {
    /// What an adapter does with the request.
    ///
    /// ```
    /// use corsage::server::{Handling, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method, StatusCode};
    ///
    /// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://app.example"));
    /// let Handling::PassOn(pending) = policy.decide(&Request::new(&Method::GET, &headers)).handling()
    /// else { panic!("a GET goes to the handler") };
    /// let mut response = HeaderMap::new();
    /// pending.apply(&mut response);
    /// assert_eq!(response["access-control-allow-origin"], "https://app.example");
    ///
    /// headers.insert("access-control-request-method", HeaderValue::from_static("POST"));
    /// let decision = policy.decide(&Request::new(&Method::OPTIONS, &headers));
    /// assert!(matches!(decision.handling(), Handling::Answer(StatusCode::NO_CONTENT, _)));
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn handling(&self) -> Handling {
        let kind = self.kind();
        let headers = self.pending_for(kind);
        match kind {
            Kind::Preflight => Handling::Answer(self.policy.0.preflight_status(), headers),
            Kind::Other if self.refuses_write() => Handling::Answer(StatusCode::FORBIDDEN, headers),
            Kind::Other => Handling::PassOn(headers),
        }
    }

    /// Takes what is needed to finish the response, so that the request can go: a preflight's answer, or what goes
    /// on the handler's response once it has made it.
    #[must_use]
    #[inline]
    pub fn pending(&self) -> PendingHeaders {
        self.pending_for(self.kind())
    }

    #[inline]
    fn pending_for(&self, kind: Kind) -> PendingHeaders {
        let Judgement { standing, origin } = self.judgement;
        let lines = self.policy.0.lines_for(kind, standing);
        let decided = ByOrigin { policy: self.policy, lines, origin };
        let pending = decided.keep(HeaderValue::clone);
        if self.policy.0.has_particulars() { self.with_particulars(pending) } else { pending }
    }

    /// Puts the headers on a response to anything but a preflight.
    pub fn apply(&self, headers: &mut HeaderMap) -> super::Replaced {
        self.pending().apply(headers)
    }

    /// The complete answer to a preflight.
    #[must_use]
    pub fn answer_preflight(&self) -> (StatusCode, HeaderMap) {
        (self.policy.0.preflight_status(), self.pending().into_headers())
    }

    /// The status of the answer, if the request is a preflight: [`pending`](Self::pending) has its headers.
    #[must_use]
    pub fn preflight_status(&self) -> Option<StatusCode> {
        self.is_preflight().then(|| self.policy.0.preflight_status())
    }
}

impl<V> Handling<ByOrigin<'_, V>> {
    /// As [`ByOrigin::keep`].
    #[must_use]
    #[inline(always)]
    pub fn keep<T>(self, keep: impl FnOnce(V) -> T) -> Handling<PendingHeaders<T>> {
        match self {
            Self::Answer(status, decided) => Handling::Answer(status, decided.keep(keep)),
            Self::PassOn(decided) => Handling::PassOn(decided.keep(keep)),
        }
    }
}

impl<V> ByOrigin<'_, V> {
    /// Takes what is needed to finish the response, if nothing of the request goes on it: then it is small. Otherwise
    /// [`keep`](Self::keep) does.
    #[must_use]
    #[inline(always)]
    pub fn prepared(&self) -> Option<PreparedHeaders> {
        let without = self.origin.is_none();
        without.then(|| PreparedHeaders { policy: self.policy.clone(), lines: self.lines })
    }

    /// Takes what is needed to finish the response, with the origin as something that outlives the request.
    #[must_use]
    #[inline(always)]
    pub fn keep<T>(self, keep: impl FnOnce(V) -> T) -> PendingHeaders<T> {
        PendingHeaders {
            prepared: PreparedHeaders { policy: self.policy.clone(), lines: self.lines },
            own: match self.origin {
                None => Own::Nothing,
                Some(origin) => Own::Origin(keep(origin)),
            },
        }
    }
}
