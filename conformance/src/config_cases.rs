//! One configuration, and what a validator must say.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use corsage::Severity;
use corsage::server::{Credentials, PolicyDraft, PolicyProblem, PrivateNetworkAccess, Waiver};
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::{Report, input};

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    config: Config,
    expect: Expect,
}

/// What a configuration may say. Everything but the origins may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    origins: Vec<String>,
    origin_regex: Vec<String>,
    credentials: bool,
    methods: Vec<String>,
    request_headers: Vec<String>,
    expose_headers: Vec<String>,
    /// Wider than a draft can hold, and with fractions: a file may say anything.
    max_age: Option<Number>,
    timing_allow_origin: Vec<String>,
    private_network: bool,
    tolerate: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Expect {
    kind: Kind,
    problems: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
struct Expected {
    field: String,
    value: Value,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Kind {
    #[serde(rename = "config-error")]
    Error,
    #[serde(rename = "config-warning")]
    Warning,
    #[serde(rename = "config-ok")]
    Sound,
}

/// Runs a file of configurations.
///
/// # Errors
/// What cannot be read.
pub fn run(file: &Path) -> Result<Report, String> {
    let cases: Vec<Case> = input::json_lines(file)?;
    let mut skipped = BTreeMap::<&str, usize>::new();
    let (mut pass, mut fail) = (0, 0);
    let mut text = String::new();
    for case in &cases {
        if !case.config.origin_regex.is_empty() {
            *skipped.entry("regular expressions").or_default() += 1;
            continue;
        }
        let faults = judge(case);
        if faults.is_empty() {
            pass += 1;
        } else {
            fail += 1;
            for fault in faults {
                let _ = writeln!(text, "{}: {fault}", case.id);
            }
        }
    }
    let reasons: Vec<String> =
        skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let _ = writeln!(
        text,
        "config-cases: {} lines, {pass} pass, {} skipped ({}), {fail} fail",
        cases.len(),
        skipped.values().sum::<usize>(),
        if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") },
    );
    Ok(Report { text, passed: fail == 0 })
}

fn judge(case: &Case) -> Vec<String> {
    let problems = match problems(&case.config) {
        Ok(problems) => problems,
        Err(fault) => return vec![fault],
    };
    let worst = problems.iter().map(|problem| problem.severity).max();
    let right = match case.expect.kind {
        Kind::Error => worst == Some(Severity::Error),
        Kind::Warning => worst == Some(Severity::Warning),
        Kind::Sound => worst != Some(Severity::Error),
    };
    let mut faults = Vec::new();
    if !right {
        faults.push(format!("{:?} expected, the worst is {worst:?}", case.expect.kind));
    }
    let at_least = match case.expect.kind {
        Kind::Error => Severity::Error,
        Kind::Warning => Severity::Warning,
        Kind::Sound => Severity::Note,
    };
    // Two problems of one field and value may be one report; each field and value has one.
    for expected in &case.expect.problems {
        let value = match &expected.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let field = our_field(&expected.field);
        let told = problems.iter().any(|problem| {
            problem.field == field && problem.value == value && problem.severity >= at_least
        });
        if !told {
            faults.push(format!("{} {value:?} is not reported", expected.field));
        }
    }
    if !faults.is_empty() {
        faults.extend(problems.iter().map(|problem| format!("  reported: {problem}")));
    }
    faults
}

fn problems(config: &Config) -> Result<Vec<PolicyProblem>, String> {
    let mut draft = PolicyDraft::new()
        .origins(&config.origins)
        .methods(&config.methods)
        .headers(&config.request_headers)
        .expose(&config.expose_headers);
    draft.timing_allow_origins.clone_from(&config.timing_allow_origin);
    if config.credentials {
        draft = draft.credentials(Credentials::Allow);
    }
    if config.private_network {
        draft.private_network_access = PrivateNetworkAccess::AskedFor;
    }
    for name in &config.tolerate {
        let waiver = name.parse::<Waiver>().map_err(|error| format!("{name}: {error}"))?;
        draft = draft.tolerate(waiver, "the case says so");
    }
    // A duration cannot be negative: what reads numbers is asked first, as for a file.
    let mut problems = Vec::new();
    if let Some(number) = &config.max_age {
        let read = match (number.as_i128(), number.as_f64()) {
            (Some(whole), _) => PolicyDraft::max_age_from_seconds(whole),
            (None, Some(fraction)) => PolicyDraft::max_age_from_fraction(fraction),
            (None, None) => return Err(format!("max_age: {number}")),
        };
        match read {
            Ok(age) => draft.max_age = Some(age),
            Err(problem) => problems.push(*problem),
        }
    }
    match draft.compile() {
        Ok(policy) => problems.extend_from_slice(policy.problems()),
        Err(errors) => problems.extend_from_slice(errors.problems()),
    }
    Ok(problems)
}

fn our_field(field: &str) -> &str {
    match field {
        "origins" => "allow_origins",
        "methods" => "allow_methods",
        "request_headers" => "allow_headers",
        "timing_allow_origin" => "timing_allow_origins",
        "credentials" => "allow_credentials",
        "private_network" => "private_network_access",
        other => other,
    }
}
