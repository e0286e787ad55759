//! The servers of a case, its cookies, and what they saw.

use base64::Engine as _;
use corsage::browser::load::{Content, IntegrityMatch, Sniffed};
use corsage::browser::{
    CookieContext, HeaderList, Profile, SendCredentials, WireFailure, WireRequest, WireResponse,
};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::case::{Answer, Case};
use super::script_body::deeds;
use crate::oracle::bytes;

/// A request as a server saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) preflight: bool,
    pub(super) wire: WireRequest,
    pub(super) cookie: bool,
}

/// What came back.
pub(super) struct Answered {
    pub(super) response: Result<WireResponse, WireFailure>,
    pub(super) content: Content,
    pub(super) text: String,
}

pub(super) struct World<'c> {
    pub(super) case: &'c Case,
    profile: Profile,
    pub(super) seen: Vec<Seen>,
    pub(super) cookie_stored: bool,
}

impl<'c> World<'c> {
    pub(super) fn new(case: &'c Case, profile: Profile) -> Self {
        Self { case, profile, seen: Vec::new(), cookie_stored: false }
    }

    pub(super) fn answer(&mut self, wire: &WireRequest, integrity: &str) -> Answered {
        let preflight =
            wire.method == b"OPTIONS" && wire.headers.contains(b"access-control-request-method");
        if !wire.url.path().starts_with("/c/") {
            return own_page(wire);
        }
        let cookie = wire.credentials == SendCredentials::Include && self.sends_cookie(wire);
        self.seen.push(Seen { preflight, wire: wire.clone(), cookie });
        let place = self.case.server.iter().find(|place| place.path == wire.url.path());
        let answer = place
            .and_then(|place| if preflight { &place.preflight } else { &place.actual }.as_ref());
        let Some(answer) = answer else {
            return Answered {
                response: Ok(head(404, &[])),
                content: Content::default(),
                text: String::new(),
            };
        };
        self.store_cookie(wire, answer);
        answered(answer, integrity, self.profile)
    }

    /// Both hosts have `sid=1`, without SameSite; WebKit sends it everywhere.
    fn sends_cookie(&self, wire: &WireRequest) -> bool {
        wire.cookies == CookieContext::Strict || self.profile == Profile::Webkit
    }

    fn store_cookie(&mut self, wire: &WireRequest, answer: &Answer) {
        let sets = answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let same_host = url::Url::parse(&self.case.page.url_origin)
            .is_ok_and(|page| page.host_str() == wire.url.host_str());
        if sets && same_host && wire.credentials == SendCredentials::Include {
            self.cookie_stored = true;
        }
    }
}

/// What the rig itself serves: the scripts of workers.
fn own_page(_wire: &WireRequest) -> Answered {
    let headers = [("Content-Type".to_owned(), "text/javascript".to_owned())];
    Answered { response: Ok(head(200, &headers)), content: Content::default(), text: String::new() }
}

fn answered(answer: &Answer, integrity: &str, profile: Profile) -> Answered {
    let status = answer.status.unwrap_or(if answer.ws.is_some() { 101 } else { 200 });
    // WebKit reads what comes with a 205.
    let empty = matches!(status, 204 | 304) || status == 205 && profile != Profile::Webkit;
    let body = answer.body.clone().filter(|_| !empty).unwrap_or_default();
    let sniffed = match answer.asset.as_deref() {
        Some("png" | "clear") => Sniffed::Image,
        Some("wav" | "webm") => Sniffed::Media,
        Some("font") => Sniffed::Font,
        _ => Sniffed::of(&bytes(&body)),
    };
    let content = Content {
        sniffed,
        integrity: integrity_of(integrity, &bytes(&body)),
        script: deeds(&body).body,
    };
    let mut headers = answer.headers.clone();
    if answer.ws.is_some() {
        headers.push(("Upgrade".into(), "websocket".into()));
    }
    Answered { response: Ok(head(status, &headers)), content, text: body }
}

fn integrity_of(metadata: &str, body: &[u8]) -> IntegrityMatch {
    let encode = |digest: &[u8]| base64::engine::general_purpose::STANDARD.encode(digest);
    let fits = metadata.split_ascii_whitespace().any(|item| match item.split_once('-') {
        Some(("sha256", value)) => value == encode(&Sha256::digest(body)),
        Some(("sha384", value)) => value == encode(&Sha384::digest(body)),
        Some(("sha512", value)) => value == encode(&Sha512::digest(body)),
        _ => false,
    });
    if fits || metadata.is_empty() { IntegrityMatch::Matches } else { IntegrityMatch::Differs }
}

fn head(status: u16, headers: &[(String, String)]) -> WireResponse {
    let mut list = HeaderList::new();
    for (name, value) in headers {
        list.push_line(bytes(name), bytes(value));
    }
    WireResponse { status, status_text: Vec::new(), headers: list }
}
