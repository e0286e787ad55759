//! Collects problems while settings are read.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::tree::Node;
use corsage_report::{Place, Problem, Severity};

/// Where reading is, and what it has found to complain of.
pub(crate) struct Reader<'b> {
    problems: Vec<Problem>,
    path: Vec<String>,
    /// The directory that relative paths start from.
    base: Option<&'b Path>,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(base: Option<&'b Path>) -> Self {
        Self { problems: Vec::new(), path: Vec::new(), base }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Reads something one step further down.
    pub(crate) fn inside<T>(&mut self, step: String, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let read = read(self);
        self.path.pop();
        read
    }

    /// The field that is being read: `gateway.listen[0].address`.
    pub(crate) fn field(&self) -> String {
        let mut field = String::new();
        for step in &self.path {
            if !field.is_empty() && !step.starts_with('[') {
                field.push('.');
            }
            field.push_str(step);
        }
        field
    }

    /// The directory-relative path as it will be opened.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        match self.base {
            Some(base) => base.join(path),
            None => PathBuf::from(path),
        }
    }

    /// Reports an error about this value.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        node: &Node,
        cause: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        self.report(Severity::Error, code, node, cause.into(), way_out.into());
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        node: &Node,
        cause: String,
        way_out: String,
    ) {
        self.push(
            Problem::new(severity, code)
                .field(self.field())
                .value_if(node.text())
                .cause(cause)
                .way_out(way_out)
                .place(node.place.clone()),
        );
    }

    /// Reports that the value is of another type than the field.
    pub(crate) fn wrong_type(&mut self, node: &Node, wanted: &str, example: &str) {
        let mut cause = format!("expected {wanted}, found {}", node.kind());
        if let Some(text) = node.text() {
            let _ = write!(cause, " `{text}`");
        }
        self.error("wrong-type", node, cause, format!("write {example}"));
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Reports an error that no single value is to blame for.
    pub(crate) fn missing(&mut self, key: &str, table: &Place, way_out: impl Into<String>) {
        self.push(
            Problem::new(Severity::Error, "missing-key")
                .field(self.field())
                .cause(format!("`{key}` is missing"))
                .way_out(way_out.into())
                .place(table.clone()),
        );
    }
}
