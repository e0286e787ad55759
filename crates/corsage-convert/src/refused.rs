//! What is not understood, and what the program itself refuses.

use crate::Span;

/// A piece of a source that no model is made of, with its place.
///
/// A reader reports all it can find, and then reads nothing: half a policy is another policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub span: Span,
    /// What it is, in the words of the source: a directive's name, an option, an expression.
    pub what: String,
    /// Why it is not read.
    pub why: Why,
}

impl Refused {
    /// A refusal.
    pub fn new(span: Span, what: impl Into<String>, why: Why) -> Self {
        Self { span, what: what.into(), why }
    }
}

/// Why a piece is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The text breaks the format's own grammar.
    Syntax,
    /// The construct has no model here.
    NotModelled,
    /// The value is computed when the program runs.
    Computed,
    /// The value comes from the environment, or from a file that was not given.
    Elsewhere,
    /// A regular expression that is not regular, such as one with a back reference.
    NotRegular,
    /// Too large or too deep to be decided in bounded time and memory.
    TooLarge,
    /// The format is known, and nothing here reads it.
    NoReader,
}

impl Why {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::NotModelled => "not-modelled",
            Self::Computed => "computed",
            Self::Elsewhere => "elsewhere",
            Self::NotRegular => "not-regular",
            Self::TooLarge => "too-large",
            Self::NoReader => "no-reader",
        }
    }
}

/// The program refuses this text when it loads it, and so does the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What the program stumbles over.
    pub span: Span,
    /// What it is, in the words of the source.
    pub what: String,
}
