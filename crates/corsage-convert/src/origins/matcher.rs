//! One matcher: whether it fits a text, and the language that it stands for.

use std::fmt::Write;

use super::language::LanguageError;
use crate::{Depth, OriginMatcher};

impl OriginMatcher {
    /// Whether a value of `Origin` fits.
    ///
    /// ```
    /// use corsage_convert::{Depth, OriginMatcher};
    /// let one = OriginMatcher::Labels {
    ///     before: "https://".into(),
    ///     after: ".example.com".into(),
    ///     depth: Depth::One,
    /// };
    /// assert!(one.fits("https://app.example.com"));
    /// assert!(!one.fits("https://deep.app.example.com"));
    /// assert!(!one.fits("https://example.com"));
    /// ```
    #[must_use]
    pub fn fits(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(text) => origin == text,
            Self::ExactIgnoringCase(text) => origin.eq_ignore_ascii_case(text),
            Self::Prefix(text) => origin.starts_with(text.as_str()),
            Self::Suffix(text) => origin.ends_with(text.as_str()),
            Self::Contains(text) => origin.contains(text.as_str()),
            Self::Glob(text) => fits_glob(text, origin),
            Self::Labels { before, after, depth } => origin
                .strip_prefix(before.as_str())
                .and_then(|rest| rest.strip_suffix(after.as_str()))
                .is_some_and(|labels| {
                    let mut count = 0;
                    let all = labels.split('.').all(|label| {
                        count += 1;
                        !label.is_empty() && !label.contains([':', '/'])
                    });
                    all && (count == 1 || *depth == Depth::Any)
                }),
            Self::Host(host) => origin.split_once("://").is_some_and(|(scheme, rest)| {
                !scheme.is_empty() && without_port(rest) == Some(host.as_str())
            }),
            Self::AnyPort(text) => without_port(origin) == Some(text.as_str()) || origin == text,
            Self::Regex(matcher) => matcher.is_match(origin),
        }
    }

    /// The one text that fits, where there is only one; in lower case where case does not count, as that is
    /// what browsers send.
    pub(super) fn only_text(&self) -> Option<String> {
        match self {
            Self::Exact(text) => Some(text.clone()),
            Self::ExactIgnoringCase(text) => Some(text.to_ascii_lowercase()),
            _ => None,
        }
    }

    /// The texts that fit, as an expression in the syntax of the `regex` crates that matches whole texts.
    pub(super) fn expression(&self) -> Result<String, LanguageError> {
        const ANY: &str = "[\\x00-\\x7F]*";
        const LABEL: &str = "[^.:/\\x80-\\xFF]+";
        Ok(match self {
            Self::Any => ANY.to_owned(),
            Self::Exact(text) => escaped(text),
            Self::ExactIgnoringCase(text) => format!("(?i:{})", escaped(text)),
            Self::Prefix(text) => format!("{}{ANY}", escaped(text)),
            Self::Suffix(text) => format!("{ANY}{}", escaped(text)),
            Self::Contains(text) => format!("{ANY}{}{ANY}", escaped(text)),
            Self::Glob(text) => text.split('*').map(escaped).collect::<Vec<_>>().join(ANY),
            Self::Labels { before, after, depth: Depth::One } => {
                format!("{}{LABEL}{}", escaped(before), escaped(after))
            }
            Self::Labels { before, after, depth: Depth::Any } => {
                format!("{}{LABEL}(?:\\.{LABEL})*{}", escaped(before), escaped(after))
            }
            Self::Host(host) => format!("[^:/]+://{}(?::[0-9]+)?", escaped(host)),
            Self::AnyPort(text) => format!("{}(?::[0-9]+)?", escaped(text)),
            Self::Regex(matcher) => matcher.whole_ascii().ok_or(LanguageError::NotRegular)?,
        })
    }

    /// A text that is the same for matchers that test the same.
    pub(crate) fn identity(&self) -> String {
        if let Some(text) = self.only_text() {
            return text;
        }
        // What is looked up and what is an expression are never the same test.
        match self.expression() {
            Ok(expression) => format!("/{expression}/"),
            Err(_) => format!("{self:?}"),
        }
    }

    /// What is written, for whoever looks for the names in it.
    pub(super) fn written(&self) -> &str {
        match self {
            Self::Any => "",
            Self::Exact(text)
            | Self::ExactIgnoringCase(text)
            | Self::Prefix(text)
            | Self::Suffix(text)
            | Self::Contains(text)
            | Self::Glob(text)
            | Self::Host(text)
            | Self::AnyPort(text) => text,
            Self::Labels { after, .. } => after,
            Self::Regex(matcher) => matcher.written(),
        }
    }
}

/// The origin without its port; nothing where what follows the last colon is no number.
fn without_port(origin: &str) -> Option<&str> {
    match origin.rsplit_once(':') {
        Some((rest, port)) if !port.starts_with('/') && !port.ends_with(']') => {
            let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then_some(rest)
        }
        _ => Some(origin),
    }
}

/// In time linear in both: each piece is taken where it first occurs.
fn fits_glob(glob: &str, origin: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == origin };
    let Some(mut left) = origin.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    left.ends_with(last)
}

pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let _ = write!(escaped, "\\x{byte:02X}");
    }
    escaped
}
