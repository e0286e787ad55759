//! Problems for programs.

use serde_json::{Value, json};

use crate::{Place, Problem, Problems, Report, Severity};

pub(super) fn report(report: &Report) -> Value {
    let files: Vec<Value> = report
        .files()
        .iter()
        .map(|file| {
            let mut object = json!({
                "file": file.file_name(),
                "ok": file.why_unreadable().is_none() && file.count(Severity::Error) == 0,
            });
            if let Some(cause) = file.why_unreadable() {
                object["unreadable"] = cause.into();
            }
            object["problems"] = file.to_json();
            object
        })
        .collect();
    json!({ "files": files })
}

impl Problems {
    /// One object a problem: `severity`, `code`, `file`, `line`, `column`, `end_line`, `end_column`,
    /// `field`, `value`, `cause`, `way_out`, `notes` where there are any, and `source` for what was not
    /// set in the file. Lines and columns count from 1; columns count characters.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.iter().map(|problem| self.one(problem)).collect()
    }

    fn one(&self, problem: &Problem) -> Value {
        let mut object = json!({
            "severity": problem.severity.as_str(),
            "code": problem.code,
            "file": self.file_name(),
            "field": problem.field,
            "value": problem.value,
            "cause": problem.cause,
            "way_out": problem.way_out,
        });
        if !problem.notes.is_empty() {
            object["notes"] = problem.notes.clone().into();
        }
        match &problem.place {
            Place::File(span) => {
                let [(line, column), (end_line, end_column)] = self.region(span);
                object["line"] = line.into();
                object["column"] = column.into();
                object["end_line"] = end_line.into();
                object["end_column"] = end_column.into();
            }
            Place::Environment(name) => {
                object["source"] = format!("environment variable {name}").into();
            }
            Place::Argument(name) => object["source"] = format!("argument {name}").into(),
            Place::Nowhere => {}
        }
        object
    }
}
