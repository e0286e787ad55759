//! The case's world: scripted servers, cookies, an HTTP cache, and a clock.

use std::collections::HashMap;

use corsage::browser::{
    HeaderList, Profile, SendCredentials, WireFailure, WireRequest, WireResponse,
};
use corsage::terms::Origin;
use corsage::terms::loopback::is_localhost_name;

use super::case::{Answer, Case, bytes};
use super::raw;

/// A request as a server saw it.
pub(crate) struct Seen {
    pub(crate) preflight: bool,
    pub(crate) wire: WireRequest,
    pub(crate) cookie: bool,
}

/// An answer: the head, and the body that the driver keeps.
pub(crate) struct Answered {
    pub(crate) response: Result<WireResponse, WireFailure>,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct World<'c> {
    case: &'c Case,
    profile: Profile,
    counts: HashMap<(String, bool), usize>,
    redirects: Vec<(url::Url, WireResponse)>,
    pub(crate) seen: Vec<Seen>,
}

impl<'c> World<'c> {
    pub(crate) fn new(case: &'c Case, profile: Profile) -> Self {
        Self { case, profile, counts: HashMap::new(), redirects: Vec::new(), seen: Vec::new() }
    }

    pub(crate) fn answer(&mut self, wire: &WireRequest) -> Answered {
        let fail = |failure| Answered { response: Err(failure), body: Vec::new() };
        let port = wire.url.port_or_known_default().unwrap_or_default();
        if !matches!(port, 17300..=17303 | 80) || !self.resolves(wire) {
            return fail(WireFailure::Connection);
        }
        // Stores are empty when a case begins, so nothing is ever found.
        if wire.cache == corsage::browser::CacheMode::OnlyIfCached {
            return fail(WireFailure::CacheMiss);
        }
        let preflight =
            wire.method == b"OPTIONS" && wire.headers.contains(b"access-control-request-method");
        let cookie = wire.credentials == SendCredentials::Include && self.sends_cookie(wire);
        // What is no case's path is not recorded.
        if !wire.url.path().starts_with("/c/") {
            return Answered { response: Ok(head(404, &[], b"", wire)), body: Vec::new() };
        }
        if let Some(response) = self.stored_redirect(wire) {
            return Answered { response: Ok(response), body: Vec::new() };
        }
        self.seen.push(Seen { preflight, wire: wire.clone(), cookie });
        // Everybody here speaks HTTP/1.1.
        if wire.body_is_stream {
            self.seen.pop();
            return fail(WireFailure::StreamNeedsHttp2);
        }
        let path = wire.url.path().to_owned();
        let Some(place) = self.case.server.iter().find(|place| place.path == path) else {
            return no_such_path(wire);
        };
        let count = self.counts.entry((path, preflight)).or_default();
        let answers = if preflight { &place.preflight } else { &place.actual };
        let Some(answer) = answers.as_ref().and_then(|answers| answers.at(*count)) else {
            return no_such_path(wire);
        };
        *count += 1;
        let answered = answered(answer, wire);
        if let Ok(response) = &answered.response {
            self.store_redirect(wire, response);
        }
        answered
    }

    /// The one thing in these cases that the HTTP cache answers: a permanent redirect, which is fresh
    /// without any word of its server (RFC 9111, 4.2.2).
    fn stored_redirect(&self, wire: &WireRequest) -> Option<WireResponse> {
        use corsage::browser::CacheMode;
        // Recorded in Chromium, and there not for opaque pages, whose cache is nobody's.
        let cached_here = self.profile == Profile::Chromium && self.case.page.origin != "null";
        let usable = cached_here
            && matches!(wire.cache, CacheMode::Default | CacheMode::ForceCache)
            && wire.method == b"GET";
        self.redirects
            .iter()
            .find(|(url, _)| usable && *url == wire.url)
            .map(|(_, response)| response.clone())
    }

    fn store_redirect(&mut self, wire: &WireRequest, response: &WireResponse) {
        let control = response.headers.get(b"cache-control").unwrap_or_default();
        let kept = matches!(response.status, 301 | 308)
            && wire.method == b"GET"
            && wire.cache != corsage::browser::CacheMode::NoStore
            && control.is_empty();
        if kept {
            self.redirects.push((wire.url.clone(), response.clone()));
        }
    }

    /// Names of the rig; everything else has no address.
    fn resolves(&self, wire: &WireRequest) -> bool {
        match wire.url.host() {
            Some(url::Host::Ipv4(address)) => {
                address == std::net::Ipv4Addr::LOCALHOST || address.is_unspecified()
            }
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => is_localhost_name(name),
            None => false,
        }
    }

    /// Every host has `sid=1`, without SameSite; WebKit sends it everywhere.
    fn sends_cookie(&self, wire: &WireRequest) -> bool {
        let known = matches!(wire.url.host_str(), Some("127.0.0.1" | "localhost"));
        known
            && (wire.cookies == corsage::browser::CookieContext::Strict
                || self.profile == Profile::Webkit)
    }
}

fn no_such_path(wire: &WireRequest) -> Answered {
    const BODY: &[u8] = b"no such path";
    let body = if wire.method == b"HEAD" { Vec::new() } else { BODY.to_vec() };
    Answered { response: Ok(head(404, &[], BODY, wire)), body }
}

fn answered(answer: &Answer, wire: &WireRequest) -> Answered {
    if answer.close {
        return Answered { response: Err(WireFailure::Connection), body: Vec::new() };
    }
    if let Some(raw) = &answer.raw {
        return raw_answer(&bytes(raw));
    }
    let mut body = bytes(&answer.body);
    let status = answer.status.unwrap_or(200);
    let response = head(status, &answer.headers, &body, wire);
    if wire.method == b"HEAD" || matches!(status, 204 | 304) {
        body.clear();
    }
    Answered { response: Ok(response), body }
}

fn head(
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
    wire: &WireRequest,
) -> WireResponse {
    let mut list = HeaderList::new();
    for (name, value) in headers {
        list.push_line(bytes(name), bytes(value));
    }
    if !matches!(status, 204 | 304) && !list.contains(b"content-length") {
        list.push_line("Content-Length", body.len().to_string());
    }
    // Left out of the recordings on every other port.
    if wire.url.port() == Some(17303) {
        list.push_line("Connection", "close");
    }
    WireResponse { status, status_text: Vec::new(), headers: list }
}

/// What a server wrote byte by byte.
fn raw_answer(bytes: &[u8]) -> Answered {
    match raw::read(bytes) {
        Ok(raw::Read { status, headers, body }) => {
            let response = WireResponse { status, status_text: Vec::new(), headers };
            Answered { response: Ok(response), body }
        }
        Err(_) => Answered { response: Err(WireFailure::Malformed), body: Vec::new() },
    }
}

/// The page of a case, as a client.
pub(crate) fn page_origin(case: &Case) -> Origin {
    Origin::parse(&case.page.origin).unwrap_or(Origin::Opaque(corsage::terms::OpaqueOrigin(1)))
}
