//! From a decision to response headers.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::decision::Sharing;
use super::policy::{HeaderRule, MethodRule};
use super::{Decision, Policy, PreflightStyle, Request, ResponseHeaderMap};
use crate::terms::header_name::{is_non_wildcard_request_header, is_token};

/// A longer list of requested header names is never echoed. Browsers send a few dozen bytes.
const MAX_ECHO_BYTES: usize = 4096;

/// Whether the handler, or an upstream, had set headers of CORS itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It had not.
    Nothing,
    /// It had: they are gone. Two layers that both add them are a frequent fault.
    HandlersHeaders,
}

/// What remains to be done when the handler has answered. It owns what it needs of the request.
#[derive(Clone, Debug)]
pub struct PendingHeaders {
    policy: Policy,
    sharing: OwnedSharing,
    debug: Option<HeaderValue>,
}

#[derive(Clone, Debug)]
enum OwnedSharing {
    Constant,
    Granted(HeaderValue),
    Withheld,
}

impl Decision<'_> {
    /// The complete answer to a preflight.
    #[must_use]
    pub fn answer_preflight(&self) -> (StatusCode, HeaderMap) {
        let mut headers = HeaderMap::new();
        let status = self.answer_preflight_into(&mut headers);
        (status, headers)
    }

    /// As [`answer_preflight`](Self::answer_preflight), into a map that is at hand.
    pub fn answer_preflight_into(&self, headers: &mut HeaderMap) -> StatusCode {
        let policy = &self.policy.0;
        match self.sharing {
            Sharing::Constant => {
                replace_all(headers, &policy.preflight);
                self.echo(headers);
            }
            Sharing::Granted(origin) => {
                replace_all(headers, &policy.preflight);
                put_request_origin(headers, origin.clone());
                self.echo(headers);
            }
            Sharing::NoOrigin | Sharing::Refused => {
                replace_all(headers, &policy.preflight_withheld);
            }
        }
        if let (Some(name), Some(value)) = (&policy.debug_header, self.debug_value()) {
            headers.insert(name.clone(), value);
        }
        match policy.draft.preflight {
            PreflightStyle::NoContent => StatusCode::NO_CONTENT,
            PreflightStyle::Ok | PreflightStyle::GatewayApi => StatusCode::OK,
        }
    }

    /// Takes what is needed to finish the response once the handler has made it.
    #[must_use]
    #[inline]
    pub fn pending(&self) -> PendingHeaders {
        PendingHeaders {
            policy: self.policy.clone(),
            sharing: match self.sharing {
                Sharing::Constant => OwnedSharing::Constant,
                Sharing::Granted(origin) => OwnedSharing::Granted(origin.clone()),
                Sharing::NoOrigin | Sharing::Refused => OwnedSharing::Withheld,
            },
            debug: self.debug_value(),
        }
    }

    /// Puts the headers on a response to anything but a preflight.
    pub fn apply(&self, headers: &mut HeaderMap) -> Replaced {
        self.pending().apply(headers)
    }

    fn debug_value(&self) -> Option<HeaderValue> {
        self.policy.0.debug_header.as_ref()?;
        let outcome = self.outcome();
        outcome.reason()?;
        HeaderValue::from_str(&outcome.to_string()).ok()
    }

    /// The parts of a preflight's answer that follow the request: only for "every one, with
    /// credentials", and for "every one but Authorization".
    fn echo(&self, headers: &mut HeaderMap) {
        let policy = &self.policy.0;
        if matches!(policy.methods, MethodRule::Every)
            && let Some(method) =
                self.request.requested_method().filter(|method| is_token(method.as_bytes()))
        {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        }
        let keep = match policy.headers {
            HeaderRule::Listed(_) | HeaderRule::WildcardAndAuthorization => return,
            HeaderRule::Every => |_: &[u8]| true,
            HeaderRule::WildcardWithoutAuthorization => {
                let asks = || self.request.requested_headers().any(is_non_wildcard_request_header);
                if may_echo(&self.request) && !asks() {
                    return;
                }
                // With `*` browsers would send Authorization all the same.
                headers.remove(ACCESS_CONTROL_ALLOW_HEADERS);
                |name: &[u8]| !is_non_wildcard_request_header(name)
            }
        };
        if let Some(names) = echoed_names(&self.request, keep) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
    }
}

/// A copy of a prepared map costs less than its headers one by one, unless room is there already.
fn replace_all(headers: &mut HeaderMap, prepared: &HeaderMap) {
    if headers.capacity() == 0 {
        headers.clone_from(prepared);
        return;
    }
    headers.clear();
    for (name, value) in prepared {
        headers.insert(name.clone(), value.clone());
    }
}

/// Puts the request's own origin where the prepared map keeps its place, which is nearly always first.
fn put_request_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    match headers.iter_mut().next() {
        Some((name, value)) if name == ACCESS_CONTROL_ALLOW_ORIGIN => *value = origin,
        _ => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
    }
}

/// Whether the requested list is short enough to be looked through.
pub(super) fn may_echo(request: &Request<'_>) -> bool {
    let lines = request.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
    lines.iter().map(HeaderValue::len).sum::<usize>() <= MAX_ECHO_BYTES
}

fn echoed_names(request: &Request<'_>, keep: fn(&[u8]) -> bool) -> Option<HeaderValue> {
    if !may_echo(request) {
        return None;
    }
    let mut text = Vec::new();
    for name in request.requested_headers().filter(|name| keep(name)) {
        if !is_token(name) {
            return None;
        }
        if !text.is_empty() {
            text.extend_from_slice(b", ");
        }
        text.extend_from_slice(name);
    }
    if text.is_empty() { None } else { HeaderValue::from_bytes(&text).ok() }
}

impl PendingHeaders {
    /// Puts the headers on the handler's response: replaces what it set of CORS, keeps every `Vary` line
    /// of its own.
    pub fn apply(self, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.apply_to(headers);
        }
        // All at once is cheaper than one by one.
        let policy = &self.policy.0;
        let withheld = matches!(self.sharing, OwnedSharing::Withheld);
        headers.clone_from(if withheld { &policy.withheld } else { &policy.actual });
        self.apply_debug(headers);
        if let OwnedSharing::Granted(origin) = self.sharing {
            put_request_origin(headers, origin);
        }
        Replaced::Nothing
    }

    /// As [`apply`](Self::apply), to a framework's own map.
    pub fn apply_to(&self, headers: &mut impl ResponseHeaderMap) -> Replaced {
        let policy = &self.policy.0;
        let replaced = headers.remove_picked(is_cors_response_header);
        let lines = match self.sharing {
            OwnedSharing::Withheld => &policy.withheld,
            OwnedSharing::Constant | OwnedSharing::Granted(_) => &policy.actual,
        };
        for (name, value) in lines {
            match &self.sharing {
                _ if name == VARY => append_vary(headers, value),
                OwnedSharing::Granted(origin) if name == ACCESS_CONTROL_ALLOW_ORIGIN => {
                    headers.insert(name, origin);
                }
                _ => headers.insert(name, value),
            }
        }
        self.apply_debug(headers);
        replaced
    }

    fn apply_debug(&self, headers: &mut impl ResponseHeaderMap) {
        if let (Some(name), Some(value)) = (&self.policy.0.debug_header, &self.debug) {
            headers.insert(name, value);
        }
    }
}

/// Whether a response carries headers of CORS already: set by a handler or an upstream itself.
#[must_use]
pub fn has_cors_headers(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| is_cors_response_header(name.as_str()))
}

/// The `Access-Control-…` headers of responses.
fn is_cors_response_header(name: &str) -> bool {
    name.strip_prefix("access-control-").is_some_and(|rest| !rest.starts_with("request-"))
}

fn append_vary(headers: &mut impl ResponseHeaderMap, vary: &HeaderValue) {
    let named = |name: &[u8]| {
        headers.any_line(&VARY, |line| {
            line.split(|byte| *byte == b',').any(|item| {
                let item = item.trim_ascii();
                item == b"*" || item.eq_ignore_ascii_case(name)
            })
        })
    };
    if !vary.as_bytes().split(|byte| *byte == b',').all(|name| named(name.trim_ascii())) {
        headers.append(&VARY, vary);
    }
}
