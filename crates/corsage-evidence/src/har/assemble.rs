//! From entries to what a page asked and what it was answered.

use std::time::Duration;

use corsage::browser::load::Load;
use corsage::browser::{
    Client, CredentialsMode, HeaderList, Mode, PreflightCache, Profile, Request, RequestInit, Step,
    WireFailure, WireRequest, WireResponse, fetch,
};
use corsage_diagnosis::account::MessageName;
use corsage_diagnosis::{Exchange, Failure, Observation, Source, due};

use super::entry::failure;
use super::index::Index;
use super::read::{Archive, RawEntry};
use crate::request::{Copied, Credentials, Load as LoadedBy, NOT_RECORDED};
use crate::sent_headers::{is_browsers_own, is_of_the_cache};

/// No fetch sends more: 21 requests, each with a preflight.
const MAX_MESSAGES: usize = 48;

/// The request of an entry, as far as a page could have made it. With a recorded preflight its list of headers
/// decides which of them the page set.
pub(super) fn copied(archive: &Archive<'_>, number: usize, preflight: Option<usize>) -> Copied {
    let entry = &archive.entries[number];
    let mut copied = Copied {
        url: Some(entry.url().to_owned()),
        method: Some(entry.method().to_owned()),
        page: entry.page(archive).map(str::to_owned),
        mode: entry.mode().filter(|mode| *mode != Mode::Navigate),
        load: entry.load(),
        ..Copied::default()
    };
    if entry.is_preflight() {
        copied.load = LoadedBy::Fetch;
        copied.method = entry.header("access-control-request-method").map(str::to_owned);
        copied.headers = names(entry).map(|name| (name, NOT_RECORDED.to_owned())).collect();
        return copied;
    }
    if copied.mode.is_none() && entry.uses_cors() {
        copied.mode = Some(Mode::Cors);
    }
    copied.data = entry.body().map(|(_, text)| text.to_owned());
    let recorded = preflight.map(|preflight| &archive.entries[preflight]);
    match recorded.filter(|preflight| preflight.header("access-control-request-method").is_some()) {
        Some(preflight) => {
            for name in names(preflight) {
                let value = entry.header(&name).unwrap_or(NOT_RECORDED).to_owned();
                copied.headers.push((name, value));
            }
            let typed = copied.headers.iter().any(|(name, _)| name == "content-type");
            if let Some(value) = entry.header("content-type").filter(|_| !typed) {
                copied.headers.push(("content-type".to_owned(), value.to_owned()));
            }
        }
        None => {
            for header in &entry.request.headers.0 {
                let (name, value) = (header.name.as_str().trim(), header.value.as_str().trim());
                if !is_browsers_own(name, value) && !is_of_the_cache(name) {
                    copied.headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
    }
    if let Some(cookie) = entry.header("cookie") {
        copied.cookies.push(cookie.to_owned());
    }
    let cookies = !copied.cookies.is_empty() || entry.request.cookies.0 > 0;
    if cookies {
        copied.credentials = Credentials::Known(CredentialsMode::Include);
    }
    copied
}

fn names(preflight: &RawEntry<'_>) -> impl Iterator<Item = String> {
    preflight
        .header("access-control-request-headers")
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
}

/// What was recorded of one request, for a machine that asks.
pub(super) struct Recorded<'x, 'a> {
    pub(super) archive: &'x Archive<'a>,
    pub(super) index: &'x Index<'x>,
    /// The request, and those that its redirects led to.
    pub(super) chain: Vec<usize>,
}

impl<'a> Recorded<'_, 'a> {
    /// Where the redirects end.
    pub(super) fn last(&self) -> &RawEntry<'a> {
        &self.archive.entries[self.chain.last().copied().unwrap_or_default()]
    }

    /// Lets the machine of `fetch()` ask, and answers it with what was recorded.
    pub(super) fn fetched(
        &self,
        init: RequestInit,
        client: Client,
        profile: Profile,
    ) -> Observation {
        let mut observation = observation(init, Vec::new(), client, profile);
        let Ok(request) = Request::new(observation.init.clone(), &observation.client, profile)
        else {
            return observation;
        };
        let mut cache = PreflightCache::default();
        let mut step = fetch(request, &observation.client, profile, &mut cache, Duration::ZERO);
        while let Step::Send(pending) = step {
            let kind = MessageName::from(pending.message());
            let recorded = self.write_down(&mut observation, kind, pending.hop(), pending.wire());
            let Some(answer) = recorded else { break };
            step =
                pending.receive(answer.map_err(|failure| failure.kind), &mut cache, Duration::ZERO);
        }
        observation
    }

    /// The same for what an element loads.
    pub(super) fn loaded(&self, load: &Load, client: Client, profile: Profile) -> Observation {
        let init = load.as_init(&client, profile);
        let loads = vec![load.clone()];
        let mut observation = observation(init, loads.clone(), client, profile);
        while let Some(due) = due(&observation, &loads, profile) {
            if self.write_down(&mut observation, due.kind, due.hop, &due.request).is_none() {
                break;
            }
        }
        observation
    }

    /// Puts a message and its recorded answer into the observation, and gives back the answer.
    fn write_down(
        &self,
        observation: &mut Observation,
        kind: MessageName,
        hop: usize,
        wire: &WireRequest,
    ) -> Option<Answer> {
        let entry = *self.chain.get(hop)?;
        if observation.exchanges.len() >= MAX_MESSAGES {
            return None;
        }
        let (answer, source) = match kind {
            MessageName::Preflight => preflight_answer(self.archive, self.index, entry, wire)?,
            _ if self.archive.entries[entry].is_preflight() => return None,
            _ => (recorded(&self.archive.entries[entry])?, Source::Recorded),
        };
        let (request, content) = (wire.clone(), None);
        let given = answer.clone();
        observation.exchanges.push(Exchange { kind, hop, request, answer, content, source });
        Some(given)
    }
}

fn observation(
    init: RequestInit,
    loads: Vec<Load>,
    client: Client,
    profile: Profile,
) -> Observation {
    Observation {
        loads,
        init,
        client,
        profile,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: corsage_diagnosis::Beyond::default(),
        reachable: None,
        page_space: None,
        target_space: None,
    }
}

type Answer = Result<WireResponse, Failure>;

/// What the entry says came back; `None` if it says nothing.
fn recorded(entry: &RawEntry<'_>) -> Option<Answer> {
    match (entry.response(), entry.error().and_then(|error| Some((failure(error)?, error)))) {
        // A connection that breaks after the head breaks the response too.
        (Some(response), None | Some((WireFailure::Aborted, _))) => Some(Ok(response)),
        (_, Some((kind, error))) => Some(Err(Failure { kind, text: error.to_owned() })),
        (None, None) => None,
    }
}

fn preflight_answer(
    archive: &Archive<'_>,
    index: &Index<'_>,
    entry: usize,
    wire: &WireRequest,
) -> Option<(Answer, Source)> {
    let own = &archive.entries[entry];
    if own.is_preflight() {
        return recorded(own).map(|answer| (answer, Source::Recorded));
    }
    let of_it =
        index.preflight(archive, entry).and_then(|preflight| recorded(&archive.entries[preflight]));
    match of_it {
        Some(answer) => Some((answer, Source::Recorded)),
        // It was not recorded, and the request after it was answered: so it passed.
        None if own.status().is_some() => Some((Ok(granting(&wire.headers)), Source::Inferred)),
        None => None,
    }
}

/// A preflight's answer that grants exactly what is asked.
fn granting(asked: &HeaderList) -> WireResponse {
    let mut headers = HeaderList::default();
    let pairs: [(&str, &[u8]); 3] = [
        ("access-control-allow-origin", b"origin"),
        ("access-control-allow-methods", b"access-control-request-method"),
        ("access-control-allow-headers", b"access-control-request-headers"),
    ];
    for (name, from) in pairs {
        if let Some(value) = asked.get(from) {
            headers.append(name, value);
        }
    }
    headers.append("access-control-allow-credentials", "true");
    WireResponse { status: 204, status_text: Vec::new(), headers }
}
