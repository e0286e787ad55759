//! Routes: which requests one takes, and which of two is asked first.

use std::cmp::Reverse;

use crate::formats::sample;
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Asked, Borders};

/// One route. Lists that are empty take everything.
#[derive(Default)]
pub(super) struct Route {
    pub(super) hosts: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) prefixes: Vec<String>,
    pub(super) expressions: Vec<(String, Matcher)>,
    pub(super) regex_priority: i64,
}

impl Route {
    pub(super) fn add_path(&mut self, path: &str) -> Option<()> {
        match path.strip_prefix('~') {
            None => self.prefixes.push(path.to_owned()),
            Some(expression) => {
                let matcher =
                    Matcher::new(expression, Flavour::Pcre, Reach::Start, Case::Sensitive).ok()?;
                self.expressions.push((expression.to_owned(), matcher));
            }
        }
        Some(())
    }

    pub(super) fn takes(&self, asked: &Asked<'_>) -> bool {
        let host = asked.host.rsplit_once(':').map_or(asked.host, |(host, _)| host);
        let takes_host = self.hosts.is_empty()
            || self.hosts.iter().any(|one| match one.split_once('*') {
                Some((before, after)) => {
                    host.len() > before.len() + after.len()
                        && host.starts_with(before)
                        && host.ends_with(after)
                }
                None => one.eq_ignore_ascii_case(host),
            });
        let path = asked.path_only();
        let takes_path = self.prefixes.is_empty() && self.expressions.is_empty()
            || self.prefixes.iter().any(|prefix| path.starts_with(prefix.as_str()))
            || self.expressions.iter().any(|(_, matcher)| matcher.is_match(path));
        let takes_method =
            self.methods.is_empty() || self.methods.iter().any(|method| method == asked.method);
        takes_host && takes_path && takes_method
    }

    /// The order in which routes are asked: those that look at more first, then expressions before
    /// prefixes, then the longer path.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        let has_paths = !self.prefixes.is_empty() || !self.expressions.is_empty();
        let aspects = usize::from(!self.hosts.is_empty())
            + usize::from(has_paths)
            + usize::from(!self.methods.is_empty());
        let longest = self.prefixes.iter().map(String::len).max().unwrap_or(0);
        Reverse((
            aspects,
            !self.hosts.is_empty(),
            !self.expressions.is_empty(),
            self.regex_priority,
            longest,
        ))
    }

    pub(super) fn borders(&self, borders: &mut Borders) {
        borders.paths.extend(self.prefixes.iter().cloned());
        borders.paths.extend(self.expressions.iter().map(|(text, _)| sample::path(text)));
        borders.hosts.extend(self.hosts.iter().map(|host| host.replace('*', "x")));
        borders.methods.extend(self.methods.iter().cloned());
    }
}
