//! From an observation to its account.

use corsage::browser::{Code, Destination, Profile, WireResponse};

use corsage_texts::{Language, fill, text};

use super::answers::{self, required_headers};
use super::blockers::{Chain, End, Found, advice_fits, chain, describe};
use super::browsers::{self, Agreement};
use super::detail::Detail;
use super::load;
use super::model::{
    Account, BlockerAccount, CauseAccount, ChangesAccount, DiffLine, FixAccount, MessageAccount,
    MessageName, NextAccount, SCHEMA, Seen, Verdict,
};
use super::{notes, wire};
use crate::Cause;
use crate::cause::{Evidence, causes};
use crate::console::Browser;
use crate::fix::{
    self, Change, DetectedServer, Grant, PageChange, Patch, ServerKind, Snippet, detect_servers,
    snippet,
};
use crate::machine::{lines_of, text};
use crate::observation::{Exchange, Observation};
use crate::redact;
use crate::replay::{Asked, Needed, Replay, replay};
use crate::{CauseText, CodeText};

/// The account of an observation, judged for these profiles (at least one; the first is the one
/// that was performed).
///
/// The verdict is the worst of them; blockers and answers are those of the browser that comes to
/// that verdict first.
#[must_use]
pub fn account(observation: &Observation, profiles: &[Profile], language: Language) -> Account {
    let (profile, replay, verdict) = leading(observation, profiles);
    let (_, code_of_verdict) = browsers::verdict(&replay, observation);
    let chain = chain(observation, profile);
    let three = answers::three(&replay, observation, language);
    let judged: Vec<_> =
        Browser::ALL.iter().map(|browser| browsers::judge(*browser, observation)).collect();
    let browsers_differ = judged.iter().any(|one| {
        one.verdict != judged[0].verdict
            && one.verdict != Verdict::Undecided
            && judged[0].verdict != Verdict::Undecided
    });
    let agreement =
        if browsers_differ && profiles.len() > 1 { Agreement::Differ } else { Agreement::Agree };
    let mut remarks = notes::remarks(&replay, observation);
    if browsers_differ && remarks.iter().all(|remark| remark.code != Code::DiffersBetweenBrowsers) {
        let detail = judged
            .iter()
            .map(|one| Detail::Judged {
                browser: one.browser.name(),
                verdict: one.verdict,
                code: one.code,
            })
            .collect();
        remarks.push(notes::Remark { code: Code::DiffersBetweenBrowsers, detail });
    }
    let probed = observation.beyond.probes.iter().map(|probed| &probed.exchange);
    let mut servers =
        detect_servers(observation.exchanges.iter().chain(probed).flat_map(|exchange| {
            exchange.answer.iter().flat_map(|response| {
                lines_of(&response.headers)
                    .map(|line| (line.name.as_slice(), line.value.as_slice()))
            })
        }));
    for found in fix::detect_by_traces(observation) {
        if servers.iter().all(|server| server.kind != found.kind) {
            servers.insert(0, found);
        }
    }
    let evidence = Evidence {
        language,
        observation,
        found: chain.found.iter().filter(|found| found.round == 0).collect(),
        remarks: &remarks,
        servers: &servers,
    };
    let causes: Vec<CauseAccount> = causes(&evidence)
        .into_iter()
        .map(|suspect| {
            let texts = CauseText::of(suspect.cause, language);
            let values: Vec<(&str, &str)> =
                suspect.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            CauseAccount {
                cause: suspect.cause,
                title: fill(texts.title, &values),
                why: fill(texts.why, &values),
                fix: fill(texts.fix, &values),
            }
        })
        .collect();
    let mut blockers: Vec<BlockerAccount> =
        chain.found.iter().map(|found| describe(found, observation, language)).collect();
    // The one by which the account is known stands first.
    let code = headline_code(&chain).or(code_of_verdict);
    blockers.sort_by_key(|blocker| (blocker.round, Some(blocker.code) != code));
    let mut wire: Vec<_> = load::questions(&replay, observation)
        .zip(&observation.exchanges)
        .map(|(question, exchange)| MessageAccount {
            question,
            ..wire::message(exchange, language)
        })
        .collect();
    wire.extend(observation.probe.iter().map(|exchange| wire::message(exchange, language)));
    wire.extend(observation.beyond.probes.iter().map(|probed| MessageAccount {
        question: Some(probed.question),
        ..wire::message(&probed.exchange, language)
    }));
    let grant = grant(&chain, &load::as_mended(&chain.page, observation), &remarks, language);
    let server = server(observation, &servers, &causes);
    let paste = grant.as_ref().map(|grant| paste(server, grant, language));
    Account {
        schema: SCHEMA,
        verdict,
        headline: answers::headline(&replay, verdict, agreement, language, observation),
        code,
        request: wire::request(observation),
        sent: three.sent,
        executed: three.executed,
        readable: three.readable,
        preflight: wire::preflight(&replay, observation, language),
        wire,
        hops: wire::hops(&replay, observation, language),
        next: next(&chain, observation, language),
        fix: FixAccount {
            changes: changes(observation, &chain, grant.as_ref()),
            written_for: paste.as_ref().map(|_| server),
            snippet: paste.as_ref().map(Snippet::to_string),
            paste,
            grant,
            server: server_fixes(&chain, &causes, language),
            needs_page: chain.page.contains(&PageChange::Crossorigin),
            page: page_fixes(&chain, observation, language),
            servers,
        },
        blockers,
        causes,
        browsers: judged,
        browsers_differ,
        notes: notes::describe(&remarks, language),
    }
}

/// The verdict of an account and its code, without the account.
#[must_use]
pub fn judge(observation: &Observation, profiles: &[Profile]) -> (Verdict, Option<Code>) {
    let (profile, replay, verdict) = leading(observation, profiles);
    if verdict == Verdict::Allowed {
        return (verdict, None);
    }
    let (_, code) = browsers::verdict(&replay, observation);
    (verdict, headline_code(&chain(observation, profile)).or(code))
}

/// The profile that decides about the account: the first that blocks, else the first that is
/// undecided, else the first.
fn leading(observation: &Observation, profiles: &[Profile]) -> (Profile, Replay, Verdict) {
    let run = |profile: Profile| {
        let replay = replay(&Asked::of(observation), profile, &observation.exchanges);
        let (verdict, _) = browsers::verdict(&replay, observation);
        (profile, replay, verdict)
    };
    let first = profiles.first().copied().unwrap_or(observation.profile);
    let mut best = run(first);
    for &profile in profiles.iter().skip(1) {
        // Another browser's wish for a message that the first one did not send proves nothing.
        let other = run(profile);
        if best.2 == Verdict::Allowed && other.2 == Verdict::Blocked {
            best = other;
        }
    }
    best
}

/// The code by which the account is known. A preflight that was refused or redirected lacks CORS
/// headers too: the status is what went wrong, the headers follow from it.
fn headline_code(chain: &Chain) -> Option<Code> {
    let now =
        || chain.found.iter().filter(|found| found.round == 0).map(|found| found.blocker.code);
    now()
        .find(|code| matches!(code, Code::PreflightStatusNotOk | Code::PreflightRedirect))
        .or_else(|| now().next())
}

fn next(chain: &Chain, observation: &Observation, language: Language) -> NextAccount {
    let later = chain.found.iter().find(|found| found.round > 0);
    let (verdict, end) = match &chain.end {
        End::Passes => (Verdict::Allowed, text!(language, "account.next-passes").to_owned()),
        End::Open(_) if chain.found.is_empty() => (
            Verdict::Undecided,
            fill(
                text!(language, "account.readable-not-asked"),
                &[
                    ("method", &wire::method(&observation.init)),
                    ("headers", &required_headers(observation)),
                ],
            ),
        ),
        End::Open(needed) => (Verdict::Undecided, next_open(needed, chain, observation, language)),
        End::Stuck => {
            let tainted = chain
                .found
                .iter()
                .any(|found| found.blocker.code == Code::AllowOriginMismatchTainted);
            let text = if tainted {
                text!(language, "account.next-tainted")
            } else {
                text!(language, "account.next-stuck")
            };
            (Verdict::Blocked, text.to_owned())
        }
    };
    let text = match later {
        Some(found) => fill(
            text!(language, "account.next-blocker"),
            &[
                ("code", found.blocker.code.as_str()),
                ("title", CodeText::of(found.blocker.code, language).title),
            ],
        ),
        None => end,
    };
    NextAccount { verdict, text }
}

/// What comes after the repairs, if that was never seen.
fn next_open(
    needed: &Needed,
    chain: &Chain,
    observation: &Observation,
    language: Language,
) -> String {
    let url = redact::url(&needed.request.url);
    let redirected = chain.found.iter().any(|found| found.message == MessageName::Request);
    let sent_null = fix::joined(&needed.request.headers, "origin").as_deref() == Some("null");
    // What the page itself forbade has not met the server yet.
    let unsent = chain.found.iter().all(|found| found.message == MessageName::None);
    let template = match (redirected, sent_null) {
        _ if unsent => text!(language, "account.next-open-unsent"),
        (true, true) => text!(language, "account.next-open-null"),
        (true, false) => text!(language, "account.next-open-redirect"),
        (false, _) => text!(language, "account.next-open"),
    };
    fill(template, &[("headers", &required_headers(observation)), ("url", &url)])
}

/// Where the fix is written: where somebody said, else where it belongs.
fn server(
    observation: &Observation,
    servers: &[DetectedServer],
    causes: &[CauseAccount],
) -> ServerKind {
    if let Some(named) = observation.beyond.server {
        return named;
    }
    // What the front does by itself, or adds to what the application says, is mended there.
    let at_front = causes.first().is_some_and(|cause| {
        matches!(
            cause.cause,
            Cause::MultipleAllowOrigin | Cause::ProxyErrorWithoutCors | Cause::PreflightFirewall
        )
    });
    let front = servers.iter().rev().find(|server| server.kind.is_front());
    front
        .filter(|_| at_front)
        .or_else(|| servers.first())
        .map_or(ServerKind::Corsage, |server| server.kind)
}

/// The snippet. What it takes out may name origins that no answer showed.
fn paste(server: ServerKind, grant: &Grant, language: Language) -> Snippet {
    let mut snippet = snippet(server, grant);
    let star = !grant.credentials && grant.others.iter().any(|other| other == "*");
    if !snippet.remove.is_empty() && !star {
        snippet.notes.push(text!(language, "account.keep-origins").to_owned());
    }
    snippet
}

/// What the server must grant, all in all.
fn grant(
    chain: &Chain,
    observation: &Observation,
    remarks: &[notes::Remark],
    language: Language,
) -> Option<Grant> {
    let repairs = chain.found.iter().any(|found| match &found.patch {
        // What a header of another kind mends is no policy's matter.
        Patch::Response(changes) => changes.iter().any(|change| match change {
            Change::Set { header, .. } => header.starts_with("access-control-"),
            _ => true,
        }),
        Patch::Page(_) | Patch::None => false,
    });
    let hidden = remarks.iter().find(|remark| remark.code == Code::HeaderNotExposed);
    if !repairs && hidden.is_none() {
        return None;
    }
    let expose = hidden.map(|remark| remark.words(language)).unwrap_or_default();
    fix::grant(observation, expose)
}

/// The difference between what was answered and what would have passed, message by message; and
/// for a response that was never seen, what it must carry.
fn changes(observation: &Observation, chain: &Chain, grant: Option<&Grant>) -> Vec<ChangesAccount> {
    let mut all: Vec<ChangesAccount> = observation
        .exchanges
        .iter()
        .zip(&chain.repaired)
        .filter_map(|(before, after)| {
            let (Ok(old), Ok(new)) = (&before.answer, &after.answer) else { return None };
            let diff = diff(old, new);
            (!diff.is_empty()).then(|| named(before, diff, Seen::Yes))
        })
        .collect();
    if all.is_empty()
        && let Some(grant) = grant.filter(|grant| !grant.expose.is_empty())
        && let Some(exchange) = observation
            .exchanges
            .iter()
            .rev()
            .find(|exchange| exchange.kind == MessageName::Request)
        && let Ok(response) = &exchange.answer
    {
        let name = "access-control-expose-headers";
        let before = fix::joined(&response.headers, name);
        let line = |sign, value: &str| DiffLine { sign, line: format!("{name}: {value}") };
        let mut diff: Vec<DiffLine> = before.iter().map(|value| line('-', value)).collect();
        diff.push(line('+', &grant.expose.join(", ")));
        all.push(named(exchange, diff, Seen::Yes));
    }
    if let (End::Open(needed), false) = (&chain.end, all.is_empty()) {
        let line = |line: String| DiffLine { sign: '+', line };
        let origin = fix::joined(&needed.request.headers, "origin");
        if let Some(origin) = origin.filter(|origin| origin != "null") {
            let mut diff = vec![line(format!("access-control-allow-origin: {origin}"))];
            if wire::credentials(&observation.init) == corsage::browser::CredentialsMode::Include {
                diff.push(line("access-control-allow-credentials: true".to_owned()));
            }
            diff.push(line("vary: origin".to_owned()));
            all.push(ChangesAccount {
                seen: Seen::No,
                message: needed.kind,
                method: text(&needed.request.method),
                url: redact::url(&needed.request.url),
                diff,
            });
        }
    }
    all
}

fn named(exchange: &Exchange, diff: Vec<DiffLine>, seen: Seen) -> ChangesAccount {
    ChangesAccount {
        seen,
        message: exchange.kind,
        method: text(&exchange.request.method),
        url: redact::url(&exchange.request.url),
        diff,
    }
}

fn diff(old: &WireResponse, new: &WireResponse) -> Vec<DiffLine> {
    let lines = |response: &WireResponse| -> Vec<String> {
        lines_of(&response.headers)
            .map(|line| {
                let shown = redact::line(line);
                format!("{}: {}", shown.name.to_ascii_lowercase(), shown.value)
            })
            .collect()
    };
    let (before, after) = (lines(old), lines(new));
    let mut diff = Vec::new();
    let mut push = |sign: char, line: &str| diff.push(DiffLine { sign, line: line.to_owned() });
    if old.status != new.status {
        push('-', &format!("status: {}", old.status));
        push('+', &format!("status: {}", new.status));
    }
    let mut echoes = false;
    for line in before.iter().filter(|line| !after.contains(line)) {
        push('-', line);
    }
    // A line that was there twice and is to be there once.
    for (index, line) in before.iter().enumerate() {
        if after.contains(line)
            && before[..index].contains(line)
            && after.iter().filter(|kept| *kept == line).count() == 1
        {
            push('-', line);
        }
    }
    for line in after.iter().filter(|line| !before.contains(line)) {
        echoes |= line.starts_with("access-control-allow-origin: ") && !line.ends_with(": *");
        push('+', line);
    }
    // An origin that is echoed makes the answer depend on Origin; caches must know.
    let varies = after.iter().any(|line| {
        line.strip_prefix("vary:").is_some_and(|value| {
            value
                .split(',')
                .any(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "origin" | "*"))
        })
    });
    if echoes && !varies {
        push('+', "vary: origin");
    }
    diff
}

/// What the server can do where no line of a response repairs it, in words.
fn server_fixes(chain: &Chain, causes: &[CauseAccount], language: Language) -> Vec<String> {
    let said =
        |advice: &str| causes.iter().any(|cause| advice.strip_suffix('.') == Some(&cause.fix));
    let mut fixes: Vec<String> = Vec::new();
    for found in chain.found.iter().filter(|found| found.round == 0 && found.patch == Patch::None) {
        let origin_null = found.sent_origin().as_deref() == Some("null");
        let advice = CodeText::of(found.blocker.code, language).server.to_owned();
        if !(advice.is_empty() || origin_null || said(&advice) || fixes.contains(&advice)) {
            fixes.push(advice);
        }
    }
    fixes
}

/// What the page can do, without repetition: exact changes first, then the codes' advice.
fn page_fixes(chain: &Chain, observation: &Observation, language: Language) -> Vec<String> {
    let mut fixes: Vec<String> = Vec::new();
    for change in &chain.page {
        fixes.push(match change {
            PageChange::RemoveHeaders(names) => fill(
                text!(language, "account.page-remove-headers"),
                &[("names", &names.join(", "))],
            ),
            PageChange::Method(method) => {
                fill(text!(language, "account.page-method"), &[("method", method)])
            }
            PageChange::Crossorigin => text!(language, "account.page-crossorigin").to_owned(),
            PageChange::ModeCors => text!(language, "account.page-mode-cors").to_owned(),
            PageChange::FollowRedirects => text!(language, "account.page-follow").to_owned(),
            PageChange::AllowSource { directive, source } => {
                let kept = directive.replace("'none'", "");
                let directive = kept.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                // Not for everything else that falls back on it.
                let script = observation.init.destination == Destination::Empty;
                let directive = match directive.strip_prefix("default-src") {
                    Some(list) if script => format!("connect-src{list}"),
                    _ => directive,
                };
                fill(
                    text!(language, "account.page-allow-source"),
                    &[("directive", &directive), ("source", source)],
                )
            }
        });
    }
    let covered = |found: &&Found| !matches!(found.patch, Patch::Page(_));
    for found in chain.found.iter().filter(|found| found.round == 0).filter(covered) {
        if !advice_fits(found, observation) {
            continue;
        }
        let advice = CodeText::of(found.blocker.code, language).page.to_owned();
        if !advice.is_empty() && !fixes.contains(&advice) {
            fixes.push(advice);
        }
    }
    fixes
}
