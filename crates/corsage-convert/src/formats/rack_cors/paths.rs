//! Paths of resources, as rack-cors makes expressions of them.

use crate::formats::sample;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// The expression of a pattern, and a path that fits it.
pub(super) fn pattern(written: &str) -> Option<(Matcher, String)> {
    let mut expression = String::from("^");
    let mut rest = written;
    while let Some(char) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("/*") {
            expression.push_str(r"\/?(.*?)");
            rest = after;
        } else if char == '*' {
            expression.push_str("(.*?)");
            rest = &rest[1..];
        } else if char == ':'
            && rest[1..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        {
            expression.push_str("([^/?&#]+)");
            rest = rest[1..]
                .trim_start_matches(|next: char| next.is_ascii_alphanumeric() || next == '_');
        } else {
            if ".+()$".contains(char) {
                expression.push('\\');
            }
            expression.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    expression.push('$');
    expressed(&expression)
}

/// An expression by itself.
pub(super) fn expressed(expression: &str) -> Option<(Matcher, String)> {
    let matcher = Matcher::new(expression, Flavour::Pcre, Reach::Part, Case::Sensitive).ok()?;
    Some((matcher, sample::path(expression)))
}

/// A path as it is compared: decoded, without `.` and `..` and doubled slashes.
pub(super) fn cleaned(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let raw = path.as_bytes();
    let mut at = 0;
    while at < raw.len() {
        let digits = path.get(at + 1..at + 3).filter(|_| raw[at] == b'%');
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(raw[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    let decoded = String::from_utf8_lossy(&bytes).into_owned();
    let mut parts: Vec<&str> = Vec::new();
    for part in decoded.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
