//! What is kept of a VCL.

use std::collections::BTreeMap;

use crate::Span;
use crate::regexes::Matcher;

/// The subroutines, each with all that is written under its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Varnish {
    pub(super) subs: BTreeMap<String, Vec<Statement>>,
}

#[derive(Clone, Debug)]
pub(super) enum Statement {
    If(Vec<(Option<Condition>, Vec<Statement>)>),
    Set(Place, Vec<Term>),
    Unset(Place),
    Call(String),
    Synth(u16),
    /// `pass`, `deliver`: on the way that there is anyhow.
    Return,
    /// `hash`: through the cache, which asks the backend with GET, whatever was asked.
    Hash,
    /// `pipe`: the upstream's answer as it is.
    Pipe,
}

/// What can be read or written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Request(String),
    Response(String),
    /// Of the response that comes from the backend.
    Backend(String),
    Status,
    Method,
    Url,
    /// Reasons and bodies, which nobody looks at here.
    Other,
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    Text(String),
    Place(Place),
    Lower(Vec<Term>),
    Upper(Vec<Term>),
    /// `regsub`: the first match; `regsuball`: all.
    Replace {
        text: Vec<Term>,
        matcher: Matcher,
        by: String,
        all: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Constant(bool),
    /// A header that is there, an empty one too.
    There(Place),
    Equal {
        left: Vec<Term>,
        right: Vec<Term>,
        negated: bool,
        span: Span,
    },
    Matches {
        left: Vec<Term>,
        matcher: Matcher,
        negated: bool,
        span: Span,
    },
    Number {
        at_least: u16,
        at_most: u16,
        negated: bool,
    },
}
