//! One rule.

use crate::{Asked, Span};

#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) origins: Vec<String>,
    /// Where the origins are written, if that is known better than by `span`.
    pub(super) origin_spans: Vec<Span>,
    pub(super) methods: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) expose: Vec<String>,
    pub(super) max_age: Option<i64>,
    pub(super) span: Span,
    /// Elements of one name do not stand beside each other.
    pub(super) scattered: bool,
    /// There is more than one age.
    pub(super) ages: usize,
}

/// Why a store takes no rules: at which, where it is one.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) rule: Option<usize>,
    pub(super) what: String,
}

impl Refusal {
    pub(super) fn all(what: &str) -> Self {
        Self { rule: None, what: what.to_owned() }
    }

    pub(super) fn at(rule: usize, what: impl Into<String>) -> Self {
        Self { rule: Some(rule), what: what.into() }
    }
}

/// One star, which stands for anything; nothing included.
pub(super) fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            text.len() >= before.len() + after.len()
                && text.starts_with(before)
                && text.ends_with(after)
        }
    }
}

/// The names in `Access-Control-Request-Headers`, trimmed.
pub(super) fn requested<'a>(asked: &Asked<'a>) -> Vec<&'a str> {
    asked
        .first("access-control-request-headers")
        .map(|value| value.split(',').map(str::trim).collect())
        .unwrap_or_default()
}
