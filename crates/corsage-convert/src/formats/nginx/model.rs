//! What is kept of a configuration: everything that decides about CORS headers, statuses and routes.

use std::collections::{BTreeMap, BTreeSet};

use super::value::Value;
use crate::Span;
use crate::regexes::Matcher;

/// A whole configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// Variables made by `map`.
    pub(super) maps: BTreeMap<String, Map>,
    /// Variables made by `set`, or by named groups: they shadow those that nginx has of itself.
    pub(super) assigned: BTreeSet<String>,
    pub(super) servers: Vec<Server>,
    /// Every set of directives that a request can be under, inheritance done.
    pub(super) scopes: Vec<Scope>,
}

/// A place in [`Model::scopes`].
pub(super) type ScopeId = usize;

#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) source: Value,
    pub(super) volatile: bool,
    pub(super) hostnames: bool,
    pub(super) default: Option<Value>,
    /// Keys in lower case, as the hash compares them.
    pub(super) exact: BTreeMap<String, Value>,
    /// Host names with a wildcard: the labels that must be there, and on which side the wildcard is.
    pub(super) wildcards: Vec<(HostWildcard, Value)>,
    pub(super) expressions: Vec<(Expression, Value)>,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostWildcard {
    /// `*.example.com`.
    Head(String),
    /// `www.example.*`.
    Tail(String),
}

/// A regular expression, with the variables that its named groups fill.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) matcher: Matcher,
    /// Names and numbers of the named groups.
    pub(super) names: Vec<(String, usize)>,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) names: Vec<ServerName>,
    pub(super) default: Default,
    pub(super) scope: ScopeId,
    pub(super) codes: Vec<Code>,
    pub(super) locations: Locations,
    pub(super) named: BTreeMap<String, Location>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Default {
    Yes,
    No,
}

#[derive(Clone, Debug)]
pub(super) enum ServerName {
    Exact(String),
    Head(String),
    Tail(String),
    Regex(Expression),
}

/// The locations of one level.
#[derive(Clone, Debug, std::default::Default)]
pub(super) struct Locations {
    pub(super) exact: Vec<Location>,
    pub(super) prefixes: Vec<Location>,
    pub(super) expressions: Vec<Location>,
}

#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) path: LocationPath,
    pub(super) scope: ScopeId,
    pub(super) codes: Vec<Code>,
    pub(super) nested: Locations,
}

#[derive(Clone, Debug)]
pub(super) enum LocationPath {
    Exact(String),
    Prefix(String),
    /// `^~`: expressions are not looked at.
    FirmPrefix(String),
    Regex(Expression),
    Named(String),
}

impl LocationPath {
    /// The text that a path begins with, or is.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Prefix(text) | Self::FirmPrefix(text) | Self::Named(text) => {
                text
            }
            Self::Regex(expression) => expression.matcher.written(),
        }
    }
}

/// One set of directives, with all that it inherits.
#[derive(Clone, Debug, std::default::Default)]
pub(super) struct Scope {
    /// The path of the location.
    pub(super) prefix: String,
    /// None of its own, and none inherited: nothing is added.
    pub(super) add_headers: Option<Vec<AddHeader>>,
    /// Those of headers-more, outer ones first: they are not replaced by inner ones.
    pub(super) more: Vec<MoreHeaders>,
    pub(super) hidden: Option<BTreeSet<String>>,
    pub(super) error_pages: Option<Vec<ErrorPage>>,
    pub(super) intercept: Switch,
    pub(super) recursive_errors: Switch,
    pub(super) access: Option<Access>,
    pub(super) auth_basic: Switch,
    pub(super) satisfy_any: Switch,
    pub(super) handler: Handler,
    /// Files are looked for in a place that is named.
    pub(super) rooted: Switch,
    pub(super) try_files: Option<TryFiles>,
    pub(super) limit_except: Option<LimitExcept>,
}

impl Scope {
    /// Fills in what an outer scope says and this one does not: for the blocks inside a location.
    pub(super) fn inherit(&mut self, outer: &Self) {
        if self.add_headers.is_none() {
            self.add_headers.clone_from(&outer.add_headers);
        }
        if self.error_pages.is_none() {
            self.error_pages.clone_from(&outer.error_pages);
        }
        if self.hidden.is_none() {
            self.hidden.clone_from(&outer.hidden);
        }
        if self.access.is_none() {
            self.access = outer.access;
        }
        let own = std::mem::take(&mut self.more);
        self.more = outer.more.iter().cloned().chain(own).collect();
        if matches!(self.handler, Handler::Files) {
            self.handler = outer.handler.clone();
        }
        for (own, outer) in [
            (&mut self.intercept, outer.intercept),
            (&mut self.recursive_errors, outer.recursive_errors),
            (&mut self.auth_basic, outer.auth_basic),
            (&mut self.satisfy_any, outer.satisfy_any),
            (&mut self.rooted, outer.rooted),
        ] {
            if *own == Switch::Off {
                *own = outer;
            }
        }
        self.prefix.clone_from(&outer.prefix);
    }
}

/// `try_files`: the last way, where no file is there.
#[derive(Clone, Debug)]
pub(super) struct TryFiles {
    pub(super) last: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, std::default::Default)]
pub(super) enum Switch {
    On,
    #[default]
    Off,
}

/// The last word of `allow` and `deny`, as far as it holds for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Allow,
    Deny,
}

#[derive(Clone, Debug, std::default::Default)]
pub(super) enum Handler {
    /// Files under the default root: nothing is there.
    #[default]
    Files,
    /// Something that is asked: a proxy, FastCGI and their like.
    Behind {
        /// What the location's prefix is replaced by.
        uri: Option<Value>,
    },
    EmptyGif,
}

#[derive(Clone, Debug)]
pub(super) struct LimitExcept {
    pub(super) methods: BTreeSet<String>,
    pub(super) scope: ScopeId,
}

#[derive(Clone, Debug)]
pub(super) struct AddHeader {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) always: Switch,
    pub(super) span: Span,
}

impl AddHeader {
    /// Whether it is one that an answer is compared by.
    pub(super) fn is_of_cors(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        name == "vary" || name.starts_with("access-control-")
    }
}

#[derive(Clone, Debug)]
pub(super) struct MoreHeaders {
    pub(super) statuses: Vec<u16>,
    pub(super) headers: Vec<(String, Value)>,
    /// Only where the header is there already.
    pub(super) restrict: Switch,
    pub(super) append: Switch,
}

#[derive(Clone, Debug)]
pub(super) struct ErrorPage {
    pub(super) statuses: Vec<u16>,
    pub(super) overwrite: Overwrite,
    pub(super) target: Value,
}

/// What becomes of the status when an error page answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Overwrite {
    /// The error's own.
    Keep,
    /// `=`: the page's.
    Page,
    /// `=200`.
    Fixed(u16),
}

/// One step of the rewrite module.
#[derive(Clone, Debug)]
pub(super) enum Code {
    Set { name: String, value: Value },
    If { condition: Condition, codes: Vec<Code>, scope: Option<ScopeId> },
    Return { status: u16, text: Option<Value> },
    Rewrite { expression: Expression, replacement: Value, flag: RewriteFlag },
    Break,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RewriteFlag {
    None,
    Last,
    Break,
    Redirect,
    Permanent,
}

#[derive(Clone, Debug)]
pub(super) enum Condition {
    Truthy(String),
    Equal { name: String, value: Value, negated: Negated, span: Span },
    Matches { name: String, expression: Expression, negated: Negated },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Negated {
    Yes,
    No,
}
