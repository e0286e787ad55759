//! Questions that no browser asks, to tell causes apart. All of them are safe: GET, HEAD and preflights.

use corsage::browser::{CacheMode, Header, HeaderList, SendCredentials, WireRequest, WireResponse};
use corsage_diagnosis::account::MessageName;
use corsage_diagnosis::{Exchange, Observation, Probed, Question, Source};

use super::network::Network;

/// An origin that nobody has: RFC 6761 reserves the name.
const NOBODYS_ORIGIN: &str = "https://corsage-probe.invalid";

/// A header that nobody asks for.
const NOBODYS_HEADER: &str = "x-corsage-probe";

/// Headers that many servers allow, and some name only to those who ask for them.
const USUAL_HEADERS: &str = "authorization,content-type,x-requested-with";

/// Asks once more without Origin and without credentials, where a cache could mix up two answers
/// and the answer with Origin does not show it.
pub(super) async fn for_caches(observation: &Observation, network: &Network) -> Option<Exchange> {
    let last = observation.exchanges.last()?;
    let response = last.answer.as_ref().ok()?;
    let storable = !value(&response.headers, "cache-control")
        .is_some_and(|value| value.to_ascii_lowercase().contains("no-store"));
    let worthwhile = last.kind == MessageName::Request
        && last.request.method == b"GET"
        && storable
        && response.status < 300
        && value(&last.request.headers, "origin").is_some();
    if !worthwhile {
        return None;
    }
    let request = WireRequest {
        headers: without(&last.request.headers, &["origin", "authorization"]),
        credentials: SendCredentials::Exclude,
        cache: CacheMode::NoStore,
        ..last.request.clone()
    };
    let answer = network.send(&request).await;
    Some(Exchange {
        kind: MessageName::Probe,
        hop: last.hop,
        request,
        answer,
        content: None,
        source: Source::Recorded,
    })
}

/// Asks a stranger's question, where credentials are allowed: whether every origin is let in.
pub(super) async fn for_strangers(observation: &Observation, network: &Network) -> Vec<Probed> {
    let Some((last, response)) = last_answer(observation) else { return Vec::new() };
    let origin = value(&last.request.headers, "origin");
    let echoed = value(&response.headers, "access-control-allow-origin") == origin;
    let credentials = value(&response.headers, "access-control-allow-credentials");
    let worthwhile = last.kind == MessageName::Request
        && is_safe(&last.request.method)
        && origin.is_some()
        && echoed
        && credentials.as_deref() == Some("true");
    if !worthwhile {
        return Vec::new();
    }
    let mut request = last.request.clone();
    request.headers = without(&request.headers, &["origin", "authorization"]);
    request.headers.append("Origin", NOBODYS_ORIGIN);
    request.credentials = SendCredentials::Exclude;
    request.cache = CacheMode::NoStore;
    vec![asked(Question::OtherOrigin, last.hop, request, network).await]
}

/// Asks what tells the causes of a failure apart.
pub(super) async fn for_causes(observation: &Observation, network: &Network) -> Vec<Probed> {
    let Some((last, response)) = last_answer(observation) else { return Vec::new() };
    if (300..400).contains(&response.status) || value(&last.request.headers, "origin").is_none() {
        return Vec::new();
    }
    let allow_origins = response
        .headers
        .iter()
        .filter(|line| line.name.eq_ignore_ascii_case(b"access-control-allow-origin"))
        .count();
    let ok = (200..300).contains(&response.status);
    let hop = last.hop;
    let mut probes = Vec::new();
    match last.kind {
        MessageName::Preflight if !ok || allow_origins != 1 => {
            let wire = &last.request;
            let plain = preflight(wire, "GET", None);
            let plain = asked(Question::PlainPreflight, hop, plain, network).await;
            let passes = plain.exchange.answer.as_ref().is_ok_and(is_granted);
            probes.push(plain);
            let method = value(&wire.headers, "access-control-request-method");
            let headers = value(&wire.headers, "access-control-request-headers");
            if let (true, true, Some(headers)) = (passes, method.as_deref() != Some("GET"), headers)
            {
                let same = preflight(wire, "GET", Some(&headers));
                probes.push(asked(Question::SameHeaders, hop, same, network).await);
            }
            let read = read(wire, observation);
            let without_origin = without_origin(&read);
            probes.push(asked(Question::Read, hop, read, network).await);
            probes.push(asked(Question::WithoutOrigin, hop, without_origin, network).await);
        }
        MessageName::Request if response.status >= 400 || allow_origins != 1 => {
            let mut read = last.request.clone();
            if !is_safe(&read.method) {
                read.method = b"GET".to_vec();
                read.body = None;
                read.headers = without(&read.headers, &["content-type", "content-length"]);
            }
            let wire = preflight(&last.request, "GET", None);
            let without_origin = without_origin(&read);
            probes.push(asked(Question::WithoutOrigin, hop, without_origin, network).await);
            probes.push(asked(Question::PlainPreflight, hop, wire, network).await);
        }
        _ => {}
    }
    let granted = allow_origins > 0
        || probes.iter().any(|probed| {
            probed.question == Question::PlainPreflight
                && probed.exchange.answer.as_ref().is_ok_and(is_granted)
        });
    if granted {
        probes.extend(for_grant(last, network).await);
    }
    probes
}

/// Asks what is granted now, and would be lost if it were not written down again.
async fn for_grant(last: &Exchange, network: &Network) -> Vec<Probed> {
    let method = value(&last.request.headers, "access-control-request-method");
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let mut probes = Vec::new();
    for headers in [NOBODYS_HEADER, USUAL_HEADERS] {
        let other = preflight(&last.request, &method, Some(headers));
        probes.push(asked(Question::OtherHeader, last.hop, other, network).await);
    }
    let mut stranger = any_preflight_without_origin(&last.request, &method);
    stranger.headers.append("Origin", NOBODYS_ORIGIN);
    probes.push(asked(Question::OtherOrigin, last.hop, stranger, network).await);
    probes
}

/// Asks what those are granted who have to stay let in.
pub(super) async fn for_kept(observation: &Observation, network: &Network) -> Vec<Probed> {
    let Some((last, _)) = last_answer(observation) else { return Vec::new() };
    let mut probes = Vec::new();
    for origin in &observation.beyond.keep_origins {
        // A pattern is asked for by one whom it lets in.
        let origin = origin.replace(":*", "").replace('*', "probe");
        for header in [None, Some(NOBODYS_HEADER), Some(USUAL_HEADERS)] {
            let mut request = without_origin(&preflight(&last.request, "GET", header));
            request.headers.append("Origin", origin.as_str());
            probes.push(asked(Question::KeptOrigin, last.hop, request, network).await);
        }
    }
    probes
}

fn any_preflight_without_origin(wire: &WireRequest, method: &str) -> WireRequest {
    without_origin(&preflight(wire, method, None))
}

fn last_answer(observation: &Observation) -> Option<(&Exchange, &WireResponse)> {
    let last = observation.exchanges.last()?;
    Some((last, last.answer.as_ref().ok()?))
}

async fn asked(question: Question, hop: usize, request: WireRequest, network: &Network) -> Probed {
    let answer = network.send(&request).await;
    Probed {
        question,
        exchange: Exchange {
            kind: MessageName::Probe,
            hop,
            request,
            answer,
            content: None,
            source: Source::Recorded,
        },
    }
}

/// Whether a preflight's answer lets anybody in.
fn is_granted(response: &WireResponse) -> bool {
    (200..300).contains(&response.status)
        && value(&response.headers, "access-control-allow-origin").is_some()
}

/// A preflight that announces this.
fn preflight(wire: &WireRequest, method: &str, headers: Option<&str>) -> WireRequest {
    let names = ["access-control-request-method", "access-control-request-headers"];
    let origin = value(&wire.headers, "origin").unwrap_or_default();
    let mut list = HeaderList::new();
    list.append("Accept", "*/*");
    list.append("Access-Control-Request-Method", method);
    if let Some(headers) = headers {
        list.append("Access-Control-Request-Headers", headers);
    }
    list.append("Origin", origin);
    for line in without(&wire.headers, &names).iter() {
        let own = [&b"origin"[..], b"accept", b"authorization", b"content-type", b"content-length"];
        if !own.iter().any(|name| line.name.eq_ignore_ascii_case(name)) {
            list.push_line(line.name.as_slice(), line.value.as_slice());
        }
    }
    WireRequest {
        method: b"OPTIONS".to_vec(),
        headers: list,
        body: None,
        body_is_stream: false,
        credentials: SendCredentials::Exclude,
        cache: CacheMode::NoStore,
        ..wire.clone()
    }
}

/// The GET behind a preflight, with the page's own headers.
fn read(preflight: &WireRequest, observation: &Observation) -> WireRequest {
    let names = ["access-control-request-method", "access-control-request-headers"];
    let mut headers = without(&preflight.headers, &names);
    for (name, value) in &observation.init.headers {
        let body = name.len() >= 8 && name[..8].eq_ignore_ascii_case(b"content-");
        if !body {
            headers.push_line(name.as_slice(), value.as_slice());
        }
    }
    WireRequest {
        method: b"GET".to_vec(),
        headers,
        body: None,
        cache: CacheMode::NoStore,
        ..preflight.clone()
    }
}

fn without_origin(wire: &WireRequest) -> WireRequest {
    WireRequest {
        headers: without(&wire.headers, &["origin"]),
        cache: CacheMode::NoStore,
        ..wire.clone()
    }
}

fn is_safe(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD")
}

fn without(headers: &HeaderList, names: &[&str]) -> HeaderList {
    let kept =
        |line: &&Header| !names.iter().any(|name| line.name.eq_ignore_ascii_case(name.as_bytes()));
    headers.iter().filter(kept).cloned().collect()
}

fn value(headers: &HeaderList, name: &str) -> Option<String> {
    headers
        .iter()
        .find(|line| line.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|line| String::from_utf8_lossy(&line.value).into_owned())
}
