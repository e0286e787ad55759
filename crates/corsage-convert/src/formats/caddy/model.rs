//! What is kept of a Caddyfile.

use super::expression::Cel;
use crate::Span;
use crate::regexes::Matcher;

#[derive(Clone, Debug, Default)]
pub(super) struct Caddy {
    pub(super) sites: Vec<Site>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// None of them: every host.
    pub(super) hosts: Vec<String>,
    pub(super) routes: Vec<Route>,
    /// Each with the statuses that it is for; none: all.
    pub(super) errors: Vec<(Vec<u16>, Vec<Route>)>,
}

/// A handler, and when it runs.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// Of routes in one group only the first that matches runs.
    pub(super) group: Option<usize>,
    pub(super) matcher: Option<Set>,
    pub(super) handler: Handler,
}

/// Tests that all have to hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Set(pub(super) Vec<Test>);

#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Any of the values; `None`: the header is not there.
    Header {
        name: String,
        values: Option<Vec<Text>>,
        span: Span,
    },
    HeaderRegex {
        name: String,
        label: String,
        matcher: Matcher,
        span: Span,
    },
    Method(Vec<String>),
    Path(Vec<String>),
    PathRegex {
        label: String,
        matcher: Matcher,
    },
    Host(Vec<String>),
    Not(Vec<Set>),
    Expression(Cel),
}

#[derive(Clone, Debug)]
pub(super) enum Handler {
    Headers { ops: Ops, deferred: bool, only_absent: Vec<String> },
    RequestHeaders(Ops),
    Map(Map),
    Respond { status: Option<Text> },
    Redirect { status: Text },
    Error { status: u16 },
    Abort,
    Sub(Vec<Route>),
    StripPrefix(String),
    Rewrite(Text),
    Proxy { down: Ops },
}

/// Changes of headers, in the order in which Caddy makes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ops {
    pub(super) delete: Vec<Text>,
    pub(super) add: Vec<(String, Text)>,
    pub(super) set: Vec<(String, Text)>,
}

#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) source: Text,
    pub(super) outputs: Vec<String>,
    pub(super) entries: Vec<(MapKey, Vec<MapValue>)>,
    pub(super) default: Vec<MapValue>,
}

/// A value of a map.
#[derive(Clone, Debug)]
pub(super) enum MapValue {
    /// Placeholders are filled in.
    Filled(Text),
    /// After an expression, and as the default, they are copied as they stand.
    Copied(String),
}

#[derive(Clone, Debug)]
pub(super) enum MapKey {
    Exact(String),
    Regex(Matcher),
}

/// A text with placeholders in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(pub(super) Vec<Piece>);

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Literal(String),
    /// In lower case, without braces, its shorthand written out.
    Placeholder(String),
}

impl Text {
    pub(super) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
