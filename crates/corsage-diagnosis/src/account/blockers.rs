//! What blocks now, and what would block next: fix, replay, look again, until the page may read
//! or something is needed that was never seen.

use corsage::browser::{
    Blocker, Code, MessageKind, Profile, RequestInit, WireRequest, WireResponse,
};
use corsage_texts::{Language, fill, text};

use super::load;
use super::model::{BlockerAccount, MessageName, Offence, Verdict};
use crate::CodeText;
use crate::fix::{PageChange, Patch, Target, apply, apply_to_page, changes, joined, set};
use crate::machine::{lines_of, text};
use crate::near_miss;
use crate::observation::{Exchange, Observation};
use crate::page::anchor;
use crate::redact;
use crate::replay::{Asked, Ending, Needed, Replay, replay};

/// Repairs that never end would be a fault of ours; real chains have a handful.
const MAX_ROUNDS: usize = 12;

/// A blocker with the message it was found on.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) blocker: Blocker,
    pub(crate) round: usize,
    pub(crate) message: MessageName,
    pub(crate) request: Option<WireRequest>,
    pub(crate) response: Option<WireResponse>,
    pub(crate) patch: Patch,
}

impl Found {
    /// `Origin` as it was sent with that message.
    pub(crate) fn sent_origin(&self) -> Option<String> {
        self.request.as_ref().and_then(|request| joined(&request.headers, "origin"))
    }
}

/// How the chain of repairs ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The page may read.
    Passes,
    /// A message is due whose answer was never seen.
    Open(Box<Needed>),
    /// No change of headers or of the call helps.
    Stuck,
}

/// The chain of repairs.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) found: Vec<Found>,
    pub(crate) end: End,
    /// The answers with all repairs made.
    pub(crate) repaired: Vec<Exchange>,
    /// The repairs of the page's call.
    pub(crate) page: Vec<PageChange>,
}

/// Repairs and replays.
pub(crate) fn chain(observation: &Observation, profile: Profile) -> Chain {
    let mut asked = Asked::of(observation);
    let mut answers = observation.exchanges.clone();
    let (mut found, mut page): (Vec<Found>, _) = (Vec::new(), Vec::new());
    for round in 0..MAX_ROUNDS {
        let replay = replay(&asked, profile, &answers);
        let blockers = match &replay.ending {
            Ending::Finished(finished) => match &finished.outcome {
                Ok(_) => match load::tainted(&replay) {
                    Some(tainted) => vec![tainted.clone()],
                    None => return Chain { found, end: End::Passes, repaired: answers, page },
                },
                Err(error) => error.blockers().to_vec(),
            },
            Ending::Refused(error) => vec![refusal(error.code, &error.value)],
            Ending::Open(_) => {
                let Ending::Open(needed) = replay.ending else { break };
                return Chain { found, end: End::Open(needed), repaired: answers, page };
            }
        };
        // What was repaired and fails all the same is not to be repaired so.
        let known = |blocker: &Blocker| {
            found.iter().any(|before| {
                before.blocker.code == blocker.code
                    && before.blocker.hop == blocker.hop
                    && before.blocker.subject == blocker.subject
            })
        };
        let mut stuck = blockers.iter().all(known);
        if stuck {
            break;
        }
        // All are shown on the answers as they are, before one of them is repaired.
        let entries: Vec<Found> = blockers
            .into_iter()
            .map(|blocker| locate(blocker, round, &replay, &answers, &asked.init))
            .collect();
        for entry in entries {
            match &entry.patch {
                Patch::Response(changes) => {
                    let index = replay.index_of(entry.message, entry.blocker.hop);
                    match index.map(|index| &mut answers[index].answer) {
                        Some(Ok(response)) => apply(response, changes),
                        _ => stuck = true,
                    }
                }
                Patch::Page(change) => {
                    apply_to_page(&mut asked, change);
                    if !page.contains(change) {
                        page.push(change.clone());
                    }
                }
                Patch::None => stuck = true,
            }
            found.push(entry);
        }
        if stuck {
            break;
        }
    }
    Chain { found, end: End::Stuck, repaired: answers, page }
}

pub(super) fn refusal(code: Code, value: &[u8]) -> Blocker {
    Blocker {
        code,
        hop: 0,
        message: MessageKind::BeforeSending,
        header: None,
        seen: None,
        wanted: None,
        subject: Some(value.to_vec()),
        near_miss: None,
    }
}

/// Finds the message that a blocker speaks of.
pub(crate) fn locate(
    blocker: Blocker,
    round: usize,
    replay: &Replay,
    answers: &[Exchange],
    init: &RequestInit,
) -> Found {
    let message = match blocker.message {
        MessageKind::BeforeSending => MessageName::None,
        MessageKind::Preflight => MessageName::Preflight,
        MessageKind::Actual => MessageName::Request,
    };
    let used = match blocker.hop.checked_sub(1) {
        // What was refused is where the last response redirects to.
        Some(last) if message == MessageName::None => replay.used(MessageName::Request, last),
        _ => replay.used(message, blocker.hop),
    };
    let exchange = used.map(|used| &answers[used.index]);
    let response = exchange.and_then(|exchange| exchange.answer.as_ref().ok());
    let mut request = exchange.map(|exchange| exchange.request.clone());
    let sent_origin = used.and_then(|used| used.origin.clone()).unwrap_or_default();
    if let Some(request) = &mut request
        && !sent_origin.is_empty()
        && joined(&request.headers, "origin").as_ref() != Some(&sent_origin)
    {
        set(&mut request.headers, "origin", &sent_origin);
    }
    let patch = changes(&blocker, &Target { response, sent_origin: &sent_origin }, init);
    Found { response: response.cloned(), request, blocker, round, message, patch }
}

/// A blocker for people.
pub(super) fn describe(
    found: &Found,
    observation: &Observation,
    language: Language,
) -> BlockerAccount {
    let blocker = &found.blocker;
    let code_text = CodeText::of(blocker.code, language);
    let sent_origin = found.sent_origin();
    let seen = blocker.seen.as_deref().map(|seen| redact::address(&text(seen)));
    let wanted = blocker.wanted.as_deref().map(text).or_else(|| sent_origin.clone());
    let subject = blocker.subject.as_deref().map(|subject| redact::address(&text(subject)));
    let origin = crate::account::wire::page_origin(&observation.client);
    let values = [
        ("wanted", wanted.as_deref().unwrap_or_default()),
        ("seen", seen.as_deref().unwrap_or_default()),
        ("subject", subject.as_deref().unwrap_or_default()),
        ("origin", origin.as_str()),
    ];
    let near = is_about_origin(blocker.code)
        .then(|| seen.as_deref().zip(wanted.as_deref()))
        .flatten()
        .map(|(seen, wanted)| {
            let near = near_miss::near(seen, wanted);
            near_miss::account(near, seen, wanted, language)
        });
    BlockerAccount {
        code: blocker.code,
        title: code_text.title.to_owned(),
        round: found.round,
        message: found.message,
        hop: blocker.hop,
        url: found.request.as_ref().map_or_else(
            || redact::address(&observation.init.url),
            |request| redact::url(&request.url),
        ),
        header: blocker.header.map(str::to_owned),
        // Answers of later rounds are repaired ones: nobody has received their lines.
        offence: (found.round == 0)
            .then(|| offence(found, wanted.as_deref(), &fill(code_text.label, &values), language))
            .flatten(),
        near_miss: near,
        changes: match &found.patch {
            Patch::Response(changes) => changes.clone(),
            Patch::Page(_) | Patch::None => Vec::new(),
        },
        server_fix: code_text.server.to_owned(),
        page_fix: if advice_fits(found, observation) { code_text.page } else { "" }.to_owned(),
        step: anchor(blocker.code),
        seen,
        wanted,
        subject,
    }
}

/// Whether a code's advice for the page is of use here.
pub(super) fn advice_fits(found: &Found, observation: &Observation) -> bool {
    let seen = found.blocker.seen.as_deref().map(text);
    match found.blocker.code {
        // Nothing is listed of which the page could choose.
        Code::MethodNotAllowed => seen.is_some_and(|list| !list.trim().is_empty()),
        // A page that spells it as browsers do cannot do better.
        Code::MethodCaseMismatch => !matches!(found.patch, Patch::Response(_)),
        // The URL of a login page is nothing to call instead.
        Code::PreflightRedirect => !observation
            .exchanges
            .iter()
            .any(|exchange| crate::cause::leads_to_login(exchange).is_some()),
        // No page can be opened at what is not an origin.
        Code::AllowOriginMismatch | Code::PreflightAllowOriginMismatch => {
            seen.is_some_and(|value| {
                url::Url::parse(&value).is_ok_and(|url| url.origin().ascii_serialization() == value)
            })
        }
        _ => true,
    }
}

/// Codes for which a near miss of the origin says something.
pub(crate) fn is_about_origin(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::PreflightMultipleAllowOrigin
            | C::PreflightInvalidAllowOrigin
            | C::PreflightAllowOriginMismatch
            | C::MultipleAllowOrigin
            | C::InvalidAllowOrigin
            | C::AllowOriginMismatch
    )
}

/// The lines to show, and the characters to point at.
fn offence(
    found: &Found,
    wanted: Option<&str>,
    label: &str,
    language: Language,
) -> Option<Offence> {
    use Code as C;
    if found.blocker.code == C::CspConnectSrc {
        let directive = found.blocker.seen.as_deref().map(text)?;
        let name = "content-security-policy: ";
        let length = directive.chars().count();
        let lines = vec![format!("{name}{directive}")];
        return Some(Offence { lines, start: name.len(), length, label: label.to_owned() });
    }
    let response = found.response.as_ref()?;
    let status = || Offence {
        lines: vec![response.status.to_string()],
        start: 0,
        length: 3,
        label: label.to_owned(),
    };
    let header = match (found.blocker.code, found.blocker.header) {
        (C::PreflightStatusNotOk, _) => return Some(status()),
        (C::PreflightRedirect | C::RedirectModeError | C::RedirectLimit, _) => "location",
        (_, Some(header)) => header,
        (_, None) => return Some(status()),
    };
    let lines: Vec<String> = lines_of(&response.headers)
        .filter(|line| line.name.eq_ignore_ascii_case(header.as_bytes()))
        .map(|line| {
            let shown = redact::line(line);
            format!("{}: {}", shown.name, shown.value)
        })
        .collect();
    let Some(last) = lines.last() else {
        let line = fill(
            text!(language, "account.no-such-line"),
            &[("header", &header.to_ascii_lowercase())],
        );
        let length = line.chars().count();
        return Some(Offence { lines: vec![line], start: 0, length, label: label.to_owned() });
    };
    let (name, value) = last.split_once(": ").unwrap_or((last, ""));
    let range = match found.blocker.code {
        code if is_about_origin(code) && lines.len() == 1 => {
            near_miss::differing(value, wanted.unwrap_or_default())
        }
        C::PreflightInvalidAllowMethods | C::PreflightInvalidAllowHeaders => bad_item(value),
        _ => 0..value.chars().count(),
    };
    Some(Offence {
        start: name.chars().count() + 2 + range.start,
        length: range.len().max(1),
        label: label.to_owned(),
        lines,
    })
}

/// Where the first item of a list is that is not a token.
fn bad_item(list: &str) -> std::ops::Range<usize> {
    let mut start = 0;
    for item in list.split(',') {
        let trimmed = item.trim_matches([' ', '\t']);
        let token = trimmed
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !token {
            let indent = item.chars().take_while(|c| [' ', '\t'].contains(c)).count();
            return start + indent..start + indent + trimmed.chars().count();
        }
        start += item.chars().count() + 1;
    }
    0..list.chars().count()
}

/// Whether a code means that the network failed, so that nothing was judged.
pub(crate) fn is_network(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::DnsFailed
            | C::ConnectionFailed
            | C::TlsFailed
            | C::HttpMalformed
            | C::ContentDecodingFailed
            | C::TimedOut
            | C::Aborted
            | C::Offline
            | C::ClientCertificateNeeded
            | C::CacheMissOnlyIfCached
            | C::StreamNeedsHttp2
            | C::PreflightNetworkError
    )
}

/// The verdict that a failing condition leads to.
pub(crate) fn verdict_of(code: Code, observation: &Observation) -> Verdict {
    let connects = observation.reachable == Some(crate::observation::Reachable::Connects);
    match code {
        // The host answers connections, so it is this message that is dropped: a browser fails.
        Code::PreflightNetworkError if connects => Verdict::Blocked,
        Code::LnaPermissionPrompt => Verdict::Undecided,
        code if is_network(code) => Verdict::Undecided,
        _ => Verdict::Blocked,
    }
}
