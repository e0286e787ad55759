//! One case: what the machine does beside what was recorded.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use corsage::browser::{
    AddressSpace, Body, BodyAccess, CacheMode, Client, CredentialsMode, Event, FilteredResponse,
    Global, Mode, PreflightCache, Profile, RedirectMode, ReferrerPolicy, Request, RequestInit,
    Transcript, fetch,
};
use corsage::terms::Origin;
use sha2::{Digest, Sha256, Sha384, Sha512};
use url::Url;

use super::case::{self, Case, Recorded, RecordedRequest, RecordedStep, bytes, latin1};
use super::world::{Seen, World, page_origin};

/// A facet that differs.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) facet: String,
    pub(crate) predicted: String,
    pub(crate) recorded: String,
}

#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Facets that are CORS.
    pub(crate) cors: Vec<Difference>,
    /// Facets that surround it.
    pub(crate) ambient: Vec<Difference>,
    pub(crate) transcripts: Vec<Transcript>,
}

impl Comparison {
    fn cors(&mut self, facet: impl Into<String>, predicted: &dyn Display, recorded: &dyn Display) {
        push(&mut self.cors, facet.into(), predicted.to_string(), recorded.to_string());
    }

    fn ambient(
        &mut self,
        facet: impl Into<String>,
        predicted: &dyn Display,
        recorded: &dyn Display,
    ) {
        push(&mut self.ambient, facet.into(), predicted.to_string(), recorded.to_string());
    }
}

fn push(list: &mut Vec<Difference>, facet: String, predicted: String, recorded: String) {
    if predicted != recorded {
        list.push(Difference { facet, predicted, recorded });
    }
}

/// What the script of one step saw.
enum Outcome {
    Rejected,
    Resolved(Box<FilteredResponse>, Vec<u8>),
}

pub(crate) fn compare(case: &Case, recorded: &Recorded, profile: Profile) -> Comparison {
    let mut comparison = Comparison::default();
    let mut world = World::new(case, profile);
    let mut cache = PreflightCache::new();
    let client = client(case);
    let mut now = Duration::ZERO;
    for (position, (step, seen)) in case.steps.iter().zip(&recorded.steps).enumerate() {
        now = seen.ms.map_or(now + Duration::from_millis(step.delay_ms), |(start, _)| {
            Duration::from_millis(start).max(now)
        });
        let end = seen.ms.map_or(now, |(_, end)| Duration::from_millis(end).max(now));
        let outcome =
            perform(case, step, &client, profile, &mut world, &mut cache, now, &mut comparison);
        now = end;
        compare_step(position, &outcome, seen, &mut comparison);
    }
    compare_requests(case, &world.seen, &recorded.requests, &mut comparison);
    comparison
}

fn client(case: &Case) -> Client {
    let origin = page_origin(case);
    let top = Origin::parse(&case.page.url_origin).unwrap_or_else(|_| origin.clone());
    let mut client = Client::page(top.clone());
    client.url = match case.page.kind.as_str() {
        // A data: document has no address to speak of; its base is its parent's.
        "data" => None,
        _ => Url::parse(&format!("{}/page.html", case.page.url_origin)).ok(),
    };
    if case.page.kind == "worker" {
        client.global = Global::Worker;
    }
    client.address_space = Some(AddressSpace::Loopback);
    client.origin = origin;
    client.top_level_origin = top;
    client
}

#[expect(clippy::too_many_arguments, reason = "the whole of a step")]
fn perform(
    case: &Case,
    step: &case::Step,
    client: &Client,
    profile: Profile,
    world: &mut World<'_>,
    cache: &mut PreflightCache,
    now: Duration,
    comparison: &mut Comparison,
) -> Outcome {
    let Some(init) = request_init(step, case) else { return Outcome::Rejected };
    let Ok(request) = Request::new(init, client, profile) else { return Outcome::Rejected };
    let integrity = request.integrity().to_owned();
    let mut body = Vec::new();
    let finished = fetch(request, client, profile, cache, now).run(cache, now, |pending| {
        let answered = world.answer(pending.wire());
        body = answered.body;
        answered.response
    });
    comparison.transcripts.push(finished.transcript);
    let Ok(response) = finished.outcome else { return Outcome::Rejected };
    let bytes = match response.body() {
        BodyAccess::Bytes(bytes) => bytes.clone(),
        BodyAccess::Readable => body,
        BodyAccess::Null | BodyAccess::Hidden => Vec::new(),
    };
    if !integrity.is_empty() && !matches(&integrity, &bytes) {
        return Outcome::Rejected;
    }
    Outcome::Resolved(Box::new(response), bytes)
}

/// [Do bytes match metadata?](https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist)
fn matches(metadata: &str, bytes: &[u8]) -> bool {
    let items: Vec<(&str, &str)> =
        metadata.split_ascii_whitespace().filter_map(|item| item.split_once('-')).collect();
    let strength = |algorithm: &str| {
        ["sha256", "sha384", "sha512"].iter().position(|known| *known == algorithm)
    };
    let Some(strongest) = items.iter().filter_map(|(algorithm, _)| strength(algorithm)).max()
    else {
        return true;
    };
    items.iter().filter(|(algorithm, _)| strength(algorithm) == Some(strongest)).any(
        |(algorithm, wanted)| {
            let digest = match *algorithm {
                "sha256" => Sha256::digest(bytes).to_vec(),
                "sha384" => Sha384::digest(bytes).to_vec(),
                _ => Sha512::digest(bytes).to_vec(),
            };
            let wanted = wanted.split('?').next().unwrap_or_default();
            base64::engine::general_purpose::STANDARD.encode(digest) == wanted
        },
    )
}

/// `None`: the bindings throw before the algorithm begins.
fn request_init(step: &case::Step, case: &Case) -> Option<RequestInit> {
    let text = |name: &str| step.init.get(name).and_then(|value| value.as_str());
    let mut init = RequestInit { url: step.url.clone(), ..RequestInit::default() };
    // A page without an address of its own resolves against its parent's.
    if case.page.kind == "data" && Url::parse(&init.url).is_err() {
        init.url = Url::parse(&case.page.url_origin).ok()?.join(&init.url).ok()?.into();
    }
    init.method = step.method.as_deref().map(|method| method.as_bytes().to_vec());
    for (name, value) in &step.headers {
        // A ByteString.
        if name.chars().chain(value.chars()).any(|c| u32::from(c) > 0xFF) {
            return None;
        }
        init.headers.push((bytes(name), bytes(value)));
    }
    init.mode = member(step.mode.as_deref(), |name| match name {
        "same-origin" => Some(Mode::SameOrigin),
        "cors" => Some(Mode::Cors),
        "no-cors" => Some(Mode::NoCors),
        "navigate" => Some(Mode::Navigate),
        _ => None,
    })?;
    init.credentials = member(step.credentials.as_deref(), |name| match name {
        "omit" => Some(CredentialsMode::Omit),
        "same-origin" => Some(CredentialsMode::SameOrigin),
        "include" => Some(CredentialsMode::Include),
        _ => None,
    })?;
    init.redirect = member(step.redirect.as_deref(), |name| match name {
        "follow" => Some(RedirectMode::Follow),
        "error" => Some(RedirectMode::Error),
        "manual" => Some(RedirectMode::Manual),
        _ => None,
    })?;
    init.cache = member(text("cache"), |name| match name {
        "default" => Some(CacheMode::Default),
        "no-store" => Some(CacheMode::NoStore),
        "reload" => Some(CacheMode::Reload),
        "no-cache" => Some(CacheMode::NoCache),
        "force-cache" => Some(CacheMode::ForceCache),
        "only-if-cached" => Some(CacheMode::OnlyIfCached),
        _ => None,
    })?;
    init.referrer_policy = member(text("referrerPolicy"), ReferrerPolicy::from_name)?;
    init.target_address_space = text("targetAddressSpace").and_then(|name| match name {
        "loopback" => Some(AddressSpace::Loopback),
        "local" => Some(AddressSpace::Local),
        "public" => Some(AddressSpace::Public),
        _ => None,
    });
    init.referrer = text("referrer").map(str::to_owned);
    init.integrity = text("integrity").unwrap_or_default().to_owned();
    init.keepalive = step.init.get("keepalive").is_some_and(|value| value.as_bool() == Some(true));
    init.window = step.init.get("window").is_some_and(|value| !value.is_null());
    init.duplex_half = text("duplex") == Some("half");
    if let Some(body) = &step.body {
        let (body, content_type) = extract_body(body);
        init.body = Some(body);
        init.body_content_type = content_type.map(String::into_bytes);
    }
    Some(init)
}

/// An absent member is none; a value that the enumeration does not know throws.
fn member<T>(value: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match value {
        // The recorder passes no empty member on.
        None | Some("") => Some(None),
        Some(text) => read(text).map(Some),
    }
}

/// [Extract a body](https://fetch.spec.whatwg.org/#concept-bodyinit-extract)
fn extract_body(body: &case::Body) -> (Body, Option<String>) {
    let text = body.value.as_str().map_or_else(|| body.value.to_string(), str::to_owned);
    let known = |text: &str| Body::Bytes(Arc::from(text.as_bytes()));
    match body.kind.as_str() {
        "text" => (known(&text), Some("text/plain;charset=UTF-8".into())),
        "urlsearchparams" => {
            (known(&text), Some("application/x-www-form-urlencoded;charset=UTF-8".into()))
        }
        "formdata" => (known(&text), Some("multipart/form-data; boundary=----boundary".into())),
        "blob" => (
            known(&text),
            body.mime
                .clone()
                .filter(|mime| is_blob_type(mime))
                .map(|mime| mime.to_ascii_lowercase()),
        ),
        "stream" => (Body::Stream, None),
        _ => (known(&text), None),
    }
}

fn compare_step(
    position: usize,
    outcome: &Outcome,
    seen: &RecordedStep,
    comparison: &mut Comparison,
) {
    let predicted = if matches!(outcome, Outcome::Resolved(..)) { "resolved" } else { "rejected" };
    comparison.cors(format!("step {position} outcome"), &predicted, &seen.outcome);
    let (Outcome::Resolved(response, body), Some(recorded)) = (outcome, &seen.response) else {
        return;
    };
    let facet = |name: &str| format!("step {position} {name}");
    comparison.cors(facet("type"), &response.response_type().as_str(), &recorded.kind);
    comparison.cors(facet("status"), &response.status(), &recorded.status);
    comparison.cors(facet("redirected"), &response.redirected(), &recorded.redirected);
    comparison.cors(facet("url"), &response.url().map_or("", Url::as_str), &recorded.url);
    comparison.cors(facet("headers"), &readable(response), &lines(&recorded.headers));
    let null = matches!(response.body(), BodyAccess::Null | BodyAccess::Hidden);
    comparison.ambient(facet("body null"), &null, &recorded.body_null);
    if let Some(text) = &recorded.text {
        let shown: String = String::from_utf8_lossy(body).chars().take(200).collect();
        comparison.cors(facet("text"), &shown, text);
    }
}

/// As `[...response.headers]` has them: combined, in lower case, sorted.
fn readable(response: &FilteredResponse) -> String {
    let mut names: Vec<Vec<u8>> =
        response.headers().iter().map(|header| header.name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let pairs: Vec<(String, String)> = names
        .iter()
        .map(|name| (latin1(name), latin1(&response.headers().get(name).unwrap_or_default())))
        .collect();
    lines(&pairs)
}

fn lines(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

fn compare_requests(
    case: &Case,
    seen: &[Seen],
    recorded: &[RecordedRequest],
    comparison: &mut Comparison,
) {
    let line = |preflight: bool, method: &str, to: &str, target: &str| {
        format!("{} {method} {to}{target}", if preflight { "preflight" } else { "actual" })
    };
    let predicted: Vec<String> = seen
        .iter()
        .map(|seen| {
            let url = &seen.wire.url;
            let to = format!(
                "{}://{}",
                url.scheme(),
                url.authority().rsplit('@').next().unwrap_or_default()
            );
            let query = url.query().map_or(String::new(), |query| format!("?{query}"));
            line(seen.preflight, &latin1(&seen.wire.method), &to, &format!("{}{query}", url.path()))
        })
        .collect();
    let got: Vec<String> = recorded
        .iter()
        .map(|request| {
            line(request.kind == "preflight", &request.method, &request.to, &request.target)
        })
        .collect();
    comparison.cors("requests", &predicted.join("\n"), &got.join("\n"));
    if predicted != got {
        return;
    }
    for (position, (seen, recorded)) in seen.iter().zip(recorded).enumerate() {
        compare_headers(case, position, seen, recorded, comparison);
    }
}

fn compare_headers(
    case: &Case,
    position: usize,
    seen: &Seen,
    recorded: &RecordedRequest,
    comparison: &mut Comparison,
) {
    let mut names: Vec<String> = [
        "origin",
        "access-control-request-method",
        "access-control-request-headers",
        "authorization",
        "content-type",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(
        case.steps.iter().flat_map(|step| &step.headers).map(|(name, _)| name.to_ascii_lowercase()),
    );
    names.sort();
    names.dedup();
    let ambient = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    for name in &names {
        // What the page may not set is the sender's; what the recorder leaves out is not compared.
        let own = corsage::terms::header_name::is_forbidden_request_header(name.as_bytes());
        if own
            && !matches!(
                name.as_str(),
                "origin" | "access-control-request-method" | "access-control-request-headers"
            )
        {
            continue;
        }
        let predicted =
            seen.wire.headers.get(name.as_bytes()).map(|value| normal(name, &latin1(&value)));
        let got = recorded_value(recorded, name).map(|value| normal(name, &value));
        let facet = format!("request {position} {name}");
        match name.as_str() {
            // The sender's defaults, unless the page set them.
            "accept" | "accept-language" | "user-agent" | "cache-control" | "pragma"
            | "priority" | "intervention"
                if seen.preflight || predicted.is_none() || !page_set(case, name) =>
            {
                continue;
            }
            "range" if !seen.preflight => comparison.ambient(facet, &show(predicted), &show(got)),
            _ => comparison.cors(facet, &show(predicted), &show(got)),
        }
    }
    for name in ambient {
        let predicted = seen.wire.headers.get(name.as_bytes()).map(|value| latin1(&value));
        comparison.ambient(
            format!("request {position} {name}"),
            &show(predicted),
            &show(recorded_value(recorded, name)),
        );
    }
    let referer = seen.wire.headers.contains(b"referer");
    comparison.ambient(format!("request {position} referer"), &referer, &recorded.referer);
    let cookie = recorded.headers.iter().any(|(name, _)| name == "cookie");
    comparison.ambient(format!("request {position} cookie"), &seen.cookie, &cookie);
}

fn page_set(case: &Case, name: &str) -> bool {
    case.steps.iter().flat_map(|step| &step.headers).any(|(set, _)| set.eq_ignore_ascii_case(name))
}

fn recorded_value(recorded: &RecordedRequest, name: &str) -> Option<String> {
    let values: Vec<&str> = recorded
        .headers
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn show(value: Option<String>) -> String {
    value.unwrap_or_else(|| "(absent)".into())
}

/// Boundaries are random, and servers see no blanks at the ends.
fn normal(name: &str, value: &str) -> String {
    match value.split_once("boundary=") {
        Some((before, _)) if name == "content-type" => format!("{before}boundary"),
        _ => value.trim_matches([' ', '\t']).to_owned(),
    }
}

/// A transcript, for people.
pub(crate) fn tell(transcript: &Transcript) -> String {
    let mut text = String::new();
    for event in transcript.events() {
        text += &match event {
            Event::Sent(wire) => {
                let headers = wire.headers.iter();
                let headers: Vec<String> = headers
                    .map(|header| {
                        format!("    {}: {}", latin1(&header.name), latin1(&header.value))
                    })
                    .collect();
                format!("> {} {}\n{}\n", latin1(&wire.method), wire.url, headers.join("\n"))
            }
            Event::Received(response) => {
                let headers = response.headers.iter();
                let headers: Vec<String> = headers
                    .map(|header| {
                        format!("    {}: {}", latin1(&header.name), latin1(&header.value))
                    })
                    .collect();
                format!("< {}\n{}\n", response.status, headers.join("\n"))
            }
            Event::Note(note) => format!("  note {}\n", note.code),
            Event::Blocked(blocker) => format!("  blocked {}\n", blocker.code),
            _ => String::new(),
        };
    }
    text
}

/// [Blob's type](https://w3c.github.io/FileAPI/#constructorBlob): anything but printable ASCII makes it empty.
fn is_blob_type(mime: &str) -> bool {
    !mime.is_empty() && mime.bytes().all(|byte| (0x20..=0x7E).contains(&byte))
}
