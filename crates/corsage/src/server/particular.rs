//! What few policies put on responses besides their prepared lines: a reason, for debugging, and what follows a
//! preflight's own words.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_REQUEST_HEADERS,
};
use http::{HeaderMap, HeaderValue};

use super::lines::Lines;
use super::pending_headers::{Own, PendingHeaders, put_request_origin, take};
use super::policy::{Compiled, HeaderRule, MethodRule};
use super::{Decision, Request, ResponseHeaderMap};
use crate::terms::header_name::{is_non_wildcard_request_header, is_token};

/// A longer list of requested header names is never echoed. Browsers send a few dozen bytes.
const MAX_ECHO_BYTES: usize = 4096;

#[derive(Clone, Debug)]
pub(super) struct More<V> {
    pub(super) origin: Option<V>,
    /// The value of the debug header.
    explanation: Option<HeaderValue>,
    echo: Echo,
}

/// The parts of a preflight's answer that follow what was asked.
#[derive(Clone, Debug)]
struct Echo {
    method: Option<HeaderValue>,
    names: EchoedNames,
}

#[derive(Clone, Debug)]
enum EchoedNames {
    /// The policy's own list stands.
    Prepared,
    /// No list at all.
    Nothing,
    These(HeaderValue),
}

impl Compiled {
    /// Whether any response of this policy carries more than prepared lines and the origin.
    #[inline]
    pub(super) fn has_particulars(&self) -> bool {
        self.status_by_origin.is_none()
    }
}

impl Decision<'_> {
    #[cold]
    pub(super) fn with_particulars(&self, pending: PendingHeaders) -> PendingHeaders {
        let policy = &self.policy.0;
        let echoes = pending.prepared.lines == Lines::PreflightGranted && policy.echoes();
        let echo =
            if echoes { self.echo() } else { Echo { method: None, names: EchoedNames::Prepared } };
        let origin = match pending.own {
            Own::Origin(origin) => Some(origin),
            Own::Nothing | Own::More(_) => None,
        };
        let own = Own::More(Box::new(More { origin, explanation: self.explanation(), echo }));
        PendingHeaders { own, ..pending }
    }

    fn explanation(&self) -> Option<HeaderValue> {
        self.policy.0.debug_header.as_ref()?;
        let outcome = self.outcome();
        outcome.reason()?;
        HeaderValue::from_str(&outcome.to_string()).ok()
    }

    /// Only for "every one, with credentials", and for "every one but Authorization".
    fn echo(&self) -> Echo {
        let policy = &self.policy.0;
        let method = match policy.methods {
            MethodRule::Every => self
                .request
                .requested_method()
                .filter(|method| is_token(method.as_bytes()))
                .cloned(),
            MethodRule::Listed(_) | MethodRule::Wildcard => None,
        };
        let names = match policy.headers {
            HeaderRule::Listed(_) | HeaderRule::WildcardAndAuthorization => EchoedNames::Prepared,
            HeaderRule::Every => echoed_names(&self.request, |_| true),
            HeaderRule::WildcardWithoutAuthorization => {
                let asks = || self.request.requested_headers().any(is_non_wildcard_request_header);
                if may_echo(&self.request) && !asks() {
                    EchoedNames::Prepared
                } else {
                    // With `*` browsers would send Authorization all the same.
                    echoed_names(&self.request, |name| !is_non_wildcard_request_header(name))
                }
            }
        };
        Echo { method, names }
    }
}

impl<V> More<V> {
    pub(super) fn map<T>(self, convert: impl FnOnce(V) -> T) -> More<T> {
        let Self { origin, explanation, echo } = self;
        More { origin: origin.map(convert), explanation, echo }
    }

    /// Puts it beside lines that are there already, the origin aside.
    pub(super) fn write(self, policy: &Compiled, headers: &mut impl ResponseHeaderMap) {
        if let Some(method) = &self.echo.method {
            headers.insert(&ACCESS_CONTROL_ALLOW_METHODS, method);
        }
        match &self.echo.names {
            EchoedNames::Prepared => {}
            EchoedNames::Nothing => {
                headers.remove_picked(|name| name == ACCESS_CONTROL_ALLOW_HEADERS.as_str());
            }
            EchoedNames::These(names) => headers.insert(&ACCESS_CONTROL_ALLOW_HEADERS, names),
        }
        if let (Some(value), Some(name)) = (&self.explanation, &policy.debug_header) {
            headers.insert(name, value);
        }
    }
}

impl More<HeaderValue> {
    #[cold]
    pub(super) fn write_all(&mut self, policy: &Compiled, headers: &mut HeaderMap) {
        if let Some(origin) = &mut self.origin {
            put_request_origin(headers, take(origin));
        }
        let nothing = Echo { method: None, names: EchoedNames::Prepared };
        let echo = std::mem::replace(&mut self.echo, nothing);
        Self { origin: None, explanation: self.explanation.take(), echo }.write(policy, headers);
    }
}

/// Whether the requested list is short enough to be looked through.
pub(super) fn may_echo(request: &Request<'_>) -> bool {
    let lines = request.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
    lines.iter().map(HeaderValue::len).sum::<usize>() <= MAX_ECHO_BYTES
}

fn echoed_names(request: &Request<'_>, keep: fn(&[u8]) -> bool) -> EchoedNames {
    if !may_echo(request) {
        return EchoedNames::Nothing;
    }
    let mut text = Vec::new();
    for name in request.requested_headers().filter(|name| keep(name)) {
        if !is_token(name) {
            return EchoedNames::Nothing;
        }
        if !text.is_empty() {
            text.extend_from_slice(b", ");
        }
        text.extend_from_slice(name);
    }
    match HeaderValue::from_bytes(&text) {
        Ok(names) if !names.is_empty() => EchoedNames::These(names),
        _ => EchoedNames::Nothing,
    }
}
