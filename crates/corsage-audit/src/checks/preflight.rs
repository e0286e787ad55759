//! Preflights: of the pages that are meant to ask, and of those that are not.

use corsage::browser::{Code, CredentialsMode, Step};

use super::origins;
use crate::answer::Answer;
use crate::candidates::{STRANGE_DOMAIN, STRANGER};
use crate::class::Class;
use crate::page::{Script, lines, receive};
use crate::session::Session;
use crate::severity::Severity;
use crate::target::Credential;
use crate::wire::{Sent, Wire};

/// How a preflight ended.
struct Preflighted {
    sent: Sent,
    answer: Answer,
    /// Why it is refused; `None` if it is granted.
    refused: Option<Code>,
}

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let simple = |method: &String| matches!(&**method, "GET" | "HEAD" | "POST");
    let methods: Vec<String> = s.target.methods.iter().filter(|it| !simple(it)).cloned().collect();
    for page in s.intended() {
        for method in &methods {
            if let Some(preflighted) = ask(s, &page, method, "content-type").await {
                if is_refused_everywhere(s, &page, &preflighted).await {
                    continue;
                }
                let count = s.findings.findings.len();
                intended(s, &page, method, &preflighted);
                s.show_by(count, &preflighted.sent, &preflighted.answer);
            }
        }
    }
    if let Some(Credential::Header { name, .. }) = &s.target.credential
        && name.eq_ignore_ascii_case("authorization")
        && let Some(page) = s.intended().into_iter().next()
        && let Some(preflighted) = ask(s, &page, "GET", "authorization").await
    {
        // Chromium still lets `*` cover it, and warns; the others have never done so.
        let listed = preflighted.answer.list("access-control-allow-headers");
        let named = listed.iter().any(|it| it.eq_ignore_ascii_case("authorization"));
        if listed.iter().any(|it| it == "*") && !named {
            let evidence = told!("audit-told.authorization-star").to_owned();
            let count = s.findings.findings.len();
            s.report_fact(Class::AuthorizationStar, Severity::Low, evidence);
            s.show_by(count, &preflighted.sent, &preflighted.answer);
        }
    }
    if s.target.has_cookie() && !s.is_wide_open() {
        stranger(s).await;
    }
}

/// The preflight of a page's request, with one header that no form could send, or none.
async fn ask<W: Wire>(
    s: &mut Session<'_, W>,
    page: &str,
    method: &str,
    header: &'static str,
) -> Option<Preflighted> {
    let value = match header {
        "content-type" => "application/json",
        _ => "Bearer x",
    };
    let url = s.target.url().to_owned();
    let mode = match header {
        "authorization" => CredentialsMode::Omit,
        _ => s.mode(),
    };
    let headers = if header.is_empty() { Vec::new() } else { vec![(header, value.to_owned())] };
    let script = Script { method, headers, ..Script::get(page, &url, mode) };
    let Some(Step::Send(pending)) = script.begin() else { return None };
    let sent = Sent::new("OPTIONS", &url, lines(pending.wire()), "a preflight");
    let answer = s.send(sent.clone()).await?;
    s.preflights.push(answer.clone());
    let refused = match receive(pending, Some(&answer)) {
        Step::Send(_) => None,
        Step::Finish(finished) => match finished.outcome {
            Ok(_) => None,
            Err(error) => Some(error.blamed().code),
        },
    };
    Some(Preflighted { sent, answer, refused })
}

/// Whether the answer itself is refused to the page as well, which has been told of then.
async fn is_refused_everywhere<W: Wire>(
    s: &mut Session<'_, W>,
    page: &str,
    seen: &Preflighted,
) -> bool {
    if seen.refused.is_none() || allows(&seen.answer, page, s.mode()) {
        return false;
    }
    if !s.answers.iter().any(|(origin, _)| origin == page) {
        s.probe(page, "a page that is meant to read, and whose preflight is refused").await;
    }
    let mut answers = s.answers.iter().filter(|(origin, _)| origin == page);
    !answers.any(|(_, answer)| allows(answer, page, CredentialsMode::Omit))
}

fn intended<W: Wire>(s: &mut Session<'_, W>, page: &str, method: &str, seen: &Preflighted) {
    let answer = &seen.answer;
    let listed = answer.list("access-control-allow-methods");
    let shown = answer.header("access-control-allow-methods").unwrap_or_default();
    let low = Severity::Low;
    if (300..400).contains(&answer.status) {
        let evidence =
            told!("audit-told.preflight-status", method = method, status = answer.status);
        return s.report_fact(Class::PreflightRedirect, low, evidence);
    }
    if answer.status >= 400 {
        let evidence =
            told!("audit-told.preflight-status", method = method, status = answer.status);
        return s.report_fact(Class::PreflightStatus, low, evidence);
    }
    match seen.refused {
        None => {
            let age = answer.header("access-control-max-age");
            if let Some(age) = age
                && (age.is_empty() || !age.bytes().all(|byte| byte.is_ascii_digit()))
            {
                let evidence = told!("audit-told.max-age-invalid", value = format!("{age:?}"));
                s.report_fact(Class::MaxAgeInvalid, low, evidence);
            }
        }
        Some(Code::PreflightInvalidAllowMethods | Code::PreflightInvalidAllowHeaders) => {
            let evidence = told!("audit-told.no-list", value = format!("{shown:?}"));
            s.report_fact(Class::MethodsMalformed, low, evidence);
        }
        Some(_) if !allows(answer, page, s.mode()) => {
            let evidence = told!("audit-told.preflight-narrower", page = page);
            s.report_as(Class::PreflightNarrower, low, page, evidence);
        }
        Some(_) if listed.iter().any(|it| it == "*") => {
            let evidence = told!("audit-told.literal-star").to_owned();
            s.report_fact(Class::LiteralStar, low, evidence);
        }
        Some(_) if listed.iter().any(|it| it != method && it.eq_ignore_ascii_case(method)) => {
            let evidence =
                told!("audit-told.methods-case", value = format!("{shown:?}"), method = method);
            s.report_fact(Class::MethodsCase, low, evidence);
        }
        Some(
            Code::MethodNotAllowed | Code::MethodCaseMismatch | Code::MethodWildcardWithCredentials,
        ) => {
            let evidence =
                told!("audit-told.method-missing", method = method, value = format!("{shown:?}"));
            s.report_fact(Class::MethodMissing, low, evidence);
        }
        Some(_) => {}
    }
}

fn allows(answer: &Answer, page: &str, mode: CredentialsMode) -> bool {
    let origin = answer.allow_origin();
    match mode {
        CredentialsMode::Include => {
            origin.as_deref() == Some(page)
                && answer.header("access-control-allow-credentials").as_deref() == Some("true")
        }
        _ => origin.as_deref() == Some(page) || origin.as_deref() == Some("*"),
    }
}

/// What any page may send. The name begins as a trusted one in a way that has not been tried, so that it tells of
/// careless policies too.
async fn stranger<W: Wire>(s: &mut Session<'_, W>) {
    let scheme = s.page_scheme();
    let mut other = s.seeds.other().filter(|_| !s.is_deep()).map(str::to_owned);
    let mut goes_on = format!("_.{STRANGER}");
    if other.is_some() && origins::is_cut_off_unknown(s) {
        // A name that the server does not trust, its own say, tells nothing of how a trusted one is cut off.
        let is_trusted = |host: &String| s.intended().iter().any(|it| it.ends_with(&**host));
        let first = s.seeds.first().map(str::to_owned);
        other = other.filter(is_trusted).or(first);
        goes_on = format!("-x.{STRANGE_DOMAIN}");
    }
    let page = match (&other, s.seeds.first()) {
        (Some(other), _) => format!("{scheme}://{other}{goes_on}"),
        (None, Some(seed)) => format!("{scheme}://{seed}.{STRANGE_DOMAIN}"),
        (None, None) => format!("{scheme}://{STRANGER}"),
    };
    let mut pages = vec![page];
    if s.is_deep() && scheme == "https" {
        pages.push(format!("http://{STRANGER}"));
    }
    for page in pages {
        let Some(preflighted) = ask(s, &page, "PUT", "content-type").await else { return };
        if allows(&preflighted.answer, &page, s.mode()) {
            return let_in(s, &page, other.as_deref(), &preflighted).await;
        }
        // Who answers no preflights may answer requests otherwise.
        if let Some(other) = &other
            && !speaks_of_cors(&preflighted.answer)
        {
            origins::careless(s, &page, scheme, other).await;
        }
    }
}

/// Whether an answer comes from whoever decides about CORS.
fn speaks_of_cors(answer: &Answer) -> bool {
    answer.status < 400
        || answer.varies_on_origin()
        || answer.headers.iter().any(|(name, _)| {
            name.get(..15).is_some_and(|it| it.eq_ignore_ascii_case("access-control-"))
        })
}

/// The preflight lets a strange page in: does the answer, and may the page send what changes something?
async fn let_in<W: Wire>(
    s: &mut Session<'_, W>,
    page: &str,
    other: Option<&str>,
    first: &Preflighted,
) {
    s.strange_preflight = Some(first.answer.clone());
    let has_reader = s.findings.findings.iter().any(|it| it.with_credentials.is_some());
    if (other.is_some() || !has_reader)
        && let Some(probe) =
            s.probe(page, "does the answer let it in, as the preflight does?").await
        && s.is_granted(&probe)
    {
        match other {
            Some(other) => drop(origins::taken_apart(s, s.page_scheme(), other, &probe).await),
            None => drop(s.report(Class::PrefixMatch, &probe).await),
        }
        return;
    }
    let mut allowed = (first.refused.is_none()).then(|| "PUT".to_owned());
    if allowed.is_none() {
        let listed = first.answer.list("access-control-allow-methods");
        let unsafe_ones = ["PUT", "DELETE", "PATCH"].into_iter();
        for method in unsafe_ones.filter(|method| listed.iter().any(|it| it == method)) {
            let Some(again) = ask(s, page, method, "").await else { return };
            if again.refused.is_none() {
                allowed = Some(method.to_owned());
                break;
            }
        }
    }
    let Some(method) = allowed else { return };
    if s.cookie_goes(page).await {
        let evidence = told!("audit-told.preflight-wider", page = page, method = method);
        let count = s.findings.findings.len();
        s.report_as(Class::PreflightWider, Severity::Medium, page, evidence);
        s.show_by(count, &first.sent, &first.answer);
    }
}
