//! What came back.

use std::time::Duration;

/// A response: its status, its header lines in order, the beginning of its body, and how long it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header lines as they came.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as the caller is willing to read.
    pub body: Vec<u8>,
    /// From the request to the end of what was read; zero where nobody measured.
    pub took: Duration,
}

impl Answer {
    /// A response without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With one more header line.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The values of a header's lines, in order.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        let is_it = move |(of, _): &&(String, String)| of.eq_ignore_ascii_case(name);
        self.headers.iter().filter(is_it).map(|(_, value)| value.trim())
    }

    /// A header as browsers combine it.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let lines: Vec<&str> = self.lines(name).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// The parts of a list.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let parts = self.lines(name).flat_map(|line| line.split(','));
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    pub(crate) fn allow_origin(&self) -> Option<String> {
        self.header("access-control-allow-origin")
    }

    /// Whether a cache keeps answers to different origins apart.
    pub(crate) fn varies_on_origin(&self) -> bool {
        self.list("vary").iter().any(|name| name == "*" || name.eq_ignore_ascii_case("origin"))
    }

    /// Whether a cache may keep it for a while.
    pub(crate) fn is_cacheable(&self) -> bool {
        let directives = self.list("cache-control");
        let keeps = directives.iter().any(|directive| {
            let seconds = directive
                .strip_prefix("max-age=")
                .or_else(|| directive.strip_prefix("s-maxage="))
                .and_then(|seconds| seconds.trim_matches('"').parse::<u64>().ok());
            seconds.is_some_and(|seconds| seconds > 0)
        });
        keeps && !directives.iter().any(|directive| directive == "no-store")
    }

    /// Whether a shared cache says that it has kept it.
    pub(crate) fn is_from_a_cache(&self) -> bool {
        let says_hit =
            |name: &&str| self.lines(name).any(|value| value.to_ascii_lowercase().contains("hit"));
        self.lines("age").any(|age| age != "0")
            || ["x-cache", "cf-cache-status", "x-cache-status", "cache-status"].iter().any(says_hit)
    }

    /// Whether a shared cache has had its hands on it.
    pub(crate) fn shows_a_cache(&self) -> bool {
        ["x-cache", "age", "cf-cache-status", "x-cache-status", "cache-status"]
            .iter()
            .any(|name| self.lines(name).next().is_some())
    }
}
