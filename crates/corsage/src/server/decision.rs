//! The decision: one value that headers, logs, metrics, explanations and tests all read.

use http::{HeaderValue, Method};

use super::decide::{Evidence, Judgement, Standing};
use super::lines::Kind;
use super::outcome::{OriginRefusal, Outcome, PreflightRefusal};
use super::policy::{HeaderRule, MethodRule, OriginRule};
use super::{DisallowedWrites, HeaderLine, Policy, Request};
use crate::terms::header_name::{is_non_wildcard_request_header, is_token};
use crate::terms::{OriginParts, method};

/// What a policy says of a request.
///
/// Whether the page's origin is allowed is known when a decision is made. Whether a preflight will be
/// granted is computed by [`outcome`](Self::outcome), for whoever asks: the answer does not need it.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub(super) policy: &'a Policy,
    pub(super) request: Request<'a>,
    pub(super) judgement: Judgement<&'a HeaderValue>,
}

impl<'a> Decision<'a> {
    /// Whether the request is a CORS-preflight request: then [`handling`](Self::handling)
    /// is the response, and nobody else sees the request.
    #[must_use]
    #[inline]
    pub fn is_preflight(&self) -> bool {
        self.kind() == Kind::Preflight
    }

    /// Found out for whoever asks: where an origin is refused all the same, nobody may.
    #[inline]
    pub(super) fn kind(&self) -> Kind {
        self.judgement.standing.kind(&self.request)
    }

    /// What was decided, and why. For a preflight this compares what is asked for with the policy, which
    /// takes time in proportion to the requested list.
    #[must_use]
    pub fn outcome(&self) -> Outcome<'a> {
        let origin = match self.request.origin() {
            HeaderLine::Absent => return Outcome::NotCors,
            HeaderLine::One(origin) => self.judge_origin(origin),
            HeaderLine::Several => self.judge_several(),
        };
        match (self.is_preflight(), origin) {
            (false, None) => Outcome::Share,
            // The server's own page: browsers check nothing.
            (false, Some(_)) if self.is_own_origin() => Outcome::NotCors,
            (false, Some(refusal)) => Outcome::Withhold(refusal),
            (true, Some(refusal)) => Outcome::RefusePreflight(PreflightRefusal::Origin(refusal)),
            (true, None) => match self.judge_method().or_else(|| self.judge_headers()) {
                None => Outcome::GrantPreflight,
                Some(refusal) => Outcome::RefusePreflight(refusal),
            },
        }
    }

    /// Whether the request must be refused with 403 before anything executes it: only where the policy
    /// says [`DisallowedWrites::Refuse`].
    #[must_use]
    #[inline]
    pub fn refuses_write(&self) -> bool {
        self.policy.0.draft.disallowed_writes == DisallowedWrites::Refuse && self.is_refused_write()
    }

    fn is_refused_write(&self) -> bool {
        if matches!(*self.request.method, Method::GET | Method::HEAD | Method::OPTIONS)
            || self.request.comes_from_own_origin()
        {
            return false;
        }
        match self.request.origin() {
            HeaderLine::One(origin) => self.judge_origin(origin).is_some(),
            HeaderLine::Absent => true,
            HeaderLine::Several => self.judge_several().is_some(),
        }
    }

    /// Whether a WebSocket handshake must be refused with 403: its `Origin` is neither allowed nor the
    /// server's own. CORS does not protect WebSockets: browsers open them from every page, with cookies,
    /// and let the page read. Clients that are no browsers send no `Origin`, and are not refused.
    #[must_use]
    pub fn refuses_web_socket(&self) -> bool {
        match self.request.origin() {
            HeaderLine::Absent => false,
            HeaderLine::One(origin) => !self.is_own_origin() && self.judge_origin(origin).is_some(),
            HeaderLine::Several => true,
        }
    }

    /// Whether the page is the server's own. No policy needs to allow it, and none can harm it.
    #[must_use]
    pub fn is_own_origin(&self) -> bool {
        self.request.comes_from_own_origin()
    }

    fn judge_origin(&self, origin: &'a HeaderValue) -> Option<OriginRefusal<'a>> {
        let policy = &self.policy.0;
        let allowed = match self.judgement.standing {
            // What everybody is told says nothing of this one.
            Standing::Unread => {
                let request = Some(&self.request);
                let evidence = Evidence { verdict: self.request.verdict, request };
                policy.admits(origin.as_bytes(), evidence)
            }
            Standing::Allowed => true,
            Standing::Absent | Standing::Refused => false,
        };
        if allowed {
            return None;
        }
        let bytes = origin.as_bytes();
        let text = std::str::from_utf8(bytes).ok();
        Some(match text.map(OriginParts::parse) {
            _ if bytes == b"null" => OriginRefusal::NotAllowed { origin },
            Some(Ok(parts)) if policy.draft.is_guarded_against(parts) => {
                OriginRefusal::Insecure { origin }
            }
            Some(Ok(_)) => OriginRefusal::NotAllowed { origin },
            Some(Err(_)) | None => OriginRefusal::Malformed { origin },
        })
    }

    fn judge_several(&self) -> Option<OriginRefusal<'a>> {
        (!matches!(self.policy.0.origins, OriginRule::Any)).then_some(OriginRefusal::Several)
    }

    fn judge_method(&self) -> Option<PreflightRefusal<'a>> {
        let Some(asked) = self.request.requested_method() else {
            return Some(PreflightRefusal::SeveralMethods);
        };
        let asked = asked.as_bytes();
        if self.policy.allows_method(asked) {
            None
        } else if is_token(asked) {
            Some(PreflightRefusal::MethodNotAllowed { method: asked })
        } else {
            Some(PreflightRefusal::MalformedMethod { method: asked })
        }
    }

    fn judge_headers(&self) -> Option<PreflightRefusal<'a>> {
        let rule = &self.policy.0.headers;
        if matches!(rule, HeaderRule::Every | HeaderRule::WildcardWithoutAuthorization)
            && !super::particular::may_echo(&self.request)
        {
            return Some(PreflightRefusal::TooManyHeaders);
        }
        for name in self.request.requested_headers() {
            if !self.policy.allows_header(name) {
                return Some(if is_token(name) {
                    PreflightRefusal::HeaderNotAllowed { name }
                } else {
                    PreflightRefusal::MalformedHeader { name }
                });
            }
        }
        None
    }
}

impl Policy {
    /// Whether a preflight may ask for a method.
    #[inline]
    pub(super) fn allows_method(&self, asked: &[u8]) -> bool {
        match &self.0.methods {
            MethodRule::Wildcard | MethodRule::Every => is_token(asked),
            // What is listed is a token.
            MethodRule::Listed(list) => {
                method::is_safelisted(asked) || list.iter().any(|listed| **listed == *asked)
            }
        }
    }

    /// Whether a preflight may ask for a header.
    #[inline]
    pub(super) fn allows_header(&self, name: &[u8]) -> bool {
        match &self.0.headers {
            // Browsers ask in lower case, and so are the names listed.
            HeaderRule::Listed(list) => {
                list.iter().any(|listed| **listed == *name || listed.eq_ignore_ascii_case(name))
            }
            HeaderRule::WildcardWithoutAuthorization => {
                is_token(name) && !is_non_wildcard_request_header(name)
            }
            HeaderRule::WildcardAndAuthorization | HeaderRule::Every => is_token(name),
        }
    }
}
