//! Instances: the application, and one for each plugin that keeps what it does to itself.

use crate::Span;
use crate::javascript::Value;
use crate::regexes::{Case, Flavour, Matcher, Reach};

#[derive(Default)]
pub(super) struct Instance {
    /// What routes of this instance begin with.
    pub(super) prefix: String,
    /// What runs before each of its routes, those of the instances around it first.
    pub(super) hooks: Vec<Hook>,
    /// Whether `@fastify/cors` stands here or further out.
    pub(super) has_cors: bool,
}

#[derive(Clone)]
pub(super) struct Hook {
    pub(super) stage: Stage,
    pub(super) kind: HookKind,
    pub(super) span: Span,
}

#[derive(Clone)]
pub(super) enum HookKind {
    /// The options of `@fastify/cors`, of a kind.
    Cors(Options),
    /// A function of the application's own.
    Function(Value),
}

#[derive(Clone)]
pub(super) enum Options {
    Fixed(Value),
    /// A function that gives the options for each request.
    Delegated(Value),
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    OnRequest,
    PreParsing,
    PreValidation,
    PreHandler,
}

impl Stage {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "onRequest" => Self::OnRequest,
            "preParsing" => Self::PreParsing,
            "preValidation" => Self::PreValidation,
            "preHandler" => Self::PreHandler,
            _ => return None,
        })
    }
}

pub(super) struct Route {
    pub(super) instance: usize,
    pub(super) methods: Vec<String>,
    pub(super) path: String,
    pub(super) matcher: Matcher,
    /// `config.cors` of the route.
    pub(super) cors: Value,
    pub(super) handles: Handles,
}

/// What a route does.
#[derive(Clone)]
pub(super) enum Handles {
    /// The handler that stands behind.
    Behind,
    /// The route for every preflight, which `@fastify/cors` adds.
    Preflight,
}

/// A path as find-my-way reads it: `:name` is a segment, `*` is the rest.
pub(super) fn path_matcher(path: &str) -> Option<Matcher> {
    let mut written = String::from("^");
    let mut rest = path.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ':' => {
                while rest.peek().is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                    rest.next();
                }
                // A segment that is given as an expression has no model.
                if rest.peek() == Some(&'(') {
                    return None;
                }
                written.push_str("[^/]+");
            }
            '*' => written.push_str(".*"),
            c if c.is_ascii_punctuation() => {
                written.push('\\');
                written.push(c);
            }
            c => written.push(c),
        }
    }
    written.push('$');
    Matcher::new(&written, Flavour::JavaScript, Reach::Part, Case::Sensitive).ok()
}
