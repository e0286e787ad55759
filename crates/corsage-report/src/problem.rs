//! One problem.

use std::borrow::Cow;
use std::fmt;

use crate::{Place, Severity};

/// One problem that a tool found: its kind, its place, its cause and its way out.
///
/// It is made by naming its severity and its code, and then whatever else is known of it:
///
/// ```
/// use corsage_report::{Problem, Severity};
///
/// let problem = Problem::new(Severity::Warning, "no-origins")
///     .field("policy[0].allow_origins")
///     .cause("no page on another origin may read anything")
///     .way_out("list the origins of your pages, or remove the policy");
/// assert_eq!(
///     problem.to_string(),
///     "policy[0].allow_origins no page on another origin may read anything; \
///      list the origins of your pages, or remove the policy",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A stable kebab-case code.
    pub code: Cow<'static, str>,
    /// The field, `policy[0].allow_origins[2]`; empty if no field is to blame, as in a fault of syntax.
    pub field: String,
    /// The value as written, if one value is to blame.
    pub value: Option<String>,
    /// What is wrong.
    pub cause: String,
    /// What to write instead.
    pub way_out: String,
    /// Where it was written.
    pub place: Place,
    /// What else a reader should know: a witness, a difference, a consequence.
    pub notes: Vec<String>,
}

impl Problem {
    /// A problem of this severity and this kind, of which nothing else is known yet.
    #[must_use]
    pub fn new(severity: Severity, code: impl Into<Cow<'static, str>>) -> Self {
        Self {
            severity,
            code: code.into(),
            field: String::new(),
            value: None,
            cause: String::new(),
            way_out: String::new(),
            place: Place::Nowhere,
            notes: Vec::new(),
        }
    }

    /// Names the field that it is about.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// Quotes the value that is to blame.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Quotes the value that is to blame, if there is one.
    #[must_use]
    pub fn value_if(mut self, value: Option<String>) -> Self {
        self.value = value;
        self
    }

    /// Says what is wrong.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = way_out.into();
        self
    }

    /// Says where it was written.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Adds what else a reader should know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
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
        f.write_str(&self.cause)?;
        if !self.way_out.is_empty() {
            write!(f, "; {}", self.way_out)?;
        }
        Ok(())
    }
}
