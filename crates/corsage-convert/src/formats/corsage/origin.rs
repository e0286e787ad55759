//! The core's patterns as matchers.

use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Depth, OriginMatcher};

/// The matcher of one entry of `allow_origins`.
pub(super) fn matcher(text: &str) -> OriginMatcher {
    if text == "*" {
        return OriginMatcher::Any;
    }
    if !text.contains(['*', '?']) {
        return OriginMatcher::Exact(text.to_owned());
    }
    let (rest, has_any_port) = match text.strip_suffix(":*") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    if has_any_port && !rest.contains(['*', '?']) {
        return OriginMatcher::AnyPort(rest.to_owned());
    }
    if !has_any_port && let Some((before, after)) = labels(rest) {
        let depth = if rest.contains("://?.") { Depth::One } else { Depth::Any };
        return OriginMatcher::Labels { before: before.to_owned(), after: after.to_owned(), depth };
    }
    let mut expression = String::new();
    for character in rest.chars() {
        match character {
            // A star before a dot at the front is labels, a star within a label is a part of it.
            '*' if expression.ends_with("//") && rest.contains("://*.") => {
                expression.push_str("[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");
            }
            '*' => expression.push_str("[a-z0-9-]+"),
            '?' => expression.push_str("[a-z0-9_-]+"),
            other if other.is_ascii_alphanumeric() || matches!(other, '/' | ':' | '-' | '_') => {
                expression.push(other);
            }
            other => {
                expression.push('\\');
                expression.push(other);
            }
        }
    }
    if has_any_port {
        expression.push_str("(?::[0-9]+)?");
    }
    match Matcher::new(&expression, Flavour::Re2, Reach::Whole, Case::Sensitive) {
        Ok(matcher) => OriginMatcher::Regex(Box::new(matcher)),
        Err(_) => OriginMatcher::Exact(text.to_owned()),
    }
}

/// `https://`, `.example.com`.
fn labels(text: &str) -> Option<(&str, &str)> {
    let (scheme, host) = text.split_once("://")?;
    let after = host.strip_prefix(['*', '?'])?;
    (after.starts_with('.') && !after.contains(['*', '?']))
        .then(|| (&text[..scheme.len() + 3], after))
}
