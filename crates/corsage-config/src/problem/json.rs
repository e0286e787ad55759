//! Problems for machines.

use serde_json::{Value, json};

use super::Problems;
use crate::tree::Place;

impl Problems {
    /// One object a problem: `severity`, `code`, `file`, `line`, `column`, `end_line`, `end_column`,
    /// `field`, `value`, `cause`, `way_out`, and `source` for what was not set in the file.
    /// Lines and columns count from 1; columns count characters.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.iter()
            .map(|problem| {
                let mut object = json!({
                    "severity": problem.severity.to_string(),
                    "code": problem.code,
                    "file": &*self.file_name,
                    "field": problem.field,
                    "value": problem.value,
                    "cause": problem.cause,
                    "way_out": problem.way_out,
                });
                match &problem.place {
                    Place::File(span) => {
                        let (line, column) = self.line_and_column(span.start);
                        let (end_line, end_column) = self.line_and_column(span.end);
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
            })
            .collect()
    }
}
