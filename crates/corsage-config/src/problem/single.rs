//! One problem.

use std::borrow::Cow;
use std::fmt;

use crate::tree::Place;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Probably not what was meant.
    Warning,
    /// The file cannot be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A stable kebab-case code.
    pub code: Cow<'static, str>,
    /// The field: `policy[0].allow_origins[2]`; empty if the fault is one of syntax.
    pub field: String,
    /// The value as written, if one value is to blame.
    pub value: Option<String>,
    /// What is wrong.
    pub cause: String,
    /// What to write instead.
    pub way_out: String,
    /// Where it was written.
    pub place: Place,
}

/// One line: place, value, cause, way out.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Environment(variable) => write!(f, "{variable}: ")?,
            Place::Argument(argument) => write!(f, "{argument}: ")?,
            Place::File(_) | Place::Nowhere => {}
        }
        if !self.field.is_empty() {
            write!(f, "{} ", self.field)?;
        }
        if let Some(value) = &self.value {
            write!(f, "{value:?} ")?;
        }
        write!(f, "{}; {}", self.cause, self.way_out)
    }
}
