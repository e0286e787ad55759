//! What became of one recorded request.

use corsage::browser::{Code, CredentialsMode, Profile};
use corsage::terms::Origin;
use corsage_diagnosis::account::{Verdict, judge as replayed};
use corsage_diagnosis::{Observation, RemarkKind};
use url::Url;

use super::assemble::{Index, copied, observe};
use super::entry::corsage_evidence_code;
use super::read::{Archive, RawEntry};
use crate::page;
use crate::request::{Copied, Credentials, Load};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The page may read the response, or what it loads is loaded.
    Readable,
    /// The browser kept the response from the page.
    Blocked {
        /// Why.
        code: Code,
        /// How sure that is.
        certainty: Certainty,
    },
    /// The network failed, which is not CORS.
    Network {
        /// How.
        code: Code,
    },
    /// It failed, and what was recorded does not say at what.
    Unknown,
    /// It is not judged by CORS.
    Apart(Why),
}

/// How sure a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The recorded answers fail that condition.
    Recorded,
    /// The answer was not recorded: browsers report this failure so, and that is what is wrong most often.
    Probable,
}

/// Why a request is not judged by CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The page's own origin answers.
    SameOrigin,
    /// A page is loaded.
    Navigation,
    /// A WebSocket.
    WebSocket,
    /// An element's load without CORS.
    WithoutCors,
    /// Script asked in mode `no-cors`, and gets nothing to read.
    Opaque,
    /// Somebody gave up before it ended.
    Aborted,
    /// Which page asked was not recorded.
    NoPage,
    /// Not an http URL.
    NotHttp,
}

impl Why {
    /// What is to be said about it.
    #[must_use]
    pub fn remark(self) -> RemarkKind {
        match self {
            Self::SameOrigin => RemarkKind::ApartSameOrigin,
            Self::Navigation => RemarkKind::ApartNavigation,
            Self::WebSocket => RemarkKind::ApartWebSocket,
            Self::WithoutCors => RemarkKind::ApartWithoutCors,
            Self::Opaque => RemarkKind::ApartOpaque,
            Self::Aborted => RemarkKind::ApartAborted,
            Self::NoPage => RemarkKind::ApartNoPage,
            Self::NotHttp => RemarkKind::ApartNotHttp,
        }
    }
}

/// A request that was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What became of it.
    pub outcome: Outcome,
    /// The request as the page made it.
    pub copied: Copied,
    /// What was asked and answered, for an account; `None` if CORS has no say.
    pub observation: Option<Observation>,
    /// The same in the other credentials mode, where that comes to another verdict and the archive does not tell
    /// which one the page asked in.
    pub otherwise: Option<Box<Observation>>,
}

/// The browser that wrote an archive, if it is one.
pub(super) fn profile(archive: &Archive<'_>) -> Option<Profile> {
    let creator = archive.creator.to_ascii_lowercase();
    if creator.starts_with("firefox") {
        Some(Profile::Firefox)
    } else if creator.contains("webkit") || creator.contains("safari") {
        Some(Profile::Webkit)
    } else if ["webinspector", "playwright", "puppeteer", "chrome", "edge", "brave"]
        .iter()
        .any(|name| creator.contains(name))
    {
        Some(Profile::Chromium)
    } else {
        None
    }
}

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
    let apart = |why: Why, copied: Copied| Judged {
        outcome: Outcome::Apart(why),
        copied,
        observation: None,
        otherwise: None,
    };
    if let Some(why) = why_apart(archive, entry) {
        return apart(why, copied);
    }
    let Some(client) = copied.page.as_deref().and_then(page::client) else {
        return apart(Why::NoPage, copied);
    };
    let redirected = super::entry::redirect_target(entry).is_some();
    let own = Url::parse(entry.url())
        .ok()
        .and_then(|url| Origin::from_url(&url))
        .is_some_and(|origin| origin == client.origin);
    if own && !redirected {
        let network = entry.status().is_none().then(|| network_code(entry)).flatten();
        let mut judged = apart(Why::SameOrigin, copied);
        if let Some(code) = network {
            judged.outcome = Outcome::Network { code };
        }
        return judged;
    }
    let run = |credentials| {
        observe(archive, index, number, &copied, client.clone(), credentials, profiles[0])
    };
    let omit = run(CredentialsMode::SameOrigin);
    let judged = replayed(&omit, profiles);
    if !matches!(copied.credentials, Credentials::Unknown) || !entry.uses_cors() {
        let last = &archive.entries[index.last(archive, number)];
        let outcome = outcome(archive, last, judged);
        return Judged { outcome, copied, observation: Some(omit), otherwise: None };
    }
    let include = run(CredentialsMode::Include);
    let with = replayed(&include, profiles);
    // Of a chain of redirects the last one tells how it ended.
    let last = &archive.entries[index.last(archive, number)];
    let failed = last.error().is_some();
    let succeeded = !failed && records_errors(archive);
    // What was recorded tells which mode it was, where the two differ.
    let (observation, judged, otherwise) = match (judged.0, with.0) {
        (Verdict::Allowed, Verdict::Blocked) if failed && last.status().is_some() => {
            (include, with, None)
        }
        (Verdict::Undecided, Verdict::Blocked) if failed => (include, with, None),
        (Verdict::Allowed, Verdict::Blocked) if !succeeded => {
            (omit, judged, Some(Box::new(include)))
        }
        _ => (omit, judged, None),
    };
    let mut copied = copied;
    if observation.init.credentials == Some(CredentialsMode::Include) {
        copied.credentials = Credentials::Known(CredentialsMode::Include);
        copied.remark(RemarkKind::CredentialsProven, &[]);
    }
    let outcome = outcome(archive, last, judged);
    Judged { outcome, copied, observation: Some(observation), otherwise }
}

/// Whether that tool writes down that a response was kept from the page.
fn records_errors(archive: &Archive<'_>) -> bool {
    archive.creator.to_ascii_lowercase().starts_with("webinspector")
        && archive.entries.iter().any(|entry| !entry.resource_type.as_str().is_empty())
}

fn why_apart(archive: &Archive<'_>, entry: &RawEntry<'_>) -> Option<Why> {
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
        load if load != Load::Preflight && !entry.uses_cors() => Why::WithoutCors,
        _ if entry.page(archive).is_none() => Why::NoPage,
        _ => return None,
    })
}

fn network_code(entry: &RawEntry<'_>) -> Option<Code> {
    entry.error().and_then(corsage_evidence_code)
}

fn outcome(
    archive: &Archive<'_>,
    entry: &RawEntry<'_>,
    judged: (Verdict, Option<Code>),
) -> Outcome {
    let certain = |code| Outcome::Blocked { code, certainty: Certainty::Recorded };
    match judged {
        (Verdict::Allowed, _) if entry.error().is_some() && entry.status().is_some() => {
            // It passes, and failed: the body broke off, or another of the page's rules forbade it.
            network_code(entry).map_or(Outcome::Unknown, |code| Outcome::Network { code })
        }
        (Verdict::Allowed, _) => Outcome::Readable,
        (Verdict::Blocked, Some(code))
            if entry.error().is_none() && entry.status().is_some() && records_errors(archive) =>
        {
            // This tool would have said so: the request was of another mode than it seems.
            match code {
                Code::OpaqueResponse => Outcome::Apart(Why::Opaque),
                _ => Outcome::Readable,
            }
        }
        (Verdict::Blocked, Some(Code::OpaqueResponse)) => Outcome::Apart(Why::Opaque),
        (Verdict::Blocked, Some(code)) => certain(code),
        (Verdict::Undecided, Some(code)) => Outcome::Network { code },
        (Verdict::Undecided | Verdict::Blocked, None) => unrecorded(entry),
    }
}

/// Nothing was recorded of the answer.
fn unrecorded(entry: &RawEntry<'_>) -> Outcome {
    match entry.error() {
        Some(error) => match corsage_evidence_code(error) {
            Some(code) => Outcome::Network { code },
            // Chromium's word for an answer that CORS kept from the page.
            None if error.contains("ERR_FAILED") => {
                Outcome::Blocked { code: Code::MissingAllowOrigin, certainty: Certainty::Probable }
            }
            None => Outcome::Unknown,
        },
        None if entry.status().is_none() => {
            Outcome::Blocked { code: Code::MissingAllowOrigin, certainty: Certainty::Probable }
        }
        None => Outcome::Unknown,
    }
}
