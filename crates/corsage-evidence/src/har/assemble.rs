//! From entries to what a page asked and what it was answered: preflights joined with their requests, redirects
//! with their targets.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, Message, Pending, PreflightCache, Profile, Request, Step, WireFailure,
    WireResponse, fetch,
};
use corsage_diagnosis::account::MessageName;
use corsage_diagnosis::{Exchange, Failure, Observation, Source};

use super::entry::{failure, redirect_target};
use super::read::{Archive, RawEntry};
use crate::request::{Copied, Credentials, Load, NOT_RECORDED};
use crate::sent_headers::{is_browsers_own, is_of_the_cache};

/// No fetch sends more: 21 requests, each with a preflight.
const MAX_MESSAGES: usize = 48;

/// Which entries belong together.
pub(super) struct Index<'x> {
    preflights: HashMap<&'x str, Vec<usize>>,
    requests: HashMap<&'x str, Vec<usize>>,
    /// Preflights that no request follows.
    pub(super) lone: HashSet<usize>,
    /// Targets of redirects, which are judged with the request that led there.
    pub(super) targets: HashSet<usize>,
}

impl<'x> Index<'x> {
    pub(super) fn new(archive: &'x Archive<'_>) -> Self {
        let mut index = Self {
            preflights: HashMap::new(),
            requests: HashMap::new(),
            lone: HashSet::new(),
            targets: HashSet::new(),
        };
        for (number, entry) in archive.entries.iter().enumerate() {
            let map =
                if entry.is_preflight() { &mut index.preflights } else { &mut index.requests };
            map.entry(entry.url()).or_default().push(number);
        }
        for (number, entry) in archive.entries.iter().enumerate() {
            if entry.is_preflight() {
                let method = entry.header("access-control-request-method").unwrap_or_default();
                let followed = index.requests.get(entry.url()).is_some_and(|requests| {
                    requests.iter().any(|request| {
                        archive.entries[*request].method().eq_ignore_ascii_case(method)
                    })
                });
                if !followed {
                    index.lone.insert(number);
                }
            } else if let Some(target) = index.target(archive, number) {
                index.targets.insert(target);
            }
        }
        index
    }

    /// The entry that a redirect leads to: the next one for its URL.
    fn target(&self, archive: &Archive<'_>, from: usize) -> Option<usize> {
        let url = redirect_target(&archive.entries[from])?;
        let url = url.as_str().split('#').next().unwrap_or_default();
        let started = archive.entries[from].started();
        let later =
            |number: &&usize| **number != from && archive.entries[**number].started() >= started;
        self.requests
            .get(url)?
            .iter()
            .filter(later)
            .min_by_key(|number| archive.entries[**number].started())
            .copied()
    }

    /// Where the redirects of a request end.
    pub(super) fn last(&self, archive: &Archive<'_>, from: usize) -> usize {
        let mut last = from;
        for _ in 0..MAX_MESSAGES {
            match self.target(archive, last) {
                Some(next) => last = next,
                None => break,
            }
        }
        last
    }

    /// The preflight of a request: the last one before it, else the next one.
    pub(super) fn preflight(&self, archive: &Archive<'_>, of: usize) -> Option<usize> {
        let request = &archive.entries[of];
        let fits = |number: &&usize| {
            let preflight = &archive.entries[**number];
            let method = preflight.header("access-control-request-method").unwrap_or_default();
            let same_page = match (preflight.header("origin"), request.header("origin")) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            // What is not recorded fits: tools leave headers out.
            (method.is_empty() || method.eq_ignore_ascii_case(request.method())) && same_page
        };
        let all: Vec<&usize> = self.preflights.get(request.url())?.iter().filter(fits).collect();
        let started = |number: &&&usize| archive.entries[***number].started().to_owned();
        // Browsers write both down at the same moment, in either order.
        let own = request.started();
        all.iter()
            .filter(|number| archive.entries[***number].started() <= own)
            .max_by_key(started)
            .or_else(|| all.iter().min_by_key(started))
            .map(|number| **number)
    }
}

/// The request of an entry, as far as a page could have made it. With a recorded preflight its list of headers
/// decides which of them the page set.
pub(super) fn copied(archive: &Archive<'_>, number: usize, preflight: Option<usize>) -> Copied {
    let entry = &archive.entries[number];
    let mut copied = Copied {
        url: Some(entry.url().to_owned()),
        method: Some(entry.method().to_owned()),
        page: entry.page(archive).map(str::to_owned),
        mode: entry.mode().filter(|mode| *mode != corsage::browser::Mode::Navigate),
        load: entry.load(),
        ..Copied::default()
    };
    if entry.is_preflight() {
        copied.load = Load::Fetch;
        copied.method = entry.header("access-control-request-method").map(str::to_owned);
        copied.headers = names(entry).map(|name| (name, NOT_RECORDED.to_owned())).collect();
        return copied;
    }
    if copied.mode.is_none() && entry.uses_cors() {
        copied.mode = Some(corsage::browser::Mode::Cors);
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

/// Lets the machine ask, and answers it with what was recorded.
pub(super) fn observe(
    archive: &Archive<'_>,
    index: &Index<'_>,
    number: usize,
    copied: &Copied,
    client: Client,
    credentials: CredentialsMode,
    profile: Profile,
) -> Observation {
    let mut observation = Observation {
        loads: Vec::new(),
        init: copied.init(credentials),
        client,
        profile,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: corsage_diagnosis::Beyond::default(),
        reachable: None,
        page_space: None,
        target_space: None,
    };
    let Ok(request) = Request::new(observation.init.clone(), &observation.client, profile) else {
        return observation;
    };
    let mut cache = PreflightCache::default();
    let mut current = Some(number);
    let mut step = fetch(request, &observation.client, profile, &mut cache, Duration::ZERO);
    while let Step::Send(pending) = step {
        if observation.exchanges.len() >= MAX_MESSAGES {
            break;
        }
        let Some(entry) = current else { break };
        let answer = match pending.message() {
            Message::Preflight => preflight_answer(archive, index, entry, &pending),
            Message::Request if archive.entries[entry].is_preflight() => None,
            Message::Request => {
                current = index.target(archive, entry);
                recorded(&archive.entries[entry]).map(|answer| (answer, Source::Recorded))
            }
        };
        let Some((answer, source)) = answer else { break };
        observation.exchanges.push(Exchange {
            kind: MessageName::from(pending.message()),
            hop: pending.hop(),
            request: pending.wire().clone(),
            answer: answer.clone(),
            content: None,
            source,
        });
        step = pending.receive(answer.map_err(|failure| failure.kind), &mut cache, Duration::ZERO);
    }
    observation
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
    pending: &Pending,
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
        None if own.status().is_some() => Some((Ok(granting(pending)), Source::Inferred)),
        None => None,
    }
}

/// A preflight's answer that grants exactly what is asked.
fn granting(pending: &Pending) -> WireResponse {
    let asked = &pending.wire().headers;
    let mut headers = corsage::browser::HeaderList::default();
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
