//! What is kept of a configuration.

use std::collections::BTreeMap;

use super::lua::LuaCors;
use super::sample::{Expression, Format};
use crate::Span;
use crate::regexes::Matcher;

#[derive(Clone, Debug, Default)]
pub(super) struct Haproxy {
    pub(super) frontend: Proxy,
    pub(super) backends: BTreeMap<String, Proxy>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Proxy {
    pub(super) name: String,
    pub(super) acls: BTreeMap<String, Vec<Test>>,
    pub(super) request: Vec<Rule>,
    pub(super) response: Vec<Rule>,
    pub(super) after: Vec<Rule>,
    pub(super) switches: Vec<(String, Option<Condition>)>,
    pub(super) default_backend: Option<String>,
    pub(super) has_server: bool,
    pub(super) captures: Vec<Capture>,
}

/// `capture request header`, or the slot of a rule that captures.
#[derive(Clone, Debug)]
pub(super) struct Capture {
    pub(super) header: Option<String>,
    pub(super) len: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) action: Action,
    pub(super) condition: Option<Condition>,
}

#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) unless: bool,
    /// Alternatives of terms that all have to hold.
    pub(super) any: Vec<Vec<Term>>,
}

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) negated: bool,
    /// More than one where an acl of this name is written more than once: any of them.
    pub(super) tests: Vec<Test>,
}

/// A sample, and what it is held against.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) expression: Expression,
    pub(super) patterns: Patterns,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Patterns {
    Found,
    Bool,
    Int(Vec<(i64, i64)>),
    Method(Vec<String>),
    Text { how: How, ignore_case: bool, values: Vec<String> },
    Len(Vec<(i64, i64)>),
    Regex(Vec<Matcher>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Exact,
    Begin,
    End,
    Sub,
    /// A word between slashes.
    Dir,
    /// A word between dots, slashes and colons.
    Dom,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    SetHeader(String, Format),
    AddHeader(String, Format),
    DelHeader(Named),
    ReplaceHeader {
        name: String,
        matcher: Matcher,
        format: Format,
    },
    SetVar(String, Expression),
    UnsetVar(String),
    SetPath(Format),
    SetStatus(u16),
    Capture(Expression, usize),
    Return(Reply),
    /// Closed without an answer.
    Reject,
    Allow,
    LuaRequest(LuaCors),
    LuaResponse,
}

#[derive(Clone, Debug)]
pub(super) enum Named {
    Text(How, String),
    Regex(Matcher),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, Format)>,
}
