//! The runner.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::case::{Case, Kind};
use super::engine::{self, Answer, Engine, Handler};
use super::judge::judge;
use super::skip;
use crate::{Report, browser_judge, input};

/// Runs a file of server cases through every engine.
///
/// # Errors
/// What cannot be read.
pub fn run(file: &Path) -> Result<Report, String> {
    run_through(&engine::all(), file)
}

/// Runs a file of server cases through these engines.
///
/// # Errors
/// What cannot be read.
pub fn run_through(engines: &[Box<dyn Engine>], file: &Path) -> Result<Report, String> {
    let cases: Vec<Case> = input::json_lines(file)?;
    let policies: Vec<_> = cases
        .iter()
        .filter(|case| skip::reason(case).is_none())
        .filter_map(|case| case.policy.compile(case.request.build().ok()?.headers()).ok())
        .collect();
    for engine in engines {
        engine.prepare(&policies);
    }
    let mut skipped = BTreeMap::<&str, usize>::new();
    let (mut pass, mut fail) = (0, 0);
    let mut text = String::new();
    for case in &cases {
        if let Some(reason) = skip::reason(case) {
            *skipped.entry(reason).or_default() += 1;
            continue;
        }
        let faults: Vec<String> = engines
            .iter()
            .flat_map(|engine| {
                let faults = one(case, engine.as_ref()).unwrap_or_else(|fault| vec![fault]);
                faults.into_iter().map(|fault| format!("{}: {fault}", engine.name()))
            })
            .collect();
        if faults.is_empty() {
            pass += 1;
        } else {
            fail += 1;
            for fault in faults {
                let _ = writeln!(text, "{}: {fault}", case.id);
            }
        }
    }
    let names: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
    let _ = writeln!(text, "engines: {}", names.join(", "));
    let reasons: Vec<String> =
        skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let _ = writeln!(
        text,
        "server-cases: {} lines, {pass} pass, {} skipped ({}), {fail} fail",
        cases.len(),
        skipped.values().sum::<usize>(),
        if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") },
    );
    Ok(Report { text, passed: fail == 0 })
}

/// All that is wrong with an engine's answer.
fn one(case: &Case, engine: &dyn Engine) -> Result<Vec<String>, String> {
    let request = case.request.build()?;
    let policy = case.policy.compile(request.headers())?;
    if !engine.takes(&policy) {
        return Ok(Vec::new());
    }
    let mut faults = Vec::new();
    if engine.name() == "core" {
        faults.extend(outcome(case, &policy, &request));
    }
    let answer = engine.answer(&policy, request, &handler(case)?)?;
    faults.extend(headers(case, &answer));
    faults.extend(vary(case, &answer));
    faults.extend(browser(case, &answer));
    let reached = if answer.reached { "reached" } else { "not-reached" };
    if case.expect.handler.as_deref().is_some_and(|expected| expected != reached) {
        faults.push(format!("the handler was {reached}, the answer {}", answer.summary()));
    }
    if answer.reached
        && case.request.upstream_status.is_some_and(|status| status != answer.status.as_u16())
    {
        faults.push(format!("the handler's status became {}", answer.status));
    }
    Ok(faults)
}

fn handler(case: &Case) -> Result<Handler, String> {
    let mut headers = HeaderMap::new();
    let own = case.policy.upstream_headers.iter().map(|(name, value)| (name.as_str(), value));
    let vary = case.policy.upstream_vary.iter().map(|value| ("vary", value));
    for (name, value) in own.chain(vary) {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?,
            HeaderValue::from_str(value).map_err(|error| error.to_string())?,
        );
    }
    let status = StatusCode::from_u16(case.request.upstream_status.unwrap_or(200))
        .map_err(|error| error.to_string())?;
    Ok(Handler { status, headers })
}

/// Whether the decision itself says what the case expects, the headers aside.
fn outcome(
    case: &Case,
    policy: &corsage::server::Policy,
    request: &http::Request<()>,
) -> Option<String> {
    use corsage::server::Outcome;
    let decision =
        policy.decide(&corsage::server::Request::new(request.method(), request.headers()));
    let found = match decision.outcome() {
        Outcome::NotCors => Kind::NotCors,
        Outcome::Share => Kind::ActualAllowed,
        Outcome::Withhold(_) => Kind::ActualRefused,
        Outcome::GrantPreflight => Kind::PreflightOk,
        Outcome::RefusePreflight(_) => Kind::PreflightRefused,
    };
    (found != case.expect.kind).then(|| {
        format!("decided {found:?}, expected {:?}: {}", case.expect.kind, decision.outcome())
    })
}

fn headers(case: &Case, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let fails = case.expect.browser.as_ref().is_some_and(|browser| browser.verdict == "fail");
    for (name, expected) in &case.expect.headers {
        let found: Vec<&[u8]> =
            answer.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        let also = case.expect.also_ok.get(name);
        let right = match (&found[..], expected) {
            ([], None) => true,
            ([found], Some(expected)) => {
                *found == expected.as_bytes() || also.is_some_and(|also| *found == also.as_bytes())
            }
            // The one allowed origin may be named to everybody: the browser's verdict stays.
            ([_], None) => fails && case.policy.is_one_exact_origin(),
            _ => false,
        };
        if !right {
            let found: Vec<_> = found.iter().map(|line| String::from_utf8_lossy(line)).collect();
            faults.push(format!("{name}: {found:?}, expected {expected:?}"));
        }
    }
    let lines = answer.headers.get_all("access-control-allow-origin").iter().count();
    if lines > 1 {
        faults.push(format!("{lines} lines of Access-Control-Allow-Origin"));
    }
    let exposed = tokens(&answer.headers, "access-control-expose-headers");
    for name in &case.expect.exposes {
        let wildcard = !case.policy.credentials && exposed.iter().any(|item| item == "*");
        if !wildcard && !exposed.contains(&name.to_ascii_lowercase()) {
            faults.push(format!("{name} is not exposed"));
        }
    }
    faults
}

fn vary(case: &Case, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let found = tokens(&answer.headers, "vary");
    let names_origin = found.iter().any(|name| name == "origin" || name == "*");
    let constant = answer.headers.contains_key("access-control-allow-origin");
    let missing = match case.expect.vary_origin.as_deref() {
        Some("required") => !names_origin,
        Some("unless-static") => !names_origin && !constant,
        _ => false,
    };
    if missing {
        faults.push("Vary does not name Origin".to_owned());
    }
    for name in &case.expect.vary_keeps {
        if !found.contains(&name.to_ascii_lowercase()) {
            faults.push(format!("Vary has lost {name}"));
        }
    }
    faults
}

fn browser(case: &Case, answer: &Answer) -> Vec<String> {
    let Some(browser) = &case.expect.browser else { return Vec::new() };
    let origin = case.request.origin().unwrap_or("null");
    let expected = browser.verdict == "pass";
    let mut faults = Vec::new();
    let mut compare = |judge: &str, verdict: Result<(), String>| {
        if verdict.is_ok() != expected {
            faults.push(format!("{judge}: {verdict:?}, expected {}", browser.verdict));
        }
    };
    compare("the standard", judge(browser, origin, answer.status, &answer.headers));
    if let Some(verdict) = browser_judge::judge(
        &browser_judge::Question {
            preflight: browser.algorithm != "cors check",
            origin,
            include: browser.credentials_mode == "include",
            method: browser.method.as_deref().unwrap_or("GET"),
            unsafe_headers: &browser.unsafe_headers,
        },
        answer.status,
        &answer.headers,
    ) {
        compare("the browser half", verdict);
    }
    faults
}

/// The items of a list in lower case, all lines.
fn tokens(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(|item| item.trim().to_ascii_lowercase())
        .filter(|item| !item.is_empty())
        .collect()
}
