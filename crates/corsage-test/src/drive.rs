//! Steps the machine through one fetch, and keeps what went over the wire.

use std::time::Duration;

use bytes::Bytes;
use corsage::browser::load::{Content, Document, Load, LoadStep, Sight, load};
use corsage::browser::{
    Client, FilteredResponse, HeaderList, NetworkError, PreflightCache, Profile, Request,
    RequestInit, ResponseType, SendCredentials, Step, WireFailure, WireRequest, WireResponse,
    fetch,
};
use corsage_diagnosis::account::MessageName;
use corsage_diagnosis::{Failure as WireProblem, Language, Observation, account};
use http::header::{COOKIE, HOST};

use crate::{Blocked, Failure, Server};

/// What the page wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    ToUse,
    ToLookInto,
}

pub(crate) async fn drive(
    init: &RequestInit,
    reads: &[String],
    cookies: &[String],
    client: &Client,
    browser: Profile,
    server: &impl Server,
) -> Result<FilteredResponse, Failure> {
    let request = Request::new(init.clone(), client, browser).map_err(Failure::Refused)?;
    let mut observation = observation(init, client, browser);
    // One fetch: nothing that its cache holds has time to grow old, and WebAssembly has no clock.
    let mut cache = PreflightCache::new();
    let mut step = fetch(request, client, browser, &mut cache, Duration::ZERO);
    let outcome = loop {
        step = match step {
            Step::Send(pending) => {
                let answer = answer(server, pending.wire(), cookies).await.map_err(|kind| {
                    let text = format!("no answer: {kind:?}");
                    WireProblem { kind, text }
                });
                let answer = observation.record(&pending, answer);
                pending.receive(answer, &mut cache, Duration::ZERO)
            }
            Step::Finish(finished) => break finished.outcome,
        };
    };
    let response = outcome.map_err(|error| failure(error, &observation, browser))?;
    if response.response_type() == ResponseType::Basic {
        return Err(Failure::SameOrigin(client.origin.to_string()));
    }
    for name in reads {
        if response.headers().contains(name.as_bytes()) {
            continue;
        }
        let last = observation.exchanges.last().and_then(|exchange| exchange.answer.as_ref().ok());
        let hidden = last.is_some_and(|answer| answer.headers.contains(name.as_bytes()));
        let failure = if hidden { Failure::HeaderNotExposed } else { Failure::HeaderMissing };
        return Err(failure(name.clone()));
    }
    Ok(response)
}

/// The URL of a request, no preflight, that was answered as if nothing were there.
fn nothing_there(observation: &Observation) -> Option<String> {
    let last = observation.exchanges.last()?;
    let status = last.answer.as_ref().ok()?.status;
    (status == 404 && last.kind == MessageName::Request).then(|| last.request.url.to_string())
}

pub(crate) async fn drive_load(
    asked: &Load,
    wants: Wants,
    cookies: &[String],
    client: &Client,
    browser: Profile,
    server: &impl Server,
) -> Result<Sight, Failure> {
    let mut observation = observation(&asked.as_init(client, browser), client, browser);
    observation.loads.push(asked.clone());
    let mut document = Document::new();
    let mut step = load(asked.clone(), client, browser, &mut document, Duration::ZERO)
        .map_err(Failure::Refused)?;
    let loaded = loop {
        step = match step {
            LoadStep::Finish(loaded) => break loaded,
            LoadStep::Request(pending) => {
                let answer = answer(server, pending.wire(), cookies).await.map_err(|kind| {
                    let text = format!("no answer: {kind:?}");
                    WireProblem { kind, text }
                });
                let answer = observation.record(pending.pending(), answer);
                let content = answer
                    .as_ref()
                    .map(|response| Content::declared(&response.headers))
                    .unwrap_or_default();
                pending.receive(answer, &content, &mut document, Duration::ZERO)
            }
        };
    };
    match (&loaded.outcome, loaded.closed()) {
        (Err(error), _) => Err(failure(error.clone(), &observation, browser)),
        (Ok(_), Some(closed)) if wants == Wants::ToLookInto => Err(Failure::Closed(closed)),
        (Ok(_), _) => Ok(loaded.sight),
    }
}

fn failure(error: NetworkError, observation: &Observation, browser: Profile) -> Failure {
    let account = account(observation, &[browser], Language::English);
    let missing = nothing_there(observation);
    let blocked = Box::new(Blocked { error, account, browser });
    match missing {
        Some(url) => Failure::NothingThere(url, blocked),
        None => Failure::Blocked(blocked),
    }
}

fn observation(init: &RequestInit, client: &Client, browser: Profile) -> Observation {
    Observation {
        init: init.clone(),
        loads: Vec::new(),
        client: client.clone(),
        profile: browser,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: corsage_diagnosis::Beyond::default(),
        reachable: None,
        page_space: None,
        target_space: None,
    }
}

async fn answer(
    server: &impl Server,
    wire: &WireRequest,
    cookies: &[String],
) -> Result<WireResponse, WireFailure> {
    let request = to_http(wire, cookies).ok_or(WireFailure::Malformed)?;
    let response = server.answer(request).await?;
    let mut headers = HeaderList::new();
    for (name, value) in response.headers() {
        headers.push_line(name.as_str(), value.as_bytes().trim_ascii());
    }
    Ok(WireResponse { status: response.status().as_u16(), status_text: Vec::new(), headers })
}

fn to_http(wire: &WireRequest, cookies: &[String]) -> Option<http::Request<Bytes>> {
    let mut url = wire.url.clone();
    url.set_fragment(None);
    let mut request = http::Request::builder().method(wire.method.as_slice()).uri(url.as_str());
    if let Some(host) = url.host_str() {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        request = request.header(HOST, format!("{host}{port}"));
    }
    for header in wire.headers.iter() {
        request = request.header(header.name.as_slice(), header.value.as_slice());
    }
    if wire.credentials == SendCredentials::Include && !cookies.is_empty() {
        request = request.header(COOKIE, cookies.join("; "));
    }
    request.body(wire.body.as_deref().map(Bytes::copy_from_slice).unwrap_or_default()).ok()
}
