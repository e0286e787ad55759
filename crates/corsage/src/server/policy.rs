//! A compiled policy.

use std::sync::Arc;

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN};
use http::{HeaderName, HeaderValue, StatusCode};

use super::decision::{Decision, Sharing};
use super::lines::PreparedLines;
use super::origin_set::OriginSet;
use super::request::OriginHeader;
use super::{
    DisallowedWrites, DynamicOrigins, OriginVerdict, PolicyDraft, PolicyProblem, PreflightStyle,
    RecordDecisions, Request,
};
use crate::terms::OriginParts;

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
    pub(super) plain_preflight: Option<StatusCode>,
}

/// What of a request the headers follow that a policy puts on responses to anything but `OPTIONS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariesBy {
    /// All are alike, whoever asks: nothing of the request needs to be looked at, and
    /// [`Policy::apply_constant`] is all there is to do.
    Nothing,
    /// Only `Origin`, and only the list or a predicate says which are allowed:
    /// [`Policy::handle_plainly`] looks at nothing else.
    Origin,
    /// More than that: [`Policy::decide`] looks at it.
    Request,
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

impl Compiled {
    /// Whether there is more to answers to preflights than their origin.
    #[inline]
    pub(super) fn has_particular_preflights(&self) -> bool {
        self.plain_preflight.is_none()
    }

    /// Of the answer to a preflight.
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

    /// The names of all request headers that decisions of this policy look at: for an adapter whose
    /// framework keeps headers in a type of its own, and which has to hand them over as an
    /// [`http::HeaderMap`].
    #[must_use]
    pub fn request_headers(&self, record: RecordDecisions) -> &'static [HeaderName] {
        static ALL: [HeaderName; 5] = [
            ORIGIN,
            ACCESS_CONTROL_REQUEST_METHOD,
            ACCESS_CONTROL_REQUEST_HEADERS,
            HOST,
            HeaderName::from_static("sec-fetch-site"),
        ];
        let draft = &self.0.draft;
        let asks_whose_page = draft.disallowed_writes == DisallowedWrites::Refuse
            || draft.debug_header.is_some()
            || record == RecordDecisions::On;
        // The last two tell whether a page is the server's own.
        if asks_whose_page { &ALL } else { &ALL[..3] }
    }

    /// Whether the two are one policy, not only equal ones.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Every header line that answers of this policy may carry and that depends on no request.
    pub fn constant_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.lines.iter()
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

    /// Warnings and notes.
    #[must_use]
    pub fn problems(&self) -> &[PolicyProblem] {
        &self.0.problems
    }

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
        let sharing = match &self.0.origins {
            OriginRule::Any => Sharing::Constant,
            OriginRule::One(one) if request.is_options() => judge_one(one, request),
            OriginRule::One(_) => Sharing::Constant,
            rule => self.judge(rule, request),
        };
        Decision { policy: self, request: *request, sharing }
    }

    #[inline]
    fn judge<'a>(&self, rule: &OriginRule, request: &Request<'a>) -> Sharing<'a> {
        match request.origin() {
            OriginHeader::Absent => Sharing::NoOrigin,
            OriginHeader::Several => Sharing::Refused,
            OriginHeader::One(origin) if self.admits(rule, origin.as_bytes(), request.verdict) => {
                Sharing::Granted(origin)
            }
            OriginHeader::One(_) => Sharing::Refused,
        }
    }

    /// Whether this policy admits an origin, by whatever rule, without anything being looked up.
    #[must_use]
    pub fn admits_origin(&self, origin: &str) -> bool {
        self.admits(&self.0.origins, origin.as_bytes(), OriginVerdict::Refused)
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
        let OriginHeader::One(origin) = request.origin() else { return None };
        let origin = origin.to_str().ok()?;
        // Whether the verdict would change anything.
        (!self.admits_origin(origin)
            && self.admits(&self.0.origins, origin.as_bytes(), OriginVerdict::Admitted))
        .then_some(origin)
    }

    #[inline]
    pub(super) fn admits(&self, rule: &OriginRule, origin: &[u8], verdict: OriginVerdict) -> bool {
        match rule {
            OriginRule::Any => true,
            OriginRule::One(one) => one.as_bytes() == origin,
            OriginRule::Every => well_formed(origin).is_some(),
            OriginRule::Set(_) if self.0.draft.dynamic_origins.is_some() => {
                self.admits_dynamically(origin, verdict)
            }
            OriginRule::Set(set) => set.find(&self.0.draft.allow_origins, origin).is_some(),
        }
    }

    #[cold]
    fn admits_dynamically(&self, origin: &[u8], verdict: OriginVerdict) -> bool {
        use super::{Credentials, Waiver, check_origins::is_insecure};
        if let OriginRule::Set(set) = &self.0.origins
            && set.find(&self.0.draft.allow_origins, origin).is_some()
        {
            return true;
        }
        let Some(parts) = well_formed(origin) else { return false };
        let guarded = self.0.draft.allow_credentials == Credentials::Allow
            && is_insecure(parts.scheme, parts.host)
            && !self.0.draft.tolerates(Waiver::InsecureOrigins);
        !guarded
            && self
                .0
                .draft
                .dynamic_origins
                .as_ref()
                .is_some_and(|dynamic| dynamic.admits(parts, verdict))
    }
}

fn judge_one<'a>(one: &HeaderValue, request: &Request<'a>) -> Sharing<'a> {
    match request.origin() {
        OriginHeader::One(origin) if origin == one => Sharing::Granted(origin),
        OriginHeader::Absent => Sharing::NoOrigin,
        OriginHeader::One(_) | OriginHeader::Several => Sharing::Refused,
    }
}

fn well_formed(origin: &[u8]) -> Option<OriginParts<'_>> {
    if origin.len() > super::origin_set::MAX_ORIGIN_BYTES {
        return None;
    }
    OriginParts::parse(std::str::from_utf8(origin).ok()?).ok()
}
