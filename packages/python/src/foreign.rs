//! The settings of other packages, as this one's policies: by the models of what those packages do.

use corsage_convert::compare::Verdict;
use corsage_convert::findings::{Finding, findings};
use corsage_convert::{
    Checked, Circumstances, Format, NotRead, Source, convert as converted, read, report,
};
use corsage_diagnosis::Language;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::policy::Policies;
use crate::problem::{self, Problem, finding_severity};

/// What became of another package's settings.
#[pyclass(frozen, get_all, module = "corsage")]
pub(crate) struct Converted {
    /// The policies that say the same, as far as they can.
    policies: Py<Policies>,
    /// What is wrong with the settings as they are.
    findings: Vec<Py<Problem>>,
    /// What could not be said, and what differs, for people; empty where no page can tell the two apart.
    differences: String,
    /// `exact`, `wider`, `narrower` or `different`: what becomes of pages.
    verdict: &'static str,
    /// Whether some page can read what it could not read before, errors aside.
    admits_more: bool,
}

const NOT_WRITTEN: &str = "there is nothing in it that a policy could say";

/// What the policies are, and what is told beside them.
struct Said {
    toml: String,
    findings: Vec<Problem>,
    differences: String,
    verdict: &'static str,
    /// Whether a page can read what it could not read before.
    admits_more: bool,
}

/// Converts a text of one of Python's frameworks.
#[pyfunction]
pub(crate) fn convert(py: Python<'_>, format: &str, text: &str) -> PyResult<Converted> {
    let format: Format = format
        .parse()
        .map_err(|_| PyValueError::new_err(format!("no format is called {format:?}")))?;
    let said = py.detach(|| say(format, text)).map_err(PyValueError::new_err)?;
    let policies = corsage_config::parse(&said.toml, &format!("from {}", format.name()))
        .map_err(|problems| problem::error(py, problem::of_file(&problems)))?;
    Ok(Converted {
        policies: Py::new(py, Policies::of(policies, said.toml))?,
        findings: problem::list(py, said.findings)?,
        differences: said.differences,
        verdict: said.verdict,
        admits_more: said.admits_more,
    })
}

fn say(format: Format, text: &str) -> Result<Said, String> {
    let circumstances = Circumstances::default();
    let source = Source { text, name: None, circumstances: &circumstances };
    let program = read(format, &source).map_err(|error| not_read(format, &error))?;
    let findings: Vec<Problem> = findings(program.as_ref()).iter().map(problem_of).collect();
    let conversion = converted(program.as_ref(), Format::Corsage, format.name(), &circumstances)
        .ok_or_else(|| NOT_WRITTEN.to_owned())?;
    let mut differences = String::new();
    let (verdict, admits_more) = match &conversion.checked {
        Checked::Compared { comparison, .. } => {
            let verdict = comparison.verdict();
            if verdict != Verdict::Exact {
                for note in &conversion.written.notes {
                    differences.push_str(&format!("left out: {}\n", note.what));
                }
                differences.push_str(&report::human(comparison, Language::English));
            }
            (verdict.code(), comparison.admits_more())
        }
        Checked::NoReader => return Err(NOT_WRITTEN.to_owned()),
        Checked::Refused(error) => {
            let refusal = not_read(Format::Corsage, error);
            let found: Vec<String> = findings.iter().map(|one| format!("\n{one}")).collect();
            return Err(format!("{refusal}{}", found.concat()));
        }
    };
    Ok(Said { toml: conversion.written.text, findings, differences, verdict, admits_more })
}

fn problem_of(finding: &Finding) -> Problem {
    let witness = finding.witness.as_ref().map(|witness| format!(", such as {witness}"));
    Problem {
        severity: finding_severity(finding.code.severity()),
        code: finding.code.as_str().to_owned(),
        field: finding.route.clone(),
        value: finding.value.clone(),
        cause: format!("{}{}", finding.code.cause(), witness.unwrap_or_default()),
        way_out: finding.code.way_out().to_owned(),
        place: None,
    }
}

/// What is not understood, a line for each piece.
fn not_read(format: Format, error: &NotRead) -> String {
    match error {
        NotRead::Refused(pieces) => {
            let lines: Vec<String> = pieces
                .iter()
                .map(|piece| format!("{format}: {} ({})", piece.what, report::why(piece.why)))
                .collect();
            lines.join("\n")
        }
        NotRead::Rejected(rejected) => format!("{format} itself refuses this: {}", rejected.what),
    }
}
