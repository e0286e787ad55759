//! The same answers under each browser's profile: what it decides, and what it prints.

use corsage::browser::load::{Load, LoadKind};
use corsage::browser::{Blocker, Code, Destination, Global, Initiator, Mode, ResponseType};
use corsage::terms::{Origin, site};
use url::Url;

use super::blockers::{Found, locate, verdict_of};
use super::load as of_load;
use super::model::{BrowserAccount, Verdict};
use super::wire::page_origin;
use crate::console::{Api, Browser, Occasion, Tainting, printed};
use crate::fix::joined;
use crate::machine::{lines_of, text};
use crate::observation::Observation;
use crate::redact;
use crate::replay::{Asked, Ending, Replay, replay};

/// Whether browsers come to the same end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    Agree,
    Differ,
}

/// What one browser comes to.
pub(super) fn judge(browser: Browser, observation: &Observation) -> BrowserAccount {
    let replay = replay(&Asked::of(observation), browser.profile(), &observation.exchanges);
    let (verdict, code) = verdict(&replay, observation);
    let mut console = match blamed(&replay, observation) {
        Some(found) => lines(browser, &found, &replay, observation),
        None => Vec::new(),
    };
    if let Some(noted) = noted(&replay, observation) {
        console.extend(lines(browser, &noted, &replay, observation));
    }
    let sees = replay.loaded.as_deref().map(of_load::sees);
    BrowserAccount { browser, verdict, code, console, sees }
}

/// The verdict of a replay, and the code that says it in one word.
pub(super) fn verdict(replay: &Replay, observation: &Observation) -> (Verdict, Option<Code>) {
    match &replay.ending {
        Ending::Open(_) => (Verdict::Undecided, None),
        Ending::Refused(error) => (Verdict::Blocked, Some(error.code)),
        Ending::Finished(finished) => match &finished.outcome {
            Ok(_) if of_load::tainted(replay).is_some() => {
                (Verdict::Blocked, Some(Code::CanvasTainted))
            }
            Ok(_) if replay.loaded.is_some() => (Verdict::Allowed, None),
            Ok(response) => match response.response_type() {
                ResponseType::Opaque => (Verdict::Blocked, Some(Code::OpaqueResponse)),
                ResponseType::OpaqueRedirect => (Verdict::Blocked, Some(Code::OpaqueRedirect)),
                ResponseType::Basic | ResponseType::Cors => (Verdict::Allowed, None),
            },
            Err(error) => {
                let code = error.blamed().code;
                (verdict_of(code, observation), Some(code))
            }
        },
    }
}

/// The condition that this browser blames.
fn blamed(replay: &Replay, observation: &Observation) -> Option<Found> {
    let blocker = match &replay.ending {
        Ending::Finished(finished) => finished.outcome.as_ref().err()?.blamed().clone(),
        Ending::Refused(error) => super::blockers::refusal(error.code, &error.value),
        Ending::Open(_) => return None,
    };
    Some(locate(blocker, 0, replay, &observation.exchanges, &observation.init))
}

/// What is printed although nothing fails.
fn noted(replay: &Replay, observation: &Observation) -> Option<Found> {
    let notes = &replay.loaded.as_ref()?.notes;
    let note = notes.iter().find(|note| note.code == Code::PreloadNotReused)?;
    let differs = note.detail.get(1).cloned();
    let blocker =
        Blocker { code: note.code, subject: differs, ..super::blockers::refusal(note.code, b"") };
    Some(locate(blocker, 0, replay, &observation.exchanges, &observation.init))
}

fn lines(
    browser: Browser,
    found: &Found,
    replay: &Replay,
    observation: &Observation,
) -> Vec<String> {
    let first = observation.exchanges.first().map(|exchange| &exchange.request.url);
    let first_url = first.map_or_else(
        || redact::address(&observation.init.url),
        |first| redact::url(&with_fragment(first, &observation.init.url)),
    );
    let url = match found.request.as_ref().map(|request| &request.url) {
        Some(url) if Some(url) != first => redact::url(url),
        _ => first_url.clone(),
    };
    let origin = page_origin(&observation.client);
    let sent_origin = found.sent_origin().unwrap_or_else(|| origin.clone());
    let seen = found.blocker.seen.as_deref().map(text);
    let subject = found.blocker.subject.as_deref().map(|subject| redact::address(&text(subject)));
    let written = match browser {
        Browser::Webkit => subject.as_deref().and_then(|name| as_written(name, observation)),
        Browser::Chromium | Browser::Firefox => None,
    };
    let subject = written.or(subject);
    let method = observation.init.method.as_deref().map_or_else(|| "GET".to_owned(), text);
    let header = found.blocker.header.unwrap_or_default();
    let response = found.response.as_ref();
    let location = response
        .filter(|response| matches!(response.status, 301 | 302 | 303 | 307 | 308))
        .and_then(|response| joined(&response.headers, "location"));
    let target = location.map(|location| {
        let base = found.request.as_ref().map(|request| &request.url);
        base.and_then(|base| base.join(&location).ok()).map_or(location, |url| redact::url(&url))
    });
    printed(
        browser,
        &Occasion {
            code: found.blocker.code,
            api: api(replay, observation),
            method: &method,
            url: &url,
            first_url: &first_url,
            tainting: tainting(found, observation),
            redirects_to: target.as_deref(),
            page_origin: &origin,
            sent_origin: &sent_origin,
            seen: seen.as_deref(),
            lines: response.map_or(0, |response| {
                lines_of(&response.headers)
                    .filter(|line| line.name.eq_ignore_ascii_case(header.as_bytes()))
                    .count()
            }),
            subject: subject.as_deref(),
            status: response.map(|response| response.status),
            reports_script: reports_script(replay, observation),
            is_cross_site: is_cross_site(&first_url, observation),
        },
    )
}

/// What asks, as browsers speak of it: a preload that answers has asked itself.
fn api(replay: &Replay, observation: &Observation) -> Api {
    let destination = observation.init.destination;
    let last = observation.loads.last().map(Load::kind);
    match (observation.init.initiator, last) {
        (Initiator::XmlHttpRequest, _) => Api::XmlHttpRequest,
        (_, Some(LoadKind::Fetch)) if replay.is_preloaded() => {
            Api::Load(LoadKind::Preload, destination)
        }
        (_, Some(kind)) if kind != LoadKind::Fetch => Api::Load(kind, destination),
        (Initiator::Beacon, _) => Api::Load(LoadKind::Beacon, Destination::Empty),
        (Initiator::Other, None) if destination != Destination::Empty => Api::Element(destination),
        _ => Api::Fetch,
    }
}

/// Whether a document's loader of scripts tells of a failure: of what a module's preload has failed with already, it does not.
fn reports_script(replay: &Replay, observation: &Observation) -> bool {
    let Some(load) = observation.loads.last() else { return false };
    observation.client.global == Global::Window
        && load.integrity_metadata().is_empty()
        && (load.kind() == LoadKind::Script || !replay.is_preloaded())
}

/// What was asked, as the page wrote it: its fragment is not sent, and printed.
fn with_fragment(sent: &Url, written: &str) -> Url {
    let mut url = sent.clone();
    url.set_fragment(written.split_once('#').map(|(_, fragment)| fragment));
    url
}

/// Whether that address is of another site than the page.
fn is_cross_site(url: &str, observation: &Observation) -> bool {
    let client = &observation.client;
    let other = |url: Url| {
        let origin = Origin::parse(&url.origin().ascii_serialization()).ok()?;
        Some(!site::is_same_site(&client.origin, &origin, &*client.public_suffixes))
    };
    Url::parse(url).ok().and_then(other).unwrap_or(true)
}

/// The page's own spelling of a header's name.
fn as_written(name: &str, observation: &Observation) -> Option<String> {
    let names = observation.init.headers.iter().map(|(written, _)| text(written));
    names.into_iter().find(|written| written.eq_ignore_ascii_case(name))
}

/// As what the response was asked for that failed.
fn tainting(found: &Found, observation: &Observation) -> Tainting {
    let page = page_origin(&observation.client);
    let requests =
        observation.exchanges.iter().filter(|exchange| exchange.hop <= found.blocker.hop);
    let urls = requests.map(|exchange| &exchange.request.url);
    let is_cross_origin = urls.map(Url::origin).any(|origin| origin.ascii_serialization() != page);
    match observation.init.mode {
        _ if !is_cross_origin => Tainting::Basic,
        Some(Mode::NoCors) => Tainting::Opaque,
        _ => Tainting::Cors,
    }
}
