//! What is kept of a configuration.

use super::expression::{Bool, Text};
use crate::Span;
use crate::regexes::Matcher;

#[derive(Clone, Debug, Default)]
pub(super) struct Apache {
    pub(super) hosts: Vec<Host>,
    /// In a directory that is served: what answers there.
    pub(super) directory: Option<Served>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    Files,
    Handler,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) names: Vec<String>,
    pub(super) own: Block,
    /// `SetEnvIf` of the server: before anything else.
    pub(super) proxies: Vec<Proxied>,
    pub(super) has_root: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Proxied {
    pub(super) path: ProxyPath,
    pub(super) to: String,
}

#[derive(Clone, Debug)]
pub(super) enum ProxyPath {
    Prefix(String),
    Regex(Matcher),
}

/// The directives of a server or of a section.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) headers: Vec<HeaderRule>,
    pub(super) request_headers: Vec<HeaderRule>,
    pub(super) set_env_if: Vec<SetEnvIf>,
    pub(super) set_env: Vec<(String, Option<String>)>,
    pub(super) rewrites: Vec<Rewrite>,
    pub(super) rewriting: Option<bool>,
    pub(super) access: Option<Access>,
    pub(super) limits: Vec<Limit>,
    /// Sections in it, in the order in which they are merged.
    pub(super) sections: Vec<Section>,
}

#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) when: When,
    pub(super) block: Block,
}

#[derive(Clone, Debug)]
pub(super) enum When {
    /// Files and directories: where files are served, or a handler stands for them.
    Directory,
    Files(NamePattern),
    Location(String),
    LocationRegex(Matcher),
    /// Numbers of the earlier conditions of its chain, and its own.
    If {
        chain: usize,
        condition: Option<Bool>,
    },
}

#[derive(Clone, Debug)]
pub(super) enum NamePattern {
    Exact(String),
    Regex(Matcher),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Granted,
    Denied,
}

/// `Limit` and `LimitExcept` with what they require.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) methods: Vec<String>,
    pub(super) except: bool,
    pub(super) access: Access,
}

#[derive(Clone, Debug)]
pub(super) struct HeaderRule {
    pub(super) table: Table,
    pub(super) action: HeaderAction,
    pub(super) condition: HeaderCondition,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    OnSuccess,
    Always,
}

#[derive(Clone, Debug)]
pub(super) enum HeaderAction {
    Set(String, Text),
    SetIfEmpty(String, Text),
    Append(String, Text),
    Merge(String, Text),
    Add(String, Text),
    Unset(String),
    Echo(Matcher),
    Edit { name: String, matcher: Matcher, replacement: String, all: bool },
}

#[derive(Clone, Debug)]
pub(super) enum HeaderCondition {
    None,
    Env { name: String, negated: bool },
    Expression(Bool),
}

#[derive(Clone, Debug)]
pub(super) struct SetEnvIf {
    pub(super) source: Attribute,
    pub(super) pattern: EnvPattern,
    /// Names, with values; `None` unsets.
    pub(super) sets: Vec<(String, Option<String>)>,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Header(String),
    Method,
    Uri,
}

#[derive(Clone, Debug)]
pub(super) enum EnvPattern {
    /// Without signs of expressions: searched as it is, and `$0` means nothing.
    Plain {
        text: String,
        ignore_case: bool,
    },
    Regex(Matcher),
    Expression(Bool),
}

#[derive(Clone, Debug)]
pub(super) struct Rewrite {
    pub(super) conditions: Vec<RewriteCondition>,
    pub(super) matcher: Matcher,
    pub(super) negated: bool,
    pub(super) action: RewriteAction,
    pub(super) env: Vec<(String, Option<Vec<RewritePiece>>)>,
    pub(super) last: bool,
}

#[derive(Clone, Debug)]
pub(super) enum RewriteAction {
    Nothing,
    /// A status other than a redirect's: it ends the request.
    Status(u16),
    Redirect(u16),
    Proxy(Vec<RewritePiece>),
}

#[derive(Clone, Debug)]
pub(super) struct RewriteCondition {
    pub(super) subject: Vec<RewritePiece>,
    pub(super) test: RewriteTest,
    pub(super) negated: bool,
    pub(super) or_next: bool,
    pub(super) no_vary: bool,
}

#[derive(Clone, Debug)]
pub(super) enum RewritePiece {
    Literal(String),
    Method,
    Uri,
    Query,
    Host,
    Scheme,
    Header(String),
    /// A header by one of the short names: it does not add to `Vary`.
    PlainHeader(String),
    Env(String),
    Https,
    /// A group of the condition that matched last.
    ConditionGroup(usize),
    /// A group of the rule itself.
    RuleGroup(usize),
}

#[derive(Clone, Debug)]
pub(super) enum RewriteTest {
    Regex(Matcher),
    Equal { text: String, ignore_case: bool },
    Expression(Bool),
}
