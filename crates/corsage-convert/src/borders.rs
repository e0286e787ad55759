//! Where a program begins to answer differently.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Span;
use crate::regexes::Matcher;

/// Every question that a program puts to a request before it decides about CORS.
///
/// Two requests to which all questions have the same answer get the same response, apart from values that
/// are copied from the request. So whoever knows the borders knows which requests are worth asking: that
/// is how programs are compared, and how a neutral policy is learnt from a model. A border that a model
/// leaves out is a difference that nobody will find; one too many costs a few questions.
#[derive(Clone, Debug, Default)]
pub struct Borders {
    /// The tests that are made on the value of `Origin`, each by itself.
    pub origins: Vec<OriginBorder>,
    /// Lists of which the program only asks whether any entry fits: of two origins that both fit some entry
    /// one is asked about. A long list belongs here.
    pub origin_lists: Vec<Vec<OriginBorder>>,
    /// Methods that are told apart, in `Access-Control-Request-Method` or as the request's own.
    pub methods: BTreeSet<String>,
    /// Header names that are told apart in `Access-Control-Request-Headers`, in lower case.
    pub headers: BTreeSet<String>,
    /// Request headers other than those of CORS whose presence changes the answer, in lower case.
    pub looks_at: BTreeSet<String>,
    /// One path for each way that paths are told apart, such as `/`, `/api/`, `/exactly`.
    pub paths: BTreeSet<String>,
    /// One host for each way that hosts are told apart.
    pub hosts: BTreeSet<String>,
    /// Hosts that are answered alike, whatever is asked, have the same number. Who knows of none leaves it empty:
    /// each host is asked about then.
    pub alike_hosts: BTreeMap<String, usize>,
}

/// One test on an origin, and where it is written.
#[derive(Clone, Debug)]
pub struct OriginBorder {
    /// What is tested.
    pub matcher: OriginMatcher,
    /// Where in the source it stands.
    pub span: Span,
}

/// A set of values of `Origin`.
///
/// All are tests on the header's text, as the program makes them: browsers send it in lower case, without
/// a default port and without a trailing slash, or as `null`.
#[derive(Clone, Debug)]
pub enum OriginMatcher {
    /// Whatever is sent.
    Any,
    /// This text, byte for byte.
    Exact(String),
    /// This text, ASCII case aside.
    ExactIgnoringCase(String),
    /// The texts that begin so.
    Prefix(String),
    /// The texts that end so.
    Suffix(String),
    /// The texts in which this occurs.
    Contains(String),
    /// A text in which each `*` stands for any number of characters, none included.
    Glob(String),
    /// `before`, then one label or more (`any_depth`) or exactly one, then `after`, which begins with a
    /// dot: `https://`, `.example.com`.
    Labels {
        /// The text before the labels.
        before: String,
        /// The text after them.
        after: String,
        /// How many labels there may be.
        depth: Depth,
    },
    /// An origin of this host, whatever its scheme and port.
    Host(String),
    /// An origin of this scheme and host, whatever its port.
    AnyPort(String),
    /// A regular expression.
    Regex(Box<Matcher>),
}

/// In words that a reader of the source knows again.
impl fmt::Display for OriginMatcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("*"),
            Self::Exact(text) | Self::ExactIgnoringCase(text) | Self::Glob(text) => {
                formatter.write_str(text)
            }
            Self::Prefix(text) => write!(formatter, "{text}…"),
            Self::Suffix(text) => write!(formatter, "…{text}"),
            Self::Contains(text) => write!(formatter, "…{text}…"),
            Self::Labels { before, after, depth: Depth::One } => {
                write!(formatter, "{before}?{after}")
            }
            Self::Labels { before, after, depth: Depth::Any } => {
                write!(formatter, "{before}*{after}")
            }
            Self::Host(host) => write!(formatter, "any scheme and port of {host}"),
            Self::AnyPort(text) => write!(formatter, "{text}:*"),
            Self::Regex(matcher) => write!(formatter, "/{}/", matcher.written()),
        }
    }
}

/// How many labels a wildcard stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Exactly one.
    One,
    /// One or more.
    Any,
}
