//! The messages, the redirects, and why a preflight was due.

use corsage::browser::{Client, CredentialsMode, Mode, RedirectMode, RequestInit, WireRequest};
use corsage_texts::{Language, fill, text};

use super::load;
use super::model::{HopAccount, MessageAccount, MessageName, PreflightAccount, RequestAccount};
use crate::fix::joined;
use crate::machine::{lines_of, text};
use crate::observation::{Exchange, Observation, Source};
use crate::redact;
use crate::replay::{Ending, Replay};

/// The page's origin as it is serialised.
pub(crate) fn page_origin(client: &Client) -> String {
    client.origin.to_string()
}

/// The credentials mode that the page asked for, or the default.
pub(crate) fn credentials(init: &RequestInit) -> CredentialsMode {
    init.credentials.unwrap_or(CredentialsMode::SameOrigin)
}

/// The request, as the page made it.
pub(super) fn request(observation: &Observation) -> RequestAccount {
    let init = &observation.init;
    RequestAccount {
        method: method(init),
        url: url::Url::parse(&init.url)
            .map_or_else(|_| redact::address(&init.url), |url| redact::url(&url)),
        page_origin: page_origin(&observation.client),
        mode: match init.mode.unwrap_or(Mode::Cors) {
            Mode::SameOrigin => "same-origin",
            Mode::Cors => "cors",
            Mode::NoCors => "no-cors",
            Mode::Navigate => "navigate",
            Mode::Websocket => "websocket",
        },
        credentials: match credentials(init) {
            CredentialsMode::Omit => "omit",
            CredentialsMode::SameOrigin => "same-origin",
            CredentialsMode::Include => "include",
        },
        redirect: match init.redirect.unwrap_or(RedirectMode::Follow) {
            RedirectMode::Follow => "follow",
            RedirectMode::Error => "error",
            RedirectMode::Manual => "manual",
        },
        load: load::account(observation),
        upgraded_to: observation
            .exchanges
            .first()
            .map(|exchange| &exchange.request.url)
            .filter(|url| url.scheme() == "https" && init.url.starts_with("http:"))
            .map(redact::url),
        headers: init
            .headers
            .iter()
            .map(|(name, value)| {
                redact::line(&corsage::browser::Header { name: name.clone(), value: value.clone() })
            })
            .collect(),
    }
}

/// The method as the page spelled it.
pub(crate) fn method(init: &RequestInit) -> String {
    init.method.as_deref().map_or_else(|| "GET".to_owned(), text)
}

/// A message for people.
pub(super) fn message(exchange: &Exchange, language: Language) -> MessageAccount {
    let lines = |headers| lines_of(headers).map(redact::line).collect();
    if exchange.source == Source::Inferred {
        return MessageAccount {
            kind: exchange.kind,
            question: None,
            hop: exchange.hop,
            method: text(&exchange.request.method),
            url: redact::url(&exchange.request.url),
            request_headers: lines(&exchange.request.headers),
            status: None,
            response_headers: Vec::new(),
            failure: Some(text!(language, "account.inferred").to_owned()),
            steps: steps(exchange),
        };
    }
    MessageAccount {
        kind: exchange.kind,
        question: None,
        hop: exchange.hop,
        method: text(&exchange.request.method),
        url: redact::url(&exchange.request.url),
        request_headers: lines(&exchange.request.headers),
        status: exchange.answer.as_ref().ok().map(|response| response.status),
        response_headers: exchange
            .answer
            .as_ref()
            .map_or_else(|_| Vec::new(), |response| lines(&response.headers)),
        failure: exchange.answer.as_ref().err().map(|failure| failure.text.clone()),
        steps: steps(exchange),
    }
}

/// The sections of the standard that a message went through, in order.
fn steps(exchange: &Exchange) -> Vec<&'static str> {
    let mut steps = match exchange.kind {
        MessageName::Preflight => vec!["https://fetch.spec.whatwg.org/#cors-preflight-fetch-0"],
        MessageName::Request => vec![
            "https://fetch.spec.whatwg.org/#concept-main-fetch",
            "https://fetch.spec.whatwg.org/#concept-http-fetch",
        ],
        MessageName::Probe | MessageName::None => return Vec::new(),
    };
    if exchange.answer.is_ok() && joined(&exchange.request.headers, "origin").is_some() {
        steps.push("https://fetch.spec.whatwg.org/#concept-cors-check");
    }
    if exchange.kind == MessageName::Request && location(exchange).is_some() {
        steps.push("https://fetch.spec.whatwg.org/#concept-http-redirect-fetch");
    }
    steps
}

/// Whether a preflight was due for the first request, and what asked for it.
pub(super) fn preflight(
    replay: &Replay,
    observation: &Observation,
    language: Language,
) -> PreflightAccount {
    let sent = replay
        .index_of(MessageName::Preflight, 0)
        .map(|index| &observation.exchanges[index].request);
    let needed = match &replay.ending {
        Ending::Open(needed) if needed.kind == MessageName::Preflight => Some(&needed.request),
        _ => None,
    };
    match sent.or(needed) {
        Some(wire) => {
            PreflightAccount { due: true, because: because(wire, &observation.init, language) }
        }
        None => PreflightAccount { due: false, because: Vec::new() },
    }
}

fn because(preflight: &WireRequest, init: &RequestInit, language: Language) -> Vec<String> {
    let mut reasons = Vec::new();
    let method = joined(&preflight.headers, "access-control-request-method").unwrap_or_default();
    if !matches!(method.as_str(), "GET" | "HEAD" | "POST") {
        reasons.push(fill(text!(language, "account.because-method"), &[("subject", &method)]));
    }
    for name in requested_headers(preflight) {
        let value = init
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(given, value)| redact::value(&text(given), &text(value)))
            .or_else(|| {
                let implied = name.eq_ignore_ascii_case("content-type");
                init.body_content_type.as_deref().filter(|_| implied).map(text)
            });
        let safelisted_name = matches!(
            name.as_str(),
            "accept" | "accept-language" | "content-language" | "content-type" | "range"
        );
        reasons.push(match value {
            Some(value) if safelisted_name => fill(
                text!(language, "account.because-header-value"),
                &[("subject", &name), ("value", &value)],
            ),
            _ => fill(text!(language, "account.because-header"), &[("subject", &name)]),
        });
    }
    if reasons.is_empty() {
        reasons.push(text!(language, "account.because-flag").to_owned());
    }
    reasons
}

/// The names that a preflight asks for.
pub(crate) fn requested_headers(preflight: &WireRequest) -> Vec<String> {
    joined(&preflight.headers, "access-control-request-headers")
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The redirects of a fetch; empty if there was none.
pub(super) fn hops(
    replay: &Replay,
    observation: &Observation,
    language: Language,
) -> Vec<HopAccount> {
    let page = page_origin(&observation.client);
    let stations: Vec<&Exchange> = replay
        .trail
        .iter()
        .filter(|used| {
            // Where a preflight failed, it is all that there is of its hop.
            used.kind == MessageName::Request
                || used.hop > 0 && replay.index_of(MessageName::Request, used.hop).is_none()
        })
        .map(|used| &observation.exchanges[used.index])
        .collect();
    let is_redirect = |exchange: &Exchange| location(exchange).is_some();
    if stations.len() < 2 && !stations.iter().any(|station| is_redirect(station)) {
        return Vec::new();
    }
    let mut hops: Vec<HopAccount> = Vec::new();
    for (hop, exchange) in stations.iter().enumerate() {
        let origin = joined(&exchange.request.headers, "origin");
        let status = exchange.answer.as_ref().ok().map(|response| response.status);
        let location = location(exchange);
        let method = text(&exchange.request.method);
        let url = redact::url(&exchange.request.url);
        let shown_status = status.map_or_else(
            || text!(language, "account.not-recorded").to_owned(),
            |status| status.to_string(),
        );
        let template = if location.is_some() {
            text!(language, "account.hop-redirect")
        } else {
            text!(language, "account.hop-plain")
        };
        let mut lines = vec![fill(
            template,
            &[
                ("method", &method),
                ("url", &url),
                ("status", &shown_status),
                ("origin", origin.as_deref().unwrap_or("-")),
                ("location", location.as_deref().unwrap_or_default()),
            ],
        )];
        let became_null = origin.as_deref() == Some("null")
            && page != "null"
            && hops.last().is_some_and(|before| before.origin.as_deref() != Some("null"));
        if became_null {
            let origin_of =
                |exchange: &Exchange| exchange.request.url.origin().ascii_serialization();
            lines.push(fill(
                text!(language, "account.hop-origin-null-here"),
                &[
                    ("hop", &hop.to_string()),
                    (
                        "from",
                        &stations
                            .get(hop.wrapping_sub(1))
                            .map(|s| origin_of(s))
                            .unwrap_or_default(),
                    ),
                    ("to", &origin_of(exchange)),
                    ("page", &page),
                ],
            ));
        }
        hops.push(HopAccount { hop, method, url, origin, status, location, text: lines });
    }
    hops
}

/// Where a response redirects to.
pub(crate) fn location(exchange: &Exchange) -> Option<String> {
    let response = exchange.answer.as_ref().ok()?;
    let redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    let location = joined(&response.headers, "location").filter(|_| redirect)?;
    Some(exchange.request.url.join(&location).map_or(location, |url| redact::url(&url)))
}
