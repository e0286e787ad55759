//! What is wrong with a policy, as Python sees it.

use std::fmt;

use corsage::Severity;
use corsage::server::{PolicyErrors, PolicyProblem};
use corsage_convert::findings::FindingSeverity;
use corsage_report::{Place, Problems};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{create_exception, intern};

create_exception!(
    corsage,
    PolicyError,
    PyValueError,
    "A policy with errors. `problems` has all of them, warnings and notes too."
);

/// One problem: what, where, why, and what to write instead.
#[pyclass(frozen, get_all, module = "corsage")]
pub(crate) struct Problem {
    pub(crate) severity: &'static str,
    pub(crate) code: String,
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) cause: String,
    pub(crate) way_out: String,
    /// `file:line:column`, where it was read from a file.
    pub(crate) place: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let Self { severity, code, field, value, cause, way_out, .. } = self;
        let field = if field.is_empty() { String::new() } else { format!(" {field}") };
        let value = if value.is_empty() { String::new() } else { format!(" {value:?}") };
        let way_out = if way_out.is_empty() { String::new() } else { format!("; {way_out}") };
        write!(f, "{place}{severity}[{code}]{field}{value}: {cause}{way_out}")
    }
}

#[pymethods]
impl Problem {
    fn __str__(&self) -> String {
        self.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Problem {self}>")
    }
}

impl Problem {
    fn of(problem: &PolicyProblem) -> Self {
        let index = problem.index.map(|index| format!("[{index}]")).unwrap_or_default();
        Self {
            severity: severity(problem.severity),
            code: problem.code.as_str().to_owned(),
            field: format!("{}{index}", problem.field),
            value: problem.value.clone(),
            cause: problem.cause.clone(),
            way_out: problem.way_out.clone(),
            place: None,
        }
    }
}

pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

pub(crate) fn finding_severity(severity: FindingSeverity) -> &'static str {
    match severity {
        FindingSeverity::Error => "error",
        FindingSeverity::Warning => "warning",
        FindingSeverity::Note => "note",
    }
}

/// The core's problems.
pub(crate) fn of_policy(problems: &[PolicyProblem]) -> Vec<Problem> {
    problems.iter().map(Problem::of).collect()
}

/// A file's problems, with their places.
pub(crate) fn of_file(problems: &Problems) -> Vec<Problem> {
    let place = |place: &Place| {
        let (line, column) = problems.line_and_column(place.span()?.start);
        Some(format!("{}:{line}:{column}", problems.file_name()))
    };
    let problems_of = problems.iter().map(|problem| Problem {
        severity: severity(problem.severity),
        code: problem.code.to_string(),
        field: problem.field.clone(),
        value: problem.value.clone().unwrap_or_default(),
        cause: problem.cause.clone(),
        way_out: problem.way_out.clone(),
        place: place(&problem.place),
    });
    problems_of.collect()
}

/// The exception for a draft with errors.
pub(crate) fn refused(py: Python<'_>, errors: &PolicyErrors) -> PyErr {
    error(py, of_policy(errors.problems()))
}

/// The exception that tells these problems, at least one error among them.
pub(crate) fn error(py: Python<'_>, problems: Vec<Problem>) -> PyErr {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let error = PolicyError::new_err(lines.join("\n"));
    match list(py, problems).and_then(|list| error.value(py).setattr(intern!(py, "problems"), list))
    {
        Ok(()) => error,
        Err(other) => other,
    }
}

/// Problems as a tuple.
pub(crate) fn list(py: Python<'_>, problems: Vec<Problem>) -> PyResult<Vec<Py<Problem>>> {
    problems.into_iter().map(|problem| Py::new(py, problem)).collect()
}
