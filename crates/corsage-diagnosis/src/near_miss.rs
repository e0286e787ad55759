//! How an origin in a header differs from the one that was wanted.

use corsage::browser::NearMiss;
use corsage_texts::{Language, text};

use crate::account::NearMissAccount;

/// A difference: the core's, or none that is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Near(Option<NearMiss>);

impl Near {
    /// A stable name, and what a person would say it is.
    fn named(self, language: Language) -> (&'static str, &'static str) {
        match self.0 {
            Some(NearMiss::TrailingSlash) => {
                ("trailing-slash", text!(language, "account.near-trailing-slash"))
            }
            Some(NearMiss::Path) => ("path", text!(language, "account.near-path")),
            Some(NearMiss::Case) => ("case", text!(language, "account.near-case")),
            Some(NearMiss::Port) => ("port", text!(language, "account.near-port")),
            Some(NearMiss::Scheme) => ("scheme", text!(language, "account.near-scheme")),
            Some(NearMiss::Www) => ("www", text!(language, "account.near-www")),
            Some(NearMiss::Loopback) => ("loopback", text!(language, "account.near-loopback")),
            Some(NearMiss::Null) => ("null", text!(language, "account.near-null")),
            Some(NearMiss::Quotes) => ("quotes", text!(language, "account.near-quotes")),
            Some(NearMiss::NoScheme) => ("no-scheme", text!(language, "account.near-no-scheme")),
            Some(NearMiss::Pattern) => ("pattern", text!(language, "account.near-pattern")),
            Some(NearMiss::List) => ("list", text!(language, "account.near-list")),
            Some(NearMiss::TrailingDot) => {
                ("trailing-dot", text!(language, "account.near-trailing-dot"))
            }
            Some(NearMiss::Idn) => ("idn", text!(language, "account.near-idn")),
            Some(NearMiss::Empty) => ("empty", text!(language, "account.near-empty")),
            _ => ("other", text!(language, "account.near-other")),
        }
    }

    pub(crate) fn is(self, any_of: &[NearMiss]) -> bool {
        self.0.is_some_and(|near| any_of.contains(&near))
    }

    /// Whether the value is no origin at all.
    pub(crate) fn is_syntax(self) -> bool {
        self.is(&[
            NearMiss::Quotes,
            NearMiss::NoScheme,
            NearMiss::Pattern,
            NearMiss::List,
            NearMiss::Empty,
            NearMiss::Path,
        ])
    }
}

/// Names the difference between the value seen and the origin wanted.
pub(crate) fn near(seen: &str, wanted: &str) -> Near {
    Near(NearMiss::between(seen, wanted))
}

/// The account of a difference: its name, a sentence, and both values with a line of marks.
pub(crate) fn account(near: Near, seen: &str, wanted: &str, language: Language) -> NearMissAccount {
    let close = near.0.is_some() && !near.is(&[NearMiss::Null, NearMiss::Empty, NearMiss::List]);
    let (kind, text) = near.named(language);
    NearMissAccount {
        kind,
        text: text.to_owned(),
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
    use corsage_texts::Language;

    use super::{differing, near};

    #[test]
    fn differences_are_named() {
        let wanted = "https://app.example";
        let rows = [
            ("https://app.example/", "trailing-slash"),
            ("https://app.example/login", "path"),
            ("https://APP.example", "case"),
            ("https://app.example:8443", "port"),
            ("http://app.example", "scheme"),
            ("https://www.app.example", "www"),
            ("null", "null"),
            ("\"https://app.example\"", "quotes"),
            ("app.example", "no-scheme"),
            ("https://*.example", "pattern"),
            ("https://app.example, https://b.example", "list"),
            ("https://app.example.", "trailing-dot"),
            ("https://äpp.example", "idn"),
            ("", "empty"),
            ("https://other.test", "other"),
        ];
        let language = Language::English;
        for (seen, expected) in rows {
            assert_eq!(near(seen, wanted).named(language).0, expected, "{seen}");
        }
        let local = near("http://127.0.0.1:3000", "http://localhost:3000");
        assert_eq!(local.named(language).0, "loopback");
    }

    #[test]
    fn the_differing_part_is_found() {
        assert_eq!(differing("https://app.example/", "https://app.example"), 19..20);
        assert_eq!(differing("http://app.example", "https://app.example"), 4..4);
        assert_eq!(differing("aXb", "aYYb"), 1..2);
        assert_eq!(differing("", "x"), 0..0);
    }
}
