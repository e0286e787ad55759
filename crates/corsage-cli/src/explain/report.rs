//! One request's account with what was read of its copy: as text, as JSON, and as an exit code.

use corsage::browser::{CredentialsMode, Profile};
use corsage_diagnosis::account::{Verdict, judge};
use corsage_diagnosis::{Account, Language, Observation, RemarkKind};
use corsage_evidence::Remark;
use corsage_report::Outcome;
use corsage_texts::text;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::{Detail, Planned, Purpose};
use super::{perform, render, rerun, style};

/// What is said about a request.
pub(super) struct Report {
    pub(super) human: String,
    pub(super) json: serde_json::Value,
    pub(super) outcome: Outcome,
}

/// What `--format json` prints.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "corsage explain --format json"))]
pub(super) struct Explained<'a> {
    #[serde(flatten)]
    pub(super) account: &'a Account,
    /// The command line that does the same again, without secrets.
    pub(super) rerun: &'a str,
    /// How a copy or an archive was read, and what it leaves open.
    pub(super) remarks: Vec<Said>,
}

/// Something that is said about how a copy was read.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub(super) struct Said {
    /// A stable name.
    pub(super) kind: &'static str,
    /// In words.
    pub(super) text: String,
}

impl From<&Remark> for Said {
    fn from(remark: &Remark) -> Self {
        Self { kind: remark.kind.as_str(), text: remark.text(Language::English) }
    }
}

/// Asks the network, and reports.
pub(super) fn performed(planned: &Planned) -> Result<Report, String> {
    if let Some(kind) = planned.apart {
        return Ok(apart(
            planned.method.as_deref(),
            planned.url.as_str(),
            kind,
            &planned.remarks,
            planned.language,
        ));
    }
    let observation = perform::perform(planned)?;
    let mut remarks = planned.remarks.clone();
    if let Some(mode) = planned.other_credentials
        && let Some(other) = in_other_mode(&observation, mode)
    {
        remarks.extend(other_mode(&observation, &other, &planned.profiles, planned.language));
    }
    Ok(report(
        &observation,
        &planned.profiles,
        &rerun::command_line(planned),
        &remarks,
        (planned.detail, planned.language),
        |account| {
            if planned.purpose == Purpose::Load {
                account.as_loaded(planned.language);
            }
        },
    ))
}

/// The same in the other credentials mode; `None` if it is an element's, which has none without CORS.
fn in_other_mode(observation: &Observation, mode: CredentialsMode) -> Option<Observation> {
    let mut other = observation.clone();
    if let Some(load) = other.loads.last_mut() {
        if load.with_crossorigin().is_some() {
            return None;
        }
        *load = load.clone().crossorigin("use-credentials").credentials(mode);
    }
    other.init.credentials = Some(mode);
    Some(other)
}

/// What the other credentials mode would come to, where that is something else.
pub(super) fn other_mode(
    observation: &Observation,
    other: &Observation,
    profiles: &[Profile],
    language: Language,
) -> Option<Remark> {
    let (verdict, _) = judge(observation, profiles);
    let (with, code) = judge(other, profiles);
    let differs = verdict != with && with != Verdict::Undecided;
    differs.then(|| Remark {
        kind: RemarkKind::OtherMode,
        values: vec![
            (
                "mode",
                match other.init.credentials {
                    Some(CredentialsMode::Include) => "include",
                    Some(CredentialsMode::Omit) => "omit",
                    _ => "same-origin",
                }
                .to_owned(),
            ),
            (
                "verdict",
                match with {
                    Verdict::Allowed => text!(language, "account.allowed"),
                    Verdict::Blocked => text!(language, "account.blocked"),
                    Verdict::Undecided => text!(language, "account.not-decided"),
                }
                .to_owned(),
            ),
            ("code", code.map_or_else(String::new, |code| format!(" ({code})"))),
        ],
    })
}

/// An account in both forms. `amend` changes it by what only an archive knows.
pub(super) fn report(
    observation: &Observation,
    profiles: &[Profile],
    rerun: &str,
    remarks: &[Remark],
    (detail, language): (Detail, Language),
    amend: impl FnOnce(&mut Account),
) -> Report {
    let mut account = corsage_diagnosis::account(observation, profiles, language);
    amend(&mut account);
    let explained =
        Explained { account: &account, rerun, remarks: remarks.iter().map(Said::from).collect() };
    Report {
        json: serde_json::to_value(&explained).unwrap_or_default(),
        human: format!(
            "{}{}",
            said(remarks, language),
            render::human(&account, rerun, detail, language)
        ),
        outcome: match account.verdict {
            Verdict::Allowed => Outcome::Passed,
            Verdict::Blocked => Outcome::Failed,
            Verdict::Undecided => Outcome::Undecided,
        },
    }
}

/// What is not judged by CORS, and why.
pub(super) fn apart(
    method: Option<&str>,
    url: &str,
    kind: RemarkKind,
    remarks: &[Remark],
    language: Language,
) -> Report {
    let remark = Remark { kind, values: Vec::new() };
    let said_text = remark.text(language);
    let method = method.unwrap_or("GET");
    Report {
        human: format!(
            "{}{}: {}\n  {} {}\n",
            said(remarks, language),
            style::good(text!(language, "explain.not-judged")),
            style::wrap(&said_text, 2, style::width()),
            style::harmless(method),
            style::harmless(url)
        ),
        json: serde_json::json!({
            "schema": "corsage.apart/1",
            "verdict": "allowed",
            "code": null,
            "method": method,
            "url": url,
            "reason": kind.as_str(),
            "text": said_text,
            "remarks": remarks.iter().map(Said::from).collect::<Vec<_>>(),
        }),
        outcome: Outcome::Passed,
    }
}

/// The remarks, a line each.
pub(super) fn said(remarks: &[Remark], language: Language) -> String {
    let word = text!(language, "explain.remark");
    let mut out = String::new();
    for remark in remarks {
        let text = style::harmless(&remark.text(language));
        let first = word.chars().count() + 2;
        out.push_str(&format!(
            "{}: {}\n",
            style::strong(word),
            style::wrap_hanging(&text, first, 2, style::width())
        ));
    }
    out
}

/// Blocked counts before undecided, and that before allowed.
pub(super) fn worst(outcomes: &[Outcome]) -> Outcome {
    [Outcome::Unusable, Outcome::Failed, Outcome::Undecided]
        .into_iter()
        .find(|outcome| outcomes.contains(outcome))
        .unwrap_or(Outcome::Passed)
}
