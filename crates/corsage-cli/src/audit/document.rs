//! The JSON: what was found, with what it means. Its schema is `docs/audit.schema.json`.

use corsage_audit::{Finding, Findings};
use corsage_texts::Language;
use schemars::JsonSchema;
use serde::Serialize;

use super::Audited;
use super::policy::Policy;

/// The form, with its version.
#[derive(Serialize, JsonSchema)]
enum Form {
    #[serde(rename = "corsage.audit/1")]
    First,
}

/// What `corsage audit --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "corsage audit --format json")]
pub(super) struct Document<'a> {
    schema: Form,
    /// One for each target.
    audits: Vec<Audit<'a>>,
}

/// One target's result.
#[derive(Serialize, JsonSchema)]
struct Audit<'a> {
    /// The target's address, or the name of a part of a configuration.
    target: &'a str,
    /// The file, or the part of the command line, that names the target.
    named_in: &'a str,
    /// The worst first.
    findings: Vec<Told<'a>>,
    /// What others would flag, and why it is no finding; and what is accepted.
    not_vulnerable: &'a [String],
    /// Origins that the server named as trusted, where none were told.
    trusted: &'a [String],
    /// Requests that were sent.
    requests: usize,
    /// Why it is not known, if it is not.
    undecided: Option<&'a str>,
    /// The policy that puts it right, where the server and the intended pages are known.
    policy: Option<&'a Policy>,
}

/// A finding, with what its kind means.
#[derive(Serialize, JsonSchema)]
pub(super) struct Told<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// What is wrong, in one line.
    title: &'static str,
    /// The weakness, as CWE counts them.
    cwe: u16,
    /// What whoever uses it gains.
    gain: &'static str,
    /// What to do.
    fix: &'static str,
}

impl<'a> Document<'a> {
    pub(super) fn of(audited: &'a [Audited], language: Language) -> Self {
        let audit = |one: &'a Audited| Audit::of(one, language);
        Self { schema: Form::First, audits: audited.iter().map(audit).collect() }
    }
}

impl<'a> Audit<'a> {
    fn of(one: &'a Audited, language: Language) -> Self {
        let findings: &Findings = &one.findings;
        Self {
            target: &findings.target,
            named_in: &one.file,
            findings: findings.findings.iter().map(|it| Told::of(it, language)).collect(),
            not_vulnerable: &findings.not_vulnerable,
            trusted: &findings.trusted,
            requests: findings.requests,
            undecided: findings.undecided.as_deref(),
            policy: one.policy.as_ref(),
        }
    }
}

impl<'a> Told<'a> {
    pub(super) fn of(finding: &'a Finding, language: Language) -> Self {
        let class = finding.class;
        Self {
            finding,
            title: class.title(language),
            cwe: class.cwe(),
            gain: class.gain(language),
            fix: class.fix(language),
        }
    }
}
