//! How an origin in a header differs from the one that was wanted.

use corsage::browser::NearMiss;
use url::Url;

use crate::account::NearMissAccount;
use crate::catalogue::Words;

/// A difference, finer than the core's: what a person would say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Near {
    TrailingSlash,
    Path,
    Case,
    Port,
    Scheme,
    Www,
    Loopback,
    Null,
    Quotes,
    NoScheme,
    Pattern,
    List,
    TrailingDot,
    Idn,
    Empty,
    Other,
}

impl Near {
    /// A stable name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TrailingSlash => "trailing-slash",
            Self::Path => "path",
            Self::Case => "case",
            Self::Port => "port",
            Self::Scheme => "scheme",
            Self::Www => "www",
            Self::Loopback => "loopback",
            Self::Null => "null",
            Self::Quotes => "quotes",
            Self::NoScheme => "no-scheme",
            Self::Pattern => "pattern",
            Self::List => "list",
            Self::TrailingDot => "trailing-dot",
            Self::Idn => "idn",
            Self::Empty => "empty",
            Self::Other => "other",
        }
    }

    fn text(self, words: &Words) -> &'static str {
        match self {
            Self::TrailingSlash => words.near_trailing_slash,
            Self::Path => words.near_path,
            Self::Case => words.near_case,
            Self::Port => words.near_port,
            Self::Scheme => words.near_scheme,
            Self::Www => words.near_www,
            Self::Loopback => words.near_loopback,
            Self::Null => words.near_null,
            Self::Quotes => words.near_quotes,
            Self::NoScheme => words.near_no_scheme,
            Self::Pattern => words.near_pattern,
            Self::List => words.near_list,
            Self::TrailingDot => words.near_trailing_dot,
            Self::Idn => words.near_idn,
            Self::Empty => words.near_empty,
            Self::Other => words.near_other,
        }
    }

    /// Whether the value is no origin at all.
    pub(crate) const fn is_syntax(self) -> bool {
        matches!(
            self,
            Self::Quotes | Self::NoScheme | Self::Pattern | Self::List | Self::Empty | Self::Path
        )
    }
}

/// Names the difference between the value seen and the origin wanted.
pub(crate) fn near(seen: &str, wanted: &str, core: Option<NearMiss>) -> Near {
    let trimmed = seen.trim();
    if trimmed.is_empty() {
        return Near::Empty;
    }
    if trimmed == "null" {
        return Near::Null;
    }
    if trimmed.starts_with(['"', '\'', '`']) || trimmed.ends_with(['"', '\'', '`']) {
        return Near::Quotes;
    }
    if trimmed.contains(',') || trimmed.contains(' ') || trimmed.contains(';') {
        return Near::List;
    }
    if trimmed.contains('*') || trimmed.contains('^') || trimmed.contains('(') {
        return Near::Pattern;
    }
    if trimmed.strip_suffix('/') == Some(wanted) {
        return Near::TrailingSlash;
    }
    if !trimmed.contains("://") {
        return Near::NoScheme;
    }
    if !trimmed.is_ascii() {
        return Near::Idn;
    }
    if trimmed.eq_ignore_ascii_case(wanted) {
        return Near::Case;
    }
    if let (Ok(seen), Ok(wanted)) = (Url::parse(trimmed), Url::parse(wanted))
        && let Some(near) = near_urls(&seen, &wanted)
    {
        return near;
    }
    match core {
        Some(NearMiss::TrailingSlash) => Near::TrailingSlash,
        Some(NearMiss::Case) => Near::Case,
        Some(NearMiss::Port) => Near::Port,
        Some(NearMiss::Scheme) => Near::Scheme,
        Some(NearMiss::Www) => Near::Www,
        Some(NearMiss::Loopback) => Near::Loopback,
        _ => Near::Other,
    }
}

fn near_urls(seen: &Url, wanted: &Url) -> Option<Near> {
    let (seen_host, wanted_host) = (seen.host_str()?, wanted.host_str()?);
    let same_port = seen.port_or_known_default() == wanted.port_or_known_default()
        || (seen.port().is_none() && wanted.port().is_none());
    let same_scheme = seen.scheme() == wanted.scheme();
    if seen_host == wanted_host {
        return Some(match (same_scheme, same_port) {
            (true, true) if seen.path().len() > 1 => Near::Path,
            (true, true) => Near::Other,
            (true, false) => Near::Port,
            (false, _) => Near::Scheme,
        });
    }
    if seen_host.trim_end_matches('.') == wanted_host.trim_end_matches('.') {
        return Some(Near::TrailingDot);
    }
    if seen_host.strip_prefix("www.") == Some(wanted_host)
        || wanted_host.strip_prefix("www.") == Some(seen_host)
    {
        return Some(Near::Www);
    }
    let loopback = |host: &str| host == "localhost" || host == "[::1]" || host.starts_with("127.");
    (loopback(seen_host) && loopback(wanted_host)).then_some(Near::Loopback)
}

/// The account of a difference: its name, a sentence, and both values with a line of marks.
pub(crate) fn account(near: Near, seen: &str, wanted: &str, words: &Words) -> NearMissAccount {
    let close = !matches!(near, Near::Other | Near::Null | Near::Empty | Near::List);
    NearMissAccount {
        kind: near.name(),
        text: near.text(words).to_owned(),
        difference: close.then(|| {
            let marks = marks(seen, wanted);
            [seen.to_owned(), wanted.to_owned(), marks]
        }),
    }
}

/// Where two values differ, as the range of characters of the first between what both begin with
/// and what both end with.
pub(crate) fn differing(seen: &str, wanted: &str) -> std::ops::Range<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (seen.chars().collect(), wanted.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail =
        a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    start..a.len() - tail
}

/// A line with `^` under what the first value has and the second has not, or under the place
/// where something is missing.
fn marks(seen: &str, wanted: &str) -> String {
    let range = differing(seen, wanted);
    let length = range.len().max(1);
    format!("{}{}", " ".repeat(range.start), "^".repeat(length))
}

#[cfg(test)]
mod tests {
    use super::{Near, differing, near};

    #[test]
    fn differences_are_named() {
        let wanted = "https://app.example";
        let rows = [
            ("https://app.example/", Near::TrailingSlash),
            ("https://app.example/login", Near::Path),
            ("https://APP.example", Near::Case),
            ("https://app.example:8443", Near::Port),
            ("http://app.example", Near::Scheme),
            ("https://www.app.example", Near::Www),
            ("null", Near::Null),
            ("\"https://app.example\"", Near::Quotes),
            ("app.example", Near::NoScheme),
            ("https://*.example", Near::Pattern),
            ("https://app.example, https://b.example", Near::List),
            ("https://app.example.", Near::TrailingDot),
            ("https://äpp.example", Near::Idn),
            ("", Near::Empty),
            ("https://other.test", Near::Other),
        ];
        for (seen, expected) in rows {
            assert_eq!(near(seen, wanted, None), expected, "{seen}");
        }
        assert_eq!(near("http://127.0.0.1:3000", "http://localhost:3000", None), Near::Loopback);
    }

    #[test]
    fn the_differing_part_is_found() {
        assert_eq!(differing("https://app.example/", "https://app.example"), 19..20);
        assert_eq!(differing("http://app.example", "https://app.example"), 4..4);
        assert_eq!(differing("aXb", "aYYb"), 1..2);
        assert_eq!(differing("", "x"), 0..0);
    }
}
