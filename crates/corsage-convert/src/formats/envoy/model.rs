//! What is kept of Envoy's routes and of its CORS filter's policies.

use crate::Span;
use crate::regexes::Matcher;

/// Everything that one listener answers with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envoy {
    pub(crate) hosts: Vec<VirtualHost>,
    /// The policy and the header changes of the whole route configuration.
    pub(crate) level: Level,
    /// Without the filter, policies are not looked at.
    pub(crate) has_filter: bool,
}

/// What can be said for all routes, for a virtual host, or for one route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    pub(crate) policy: Option<Policy>,
    pub(crate) disabled: Option<bool>,
    pub(crate) to_add: Vec<AddedHeader>,
    pub(crate) to_remove: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct VirtualHost {
    pub(crate) domains: Vec<String>,
    pub(crate) level: Level,
    pub(crate) routes: Vec<Route>,
}

#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) path: PathMatch,
    pub(crate) headers: Vec<HeaderMatch>,
    pub(crate) level: Level,
    pub(crate) action: Action,
}

#[derive(Clone, Debug)]
pub(crate) enum PathMatch {
    Prefix(String),
    /// A prefix that ends where a segment ends.
    Segments(String),
    Exact(String),
    Regex(Matcher),
}

#[derive(Clone, Debug)]
pub(crate) struct HeaderMatch {
    /// In lower case; `:method` is one.
    pub(crate) name: String,
    pub(crate) value: HeaderValue,
    pub(crate) inverted: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum HeaderValue {
    Present,
    Absent,
    Is(StringMatch),
}

/// Envoy's `StringMatcher`.
#[derive(Clone, Debug)]
pub(crate) struct StringMatch {
    pub(crate) kind: StringKind,
    pub(crate) ignore_case: bool,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum StringKind {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    Regex(Matcher),
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Passed on; the new path begins with this in place of what matched.
    Forward {
        rewrite: Option<String>,
    },
    Redirect {
        status: u16,
    },
    Direct {
        status: u16,
    },
}

/// `CorsPolicy`. A list that is empty says nothing: the less specific policy's is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) origins: Vec<StringMatch>,
    pub(crate) methods: String,
    pub(crate) headers: String,
    pub(crate) expose: String,
    pub(crate) max_age: String,
    pub(crate) credentials: Option<bool>,
    pub(crate) forward_unmatched: Option<bool>,
    pub(crate) private_network: Option<bool>,
    pub(crate) off: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct AddedHeader {
    pub(crate) name: String,
    pub(crate) value: Vec<Piece>,
    pub(crate) action: Append,
    pub(crate) keep_empty: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    /// `%REQ(name)%`, with the other name that may follow a `?`.
    Request(String, Option<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Append {
    Add,
    AddIfAbsent,
    Overwrite,
    OverwriteIfPresent,
}

impl StringMatch {
    pub(crate) fn exact(text: impl Into<String>, span: Span) -> Self {
        Self { kind: StringKind::Exact(text.into()), ignore_case: false, span }
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        let fold =
            |text: &str| if self.ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
        let given = fold(text);
        match &self.kind {
            StringKind::Exact(wanted) => given == fold(wanted),
            StringKind::Prefix(wanted) => given.starts_with(&fold(wanted)),
            StringKind::Suffix(wanted) => given.ends_with(&fold(wanted)),
            StringKind::Contains(wanted) => given.contains(&fold(wanted)),
            StringKind::Regex(matcher) => matcher.is_match(text),
        }
    }
}
