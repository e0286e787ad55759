//! From a decision to response headers.

use std::mem;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::decision::Sharing;
use super::lines::Lines;
use super::policy::{Compiled, HeaderRule, MethodRule, OriginRule};
use super::{Decision, Policy, Request, ResponseHeaderMap};
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
}

/// As small as can be: it travels with every request.
#[derive(Clone, Debug)]
enum OwnedSharing {
    Constant,
    Withheld,
    Granted(HeaderValue),
    /// The same, with the value of the debug header.
    ConstantExplained(HeaderValue),
    WithheldExplained(HeaderValue),
    /// A preflight's, with what follows what was asked.
    Echoing(Box<(Self, Echo)>),
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
        self.pending_preflight().write(headers)
    }

    /// Takes what is needed to answer a preflight, so that the request can go: its own map of headers
    /// will do for the answer's.
    #[must_use]
    #[inline]
    pub fn pending_preflight(&self) -> PendingPreflight {
        let sharing = match self.sharing {
            Sharing::Constant => OwnedSharing::Constant,
            // The prepared answer has it already.
            Sharing::Granted(_) if matches!(self.policy.0.origins, OriginRule::One(_)) => {
                OwnedSharing::Constant
            }
            Sharing::Granted(origin) => OwnedSharing::Granted(origin.clone()),
            Sharing::NoOrigin | Sharing::Refused => OwnedSharing::Withheld,
        };
        if self.policy.0.has_particular_preflights() {
            return self.particular_preflight(sharing);
        }
        PendingPreflight { policy: self.policy.clone(), sharing }
    }

    #[cold]
    fn particular_preflight(&self, mut sharing: OwnedSharing) -> PendingPreflight {
        let withheld = matches!(sharing, OwnedSharing::Withheld);
        if self.policy.0.debug_header.is_some() {
            sharing = self.explained(sharing);
        }
        if !withheld && self.policy.0.echoes() {
            sharing = OwnedSharing::Echoing(Box::new((sharing, self.echo())));
        }
        PendingPreflight { policy: self.policy.clone(), sharing }
    }

    /// Takes what is needed to finish the response once the handler has made it.
    #[must_use]
    #[inline]
    pub fn pending(&self) -> PendingHeaders {
        if self.policy.0.debug_header.is_some() {
            return self.pending_with_reason();
        }
        PendingHeaders { policy: self.policy.clone(), sharing: self.owned_sharing() }
    }

    #[inline]
    fn owned_sharing(&self) -> OwnedSharing {
        match self.sharing {
            Sharing::Constant => OwnedSharing::Constant,
            // One exact origin is told everybody.
            _ if matches!(self.policy.0.origins, OriginRule::One(_)) => OwnedSharing::Constant,
            Sharing::Granted(origin) => OwnedSharing::Granted(origin.clone()),
            Sharing::NoOrigin | Sharing::Refused => OwnedSharing::Withheld,
        }
    }

    #[cold]
    fn pending_with_reason(&self) -> PendingHeaders {
        let sharing = self.explained(self.owned_sharing());
        PendingHeaders { policy: self.policy.clone(), sharing }
    }

    #[cold]
    fn explained(&self, sharing: OwnedSharing) -> OwnedSharing {
        match (sharing, self.debug_value()) {
            (OwnedSharing::Constant, Some(value)) => OwnedSharing::ConstantExplained(value),
            (OwnedSharing::Withheld, Some(value)) => OwnedSharing::WithheldExplained(value),
            (sharing, _) => sharing,
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

/// The answer to a preflight, without the request. It owns what it needs of it.
///
/// ```
/// use corsage::server::{PolicyDraft, Request};
/// use http::{HeaderMap, HeaderValue, Method};
///
/// let policy = PolicyDraft::new().origins(["https://app.example"]).methods(["PUT"]).compile()?;
/// let mut headers = HeaderMap::new();
/// headers.insert("origin", HeaderValue::from_static("https://app.example"));
/// headers.insert("access-control-request-method", HeaderValue::from_static("PUT"));
/// let decision = policy.decide(&Request::new(&Method::OPTIONS, &headers));
/// assert!(decision.is_preflight());
/// // The request's map becomes the response's.
/// let status = decision.pending_preflight().write(&mut headers);
/// assert_eq!((status.as_u16(), &headers["access-control-allow-methods"]), (204, &"PUT".parse().unwrap()));
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct PendingPreflight {
    policy: Policy,
    sharing: OwnedSharing,
}

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

impl PendingPreflight {
    /// Replaces everything in the map by the answer. The map may be the request's own.
    #[inline]
    pub fn write(mut self, headers: &mut HeaderMap) -> StatusCode {
        self.write_in_place(headers)
    }

    /// As [`write`](Self::write), for a future that is not worth taking apart. It is done once: what was
    /// kept of the request is gone afterwards.
    #[inline]
    pub fn write_in_place(&mut self, headers: &mut HeaderMap) -> StatusCode {
        let policy = &self.policy.0;
        match &mut self.sharing {
            OwnedSharing::Constant => replace_all(headers, &policy.lines[Lines::PreflightGranted]),
            OwnedSharing::Granted(origin) => {
                replace_all(headers, &policy.lines[Lines::PreflightGranted]);
                put_request_origin(headers, take(origin));
            }
            OwnedSharing::Withheld => replace_all(headers, &policy.lines[Lines::PreflightWithheld]),
            particular => write_particular(policy, particular, headers),
        }
        policy.preflight_status()
    }
}

#[cold]
fn write_particular(policy: &Compiled, sharing: &mut OwnedSharing, headers: &mut HeaderMap) {
    match sharing {
        OwnedSharing::Constant => replace_all(headers, &policy.lines[Lines::PreflightGranted]),
        OwnedSharing::Withheld => replace_all(headers, &policy.lines[Lines::PreflightWithheld]),
        OwnedSharing::Granted(origin) => {
            replace_all(headers, &policy.lines[Lines::PreflightGranted]);
            put_request_origin(headers, take(origin));
        }
        OwnedSharing::ConstantExplained(value) => {
            replace_all(headers, &policy.lines[Lines::PreflightGranted]);
            explain(policy, headers, value);
        }
        OwnedSharing::WithheldExplained(value) => {
            replace_all(headers, &policy.lines[Lines::PreflightWithheld]);
            explain(policy, headers, value);
        }
        OwnedSharing::Echoing(parts) => {
            let (sharing, echo) = &mut **parts;
            write_particular(policy, sharing, headers);
            write_echo(headers, echo);
        }
    }
}

#[inline]
fn take(value: &mut HeaderValue) -> HeaderValue {
    mem::replace(value, HeaderValue::from_static(""))
}

fn explain(policy: &Compiled, headers: &mut HeaderMap, value: &mut HeaderValue) {
    if let Some(name) = &policy.debug_header {
        headers.insert(name, take(value));
    }
}

fn write_echo(headers: &mut HeaderMap, echo: &mut Echo) {
    if let Some(method) = echo.method.take() {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
    }
    match &mut echo.names {
        EchoedNames::Prepared => {}
        EchoedNames::Nothing => {
            headers.remove(ACCESS_CONTROL_ALLOW_HEADERS);
        }
        EchoedNames::These(names) => {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, take(names));
        }
    }
}

/// A copy of a prepared map costs less than its headers one by one, but it allocates: where room is
/// there already, that is used.
#[inline]
pub(super) fn replace_all(headers: &mut HeaderMap, prepared: &HeaderMap) {
    if headers.capacity() == 0 {
        // The old one has nothing to drop, and to find that out takes time.
        mem::forget(mem::replace(headers, prepared.clone()));
    } else {
        replace_one_by_one(headers, prepared);
    }
}

fn replace_one_by_one(headers: &mut HeaderMap, prepared: &HeaderMap) {
    headers.clear();
    for (name, value) in prepared {
        headers.insert(name.clone(), value.clone());
    }
}

/// Puts the request's own origin where the prepared map keeps its place, which is nearly always first.
#[inline]
pub(super) fn put_request_origin(headers: &mut HeaderMap, origin: HeaderValue) {
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

impl Policy {
    /// Puts the headers on a response, where they [follow](Self::varies_by) nothing of the request.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use http::HeaderMap;
    ///
    /// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// policy.apply_constant(&mut headers);
    /// assert_eq!(headers["access-control-allow-origin"], "https://app.example");
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[inline]
    pub fn apply_constant(&self, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.put_constant(headers);
        }
        replace_all(headers, &self.0.lines[Lines::Granted]);
        Replaced::Nothing
    }

    fn put_constant(&self, headers: &mut HeaderMap) -> Replaced {
        PendingHeaders { policy: self.clone(), sharing: OwnedSharing::Constant }.apply_to(headers)
    }
}

impl PendingHeaders {
    /// Puts the headers on the handler's response: replaces what it set of CORS, keeps every `Vary` line
    /// of its own.
    #[inline]
    pub fn apply(mut self, headers: &mut HeaderMap) -> Replaced {
        self.apply_in_place(headers)
    }

    /// As [`apply`](Self::apply), for a future that is not worth taking apart. It is done once: what was
    /// kept of the request is gone afterwards.
    #[inline]
    pub fn apply_in_place(&mut self, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.apply_to(headers);
        }
        // All at once is cheaper than one by one.
        replace_all(headers, &self.policy.0.lines[self.lines()]);
        match &mut self.sharing {
            OwnedSharing::Constant | OwnedSharing::Withheld => {}
            OwnedSharing::Granted(origin) => {
                put_request_origin(headers, take(origin));
            }
            OwnedSharing::ConstantExplained(_)
            | OwnedSharing::WithheldExplained(_)
            | OwnedSharing::Echoing(_) => self.apply_debug(headers),
        }
        Replaced::Nothing
    }

    /// As [`apply`](Self::apply), to a framework's own map.
    pub fn apply_to<M: ResponseHeaderMap>(&self, headers: &mut M) -> Replaced {
        let insert = |headers: &mut M, place, name: &_, value: &_| match &self.sharing {
            OwnedSharing::Granted(origin) if *name == ACCESS_CONTROL_ALLOW_ORIGIN => {
                headers.insert(name, origin);
            }
            _ => headers.insert_constant(place, name, value),
        };
        let replaced = self.policy.0.put(self.lines(), headers, insert);
        self.apply_debug(headers);
        replaced
    }

    #[inline]
    fn lines(&self) -> Lines {
        match self.sharing {
            OwnedSharing::Withheld | OwnedSharing::WithheldExplained(_) => Lines::Withheld,
            OwnedSharing::Constant
            | OwnedSharing::ConstantExplained(_)
            | OwnedSharing::Granted(_)
            | OwnedSharing::Echoing(_) => Lines::Granted,
        }
    }

    #[inline]
    fn apply_debug(&self, headers: &mut impl ResponseHeaderMap) {
        if let (
            OwnedSharing::ConstantExplained(value) | OwnedSharing::WithheldExplained(value),
            Some(name),
        ) = (&self.sharing, &self.policy.0.debug_header)
        {
            headers.insert(name, value);
        }
    }
}

impl Compiled {
    /// Puts lines on a response: replaces what the handler set of CORS, and adds to what it says of `Vary`.
    #[inline]
    pub(super) fn put<M: ResponseHeaderMap>(
        &self,
        lines: Lines,
        headers: &mut M,
        mut insert: impl FnMut(&mut M, usize, &HeaderName, &HeaderValue),
    ) -> Replaced {
        let is_new = headers.is_empty();
        let replaced =
            if is_new { Replaced::Nothing } else { headers.remove_picked(is_cors_response_header) };
        let places = self.lines.first_place(lines)..;
        for (place, (name, value)) in places.zip(&self.lines[lines]) {
            if *name == VARY && !is_new {
                append_vary(headers, place, value);
            } else {
                insert(headers, place, name, value);
            }
        }
        replaced
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

fn append_vary(headers: &mut impl ResponseHeaderMap, place: usize, vary: &HeaderValue) {
    if !headers.any_line(&VARY, |_| true) {
        return headers.insert_constant(place, &VARY, vary);
    }
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
