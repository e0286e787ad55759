//! The questions of a program whose options are values.

use std::collections::BTreeSet;

use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Borders, OriginBorder, OriginMatcher, Span};

/// Gathers borders.
#[derive(Debug)]
pub(crate) struct Questions(Borders);

impl Questions {
    pub(crate) fn new() -> Self {
        let paths = BTreeSet::from(["/".to_owned()]);
        Self(Borders { paths, ..Borders::default() })
    }

    pub(crate) fn origin(&mut self, matcher: OriginMatcher, span: &Span) {
        self.0.origins.push(OriginBorder { matcher, span: span.clone() });
    }

    pub(crate) fn regex(&mut self, written: &str, reach: Reach, case: Case, span: &Span) {
        if let Ok(matcher) = Matcher::new(written, Flavour::Python, reach, case) {
            self.origin(OriginMatcher::Regex(Box::new(matcher)), span);
        }
    }

    pub(crate) fn methods<'a>(&mut self, methods: impl IntoIterator<Item = &'a String>) {
        self.0.methods.extend(methods.into_iter().cloned());
    }

    pub(crate) fn headers<'a>(&mut self, headers: impl IntoIterator<Item = &'a String>) {
        self.0.headers.extend(headers.into_iter().map(|name| name.to_ascii_lowercase()));
    }

    pub(crate) fn looks_at(&mut self, name: &str) {
        self.0.looks_at.insert(name.to_owned());
    }

    pub(crate) fn paths(&mut self, paths: impl IntoIterator<Item = String>) {
        self.0.paths.extend(paths);
    }

    pub(crate) fn done(self) -> Borders {
        self.0
    }
}

/// Paths that an expression tells apart from others.
pub(crate) fn paths_of(expression: &str) -> Vec<String> {
    let sample = crate::formats::sample::path(expression);
    // Of a doubled slash servers make different things.
    let below = format!("{}/corsage", sample.trim_end_matches('/'));
    vec![sample, below]
}
