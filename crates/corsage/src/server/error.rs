//! What can be wrong with a policy: for its author, all at once.

use std::fmt;

use super::PolicyProblemCode;
use super::problem_texts::{Text, text};
use crate::terms::Severity;

/// One problem of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of problem it is.
    pub code: PolicyProblemCode,
    /// The draft's field.
    pub field: &'static str,
    /// Position in that field's list, from 0.
    pub index: Option<usize>,
    /// The value, as written.
    pub value: String,
    /// What is wrong with it.
    pub cause: String,
    /// What to write instead.
    pub way_out: String,
}

/// All that is wrong with a draft, at least one error among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    pub(crate) problems: Vec<PolicyProblem>,
}

impl PolicyErrors {
    /// All problems, errors, warnings and notes, in the order of the draft's fields.
    #[must_use]
    pub fn problems(&self) -> &[PolicyProblem] {
        &self.problems
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}", self.severity, self.code, self.field)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        write!(f, " {:?}: {}; {}", self.value, self.cause, self.way_out)
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}

/// Problems as they are found.
#[derive(Default)]
pub(super) struct Report {
    pub(super) problems: Vec<PolicyProblem>,
}

impl Report {
    /// Notes a problem whose text says all.
    pub(super) fn add(
        &mut self,
        code: PolicyProblemCode,
        field: &'static str,
        index: Option<usize>,
        value: &str,
    ) {
        self.problems.push(PolicyProblem::new(code, field, index, value));
    }

    /// Notes a problem whose cause tells of the value.
    pub(super) fn add_with_cause(
        &mut self,
        code: PolicyProblemCode,
        field: &'static str,
        index: Option<usize>,
        value: &str,
        cause: String,
    ) {
        self.problems
            .push(PolicyProblem { cause, ..PolicyProblem::new(code, field, index, value) });
    }

    /// Adds to what the last problems say, from the one at a position on, what to write instead.
    pub(super) fn suggest_from(&mut self, position: usize, instead: &str) {
        for problem in self.problems.iter_mut().skip(position) {
            problem.way_out = format!("{}: {instead:?}", problem.way_out);
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

impl PolicyProblem {
    pub(super) fn new(
        code: PolicyProblemCode,
        field: &'static str,
        index: Option<usize>,
        value: &str,
    ) -> Self {
        let Text { severity, cause, way_out } = text(code, field);
        Self {
            severity,
            code,
            field,
            index,
            value: value.to_owned(),
            cause: cause.to_owned(),
            way_out: way_out.to_owned(),
        }
    }
}
