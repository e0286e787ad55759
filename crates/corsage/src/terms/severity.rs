//! The one scale of severity.

use std::fmt;

/// How bad a problem is, wherever it was found: in a policy, a file, a server or an answer.
///
/// Greater is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It is good to know.
    Note,
    /// It is probably not what was meant.
    Warning,
    /// It cannot be used as it is: a policy with an error does not compile.
    Error,
}

impl Severity {
    /// `note`, `warning`, `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
