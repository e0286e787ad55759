//! What does not block and should be known all the same: hidden headers, cookies, caches.

use corsage::browser::{Code, CredentialsMode, Event, SecureContext, SendCredentials};
use corsage::terms::caps::WEBKIT_MAX_AGE;
use corsage_texts::Language;

use super::detail::{Detail, Lacking, StaysHome};
use super::model::{MessageName, NoteAccount};
use super::wire::credentials;
use crate::CodeText;
use crate::fix::joined;
use crate::machine::{is_cross_site, lines_of, text};
use crate::observation::{Exchange, Observation};
use crate::replay::{Ending, Replay};

/// Response headers that every server sends and no script misses.
const DULL: &[&str] = &[
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "alt-svc",
    "connection",
    "content-encoding",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "keep-alive",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "referrer-policy",
    "report-to",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
    "x-cache",
    "x-content-type-options",
    "x-frame-options",
    "x-powered-by",
    "x-xss-protection",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-permitted-cross-domain-policies",
];

/// A note, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) code: Code,
    pub(crate) detail: Vec<Detail>,
}

impl Remark {
    /// Its details in words.
    pub(crate) fn words(&self, language: Language) -> Vec<String> {
        self.detail.iter().map(|detail| detail.say(language)).collect()
    }
}

/// All remarks about one replay: those of the machine, and those that need the whole picture.
pub(crate) fn remarks(replay: &Replay, observation: &Observation) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = Vec::new();
    let mut add = |code: Code, detail: Vec<Detail>| match remarks
        .iter_mut()
        .find(|remark| remark.code == code)
    {
        Some(remark) => {
            for item in detail {
                if !remark.detail.contains(&item) {
                    remark.detail.push(item);
                }
            }
        }
        None => remarks.push(Remark { code, detail }),
    };
    if let Ending::Finished(finished) = &replay.ending {
        for event in finished.transcript.events() {
            if let Event::Note(note) = event
                // True of most requests; said below where something depends on it.
                && !matches!(note.code, Code::CredentialsNotSent | Code::SetCookieIgnored)
            {
                add(
                    note.code,
                    note.detail.iter().map(|detail| Detail::Named(text(detail))).collect(),
                );
            }
        }
    }
    let last = replay
        .trail
        .iter()
        .rev()
        .find(|used| used.kind == MessageName::Request)
        .map(|used| &observation.exchanges[used.index]);
    if let Some(exchange) = last {
        for (code, detail) in about_cookies(exchange, observation) {
            add(code, detail);
        }
        if let Some(detail) = vary_missing(exchange, observation) {
            add(Code::VaryOriginMissing, vec![detail]);
        }
    }
    let preflight = replay
        .index_of(MessageName::Preflight, 0)
        .map(|index| &observation.exchanges[index])
        .filter(|_| !matches!(replay.ending, Ending::Finished(ref f) if last.is_none() && f.outcome.is_err()));
    if let Some((code, detail)) = preflight.and_then(about_max_age) {
        add(code, vec![detail]);
    }
    if observation.client.origin.to_string() == "null" {
        add(Code::ClientOriginNull, Vec::new());
    }
    if let Some(remark) = local_network(observation) {
        add(remark.code, remark.detail);
    }
    // What every server sends is no news; what was asked for and hidden is.
    for remark in &mut remarks {
        if remark.code == Code::HeaderNotExposed {
            remark.detail.retain(|detail| match detail {
                Detail::Named(name) => !DULL.contains(&name.to_ascii_lowercase().as_str()),
                _ => true,
            });
        }
    }
    remarks.retain(|remark| remark.code != Code::HeaderNotExposed || !remark.detail.is_empty());
    // An element does not read: what it is given is said of the load.
    let load = replay.loaded.is_some();
    remarks.retain(|remark| !load || remark.code != Code::OpaqueResponse);
    // What the page wants is in the way already.
    if super::load::tainted(replay).is_some() {
        remarks.retain(|remark| remark.code != Code::CanvasTainted);
    }
    // True of nearly every response; worth a line only where somebody asks for timing.
    remarks.retain(|remark| remark.code != Code::TimingHidden);
    remarks
}

/// The remarks for people.
pub(super) fn describe(remarks: &[Remark], language: Language) -> Vec<NoteAccount> {
    remarks
        .iter()
        .map(|remark| {
            let text = CodeText::of(remark.code, language);
            NoteAccount {
                code: remark.code,
                title: text.title.to_owned(),
                detail: remark.words(language),
                fix: if needs_both(remark.code) {
                    [text.page, text.server].join(" ").trim_end().to_owned()
                } else if text.server.is_empty() || is_for_the_page(remark) {
                    text.page.to_owned()
                } else {
                    text.server.to_owned()
                },
            }
        })
        .collect()
}

/// Whether what the server says counts only once the page asks for it.
fn needs_both(code: Code) -> bool {
    matches!(code, Code::CanvasTainted | Code::ScriptErrorsMuted | Code::SheetRulesHidden)
}

/// Whether the page decides, although the server could do something too.
fn is_for_the_page(remark: &Remark) -> bool {
    remark.code == Code::CredentialsNotSent
        && remark.detail.iter().any(|detail| match detail {
            Detail::Credentials { mode, .. } => *mode != CredentialsMode::Include,
            _ => false,
        })
}

/// A page of the public internet asks for something on this machine or its network.
fn local_network(observation: &Observation) -> Option<Remark> {
    let (page, target) = (observation.page_space?, observation.target_space?);
    if target >= page {
        return None;
    }
    let code = match observation.client.secure_context {
        SecureContext::Secure => Code::LnaPermissionPrompt,
        SecureContext::Insecure => Code::LnaInsecureContext,
    };
    Some(Remark { code, detail: vec![Detail::AddressSpaces { page, target }] })
}

/// Cookies: neither sent nor kept without credentials; across sites only with two attributes.
fn about_cookies(exchange: &Exchange, observation: &Observation) -> Vec<(Code, Vec<Detail>)> {
    let mut found = Vec::new();
    let Ok(response) = &exchange.answer else { return found };
    let cross_origin = exchange.request.url.origin().ascii_serialization()
        != observation.client.origin.to_string();
    let excluded = exchange.request.credentials == SendCredentials::Exclude;
    let cookies: Vec<String> = lines_of(&response.headers)
        .filter(|line| line.name.eq_ignore_ascii_case(b"set-cookie"))
        .map(|line| text(&line.value))
        .collect();
    let name = |cookie: &str| cookie.split(['=', ';']).next().unwrap_or_default().trim().to_owned();
    // Who sends a token of its own does not rely on cookies.
    let sends_token = observation.init.headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case(b"authorization") || name.eq_ignore_ascii_case(b"x-api-key")
    });
    let sends_cookie = joined(&exchange.request.headers, "cookie").is_some();
    if cross_origin
        && matches!(response.status, 401 | 403)
        && !sends_token
        && !sends_cookie
        && (excluded || cookies.is_empty())
    {
        let (mode, status) = (credentials(&observation.init), response.status);
        found.push((Code::CredentialsNotSent, vec![Detail::Credentials { mode, status }]));
    }
    if cross_origin && excluded && !cookies.is_empty() {
        found.push((
            Code::SetCookieIgnored,
            cookies.iter().map(|cookie| Detail::Named(name(cookie))).collect(),
        ));
    }
    if cross_origin && !excluded && cross_site(exchange, observation) {
        let refused: Vec<Detail> = cookies
            .iter()
            .filter_map(|cookie| {
                let why = refused_across_sites(cookie)?;
                Some(Detail::Cookie { name: name(cookie), why })
            })
            .collect();
        if !refused.is_empty() {
            found.push((Code::CredentialsNotSent, refused));
        }
    }
    found
}

/// Why a cookie does not travel across sites, in the words of its own attributes.
fn refused_across_sites(cookie: &str) -> Option<StaysHome> {
    let attributes: Vec<String> =
        cookie.split(';').skip(1).map(|part| part.trim().to_ascii_lowercase()).collect();
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    if has("samesite=strict") {
        Some(StaysHome::Strict)
    } else if has("samesite=lax") {
        Some(StaysHome::Lax)
    } else if !has("samesite=none") {
        Some(StaysHome::LaxByDefault)
    } else if !has("secure") {
        Some(StaysHome::NoneWithoutSecure)
    } else {
        None
    }
}

fn cross_site(exchange: &Exchange, observation: &Observation) -> bool {
    is_cross_site(&exchange.request.url, &observation.client.top_level_origin)
}

/// Whether a cache may mix up answers for different origins, and how that shows.
fn vary_missing(exchange: &Exchange, observation: &Observation) -> Option<Detail> {
    let response = exchange.answer.as_ref().ok()?;
    let header = |name| joined(&response.headers, name);
    let uncacheable = header("cache-control")
        .is_some_and(|value| value.to_ascii_lowercase().contains("no-store"));
    if uncacheable {
        return None;
    }
    let varies = |vary: Option<String>| {
        vary.is_some_and(|vary| {
            vary.split(',').any(|name| {
                let name = name.trim();
                name == "*" || name.eq_ignore_ascii_case("origin")
            })
        })
    };
    let allow_origin = header("access-control-allow-origin");
    // An answer that is the same for everyone needs no `Vary`: only the difference shows.
    let probe = observation.probe.as_ref()?.answer.as_ref().ok()?;
    let without = joined(&probe.headers, "access-control-allow-origin");
    let lacking = match (varies(header("vary")), varies(joined(&probe.headers, "vary"))) {
        _ if without == allow_origin => return None,
        (true, true) => return None,
        (true, false) => Lacking::Without,
        (false, true) => Lacking::With,
        (false, false) => Lacking::Both,
    };
    Some(Detail::Vary { with: allow_origin, without, lacking })
}

fn about_max_age(exchange: &Exchange) -> Option<(Code, Detail)> {
    let response = exchange.answer.as_ref().ok()?;
    match joined(&response.headers, "access-control-max-age") {
        None => Some((Code::PreflightNotCached, Detail::NoMaxAge)),
        Some(value) => match value.parse::<u64>() {
            Ok(0) | Err(_) => Some((Code::PreflightNotCached, Detail::MaxAge(value))),
            Ok(seconds) if seconds > WEBKIT_MAX_AGE.as_secs() => {
                Some((Code::MaxAgeCapped, Detail::MaxAgeCapped(seconds)))
            }
            Ok(_) => None,
        },
    }
}
