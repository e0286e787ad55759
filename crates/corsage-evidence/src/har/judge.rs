//! What became of one recorded request.

use corsage::browser::{Client, Code, CredentialsMode, Profile};
use corsage::terms::Origin;
use url::Url;

use super::assemble::{Recorded, copied};
use super::element;
use super::entry::corsage_evidence_code;
use super::index::Index;
use super::judged::{Judged, in_either_mode, judged};
use super::outcome::{Outcome, Why};
use super::read::{Archive, RawEntry};
use crate::page;
use crate::request::{Copied, Credentials, Load};

/// Judges the request of an entry by what was recorded.
pub(super) fn judge(
    archive: &Archive<'_>,
    index: &Index<'_>,
    number: usize,
    profiles: &[Profile],
) -> Judged {
    let entry = &archive.entries[number];
    let preflight = if entry.is_preflight() { None } else { index.preflight(archive, number) };
    let copied = copied(archive, number, preflight);
    let recorded = Recorded { archive, index, chain: index.chain(archive, number) };
    let element = copied.load.kind(copied.mode);
    if let Some(why) = why_apart(archive, entry, element.is_some()) {
        return apart(why, copied);
    }
    let Some(mut client) = copied.page.as_deref().and_then(page::client) else {
        return apart(Why::NoPage, copied);
    };
    if is_own(entry, &client) && super::entry::redirect_target(entry).is_none() {
        let network = entry.status().is_none().then(|| network_code(entry)).flatten();
        let mut judged = apart(Why::SameOrigin, copied);
        if let Some(code) = network {
            judged.outcome = Outcome::Network { code };
        }
        return judged;
    }
    if let Some(kind) = element {
        client.embedder_policy = index.embedder_policy(archive, number, &client.origin);
        return element::judge(&recorded, copied, kind, client, profiles);
    }
    let run = |copied: &Copied, credentials| {
        recorded.fetched(copied.init(credentials), client.clone(), profiles[0])
    };
    if entry.uses_cors() && copied.credentials == Credentials::Unknown {
        return in_either_mode(&recorded, copied, profiles, run);
    }
    let observation = run(&copied, CredentialsMode::SameOrigin);
    judged(&recorded, copied, profiles, observation)
}

/// What is not judged.
fn apart(why: Why, copied: Copied) -> Judged {
    Judged {
        outcome: Outcome::Apart(why),
        copied,
        observation: None,
        profiles: Vec::new(),
        otherwise: None,
    }
}

fn is_own(entry: &RawEntry<'_>, client: &Client) -> bool {
    let url = Url::parse(entry.url()).ok();
    url.and_then(|url| Origin::from_url(&url)).is_some_and(|origin| origin == client.origin)
}

/// Why an entry needs no replay.
fn why_apart(archive: &Archive<'_>, entry: &RawEntry<'_>, element: bool) -> Option<Why> {
    let url = entry.url();
    let aborted =
        entry.error().is_some_and(|error| corsage_evidence_code(error) == Some(Code::Aborted));
    Some(match entry.load() {
        Load::WebSocket => Why::WebSocket,
        Load::Navigation => Why::Navigation,
        _ if !(url.starts_with("http://") || url.starts_with("https://")) => Why::NotHttp,
        load if load != Load::Preflight
            && entry.is_opaque()
            && entry.mode().is_none()
            && matches!(load, Load::Fetch | Load::Xhr | Load::Other) =>
        {
            Why::Opaque
        }
        _ if aborted => Why::Aborted,
        load if !element && load != Load::Preflight && !entry.uses_cors() => Why::WithoutCors,
        _ if entry.page(archive).is_none() && !entry.uses_cors() => Why::WithoutCors,
        _ if entry.page(archive).is_none() => Why::NoPage,
        _ => return None,
    })
}

fn network_code(entry: &RawEntry<'_>) -> Option<Code> {
    entry.error().and_then(corsage_evidence_code)
}
