//! The borders of a program whose configuration is code: its literals, and the values of its options.

use std::collections::BTreeSet;

use crate::javascript::{Literal, LiteralKind, Place, Value};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Borders, OriginBorder, OriginMatcher, Span};

/// How deep options are looked through.
const MAX_DEPTH: usize = 12;

/// What a module can compare a request with. Text inside functions may be the beginning, the end or a part
/// of what it is compared with; text elsewhere is compared as it is.
pub(crate) fn borders(literals: &[Literal], options: &[Value], paths: BTreeSet<String>) -> Borders {
    let mut borders = Borders { paths, ..Borders::default() };
    for literal in literals {
        let span = &literal.span;
        match &literal.kind {
            LiteralKind::Regex { pattern, flags } => regex(&mut borders, pattern, flags, span),
            LiteralKind::Text(text) => {
                word(&mut borders, text);
                if literal.place == Place::Function {
                    let text = text.to_string();
                    push(&mut borders, OriginMatcher::Prefix(text.clone()), span);
                    push(&mut borders, OriginMatcher::Suffix(text.clone()), span);
                    push(&mut borders, OriginMatcher::Contains(text.clone()), span);
                    push(&mut borders, OriginMatcher::Host(text), span);
                }
                if text.contains([':', '.']) || &**text == "null" {
                    push(&mut borders, OriginMatcher::Exact(text.to_string()), span);
                }
            }
        }
    }
    options.iter().for_each(|value| option(&mut borders, value, 0));
    borders
}

fn push(borders: &mut Borders, matcher: OriginMatcher, span: &Span) {
    borders.origins.push(OriginBorder { matcher, span: span.clone() });
}

fn regex(borders: &mut Borders, pattern: &str, flags: &str, span: &Span) {
    let case = if flags.contains('i') { Case::Insensitive } else { Case::Sensitive };
    if let Ok(matcher) = Matcher::new(pattern, Flavour::JavaScript, Reach::Part, case) {
        push(borders, OriginMatcher::Regex(Box::new(matcher)), span);
    }
}

/// A word may be a method or a header's name: on its own, or in a list in one text.
fn word(borders: &mut Borders, text: &str) {
    for word in text.split(',').map(str::trim) {
        let is_token = !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_token {
            continue;
        }
        if word.bytes().all(|b| b.is_ascii_alphabetic()) {
            borders.methods.insert(word.to_owned());
        }
        borders.headers.insert(word.to_ascii_lowercase());
    }
}

/// Values that no literal says: split, joined, from the environment.
fn option(borders: &mut Borders, value: &Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Text(text) => {
            word(borders, text);
            let known = borders.origins.iter().any(|border| {
                matches!(&border.matcher, OriginMatcher::Exact(other) if **other == **text)
            });
            if !known && (text.contains([':', '.']) || &**text == "null") {
                push(borders, OriginMatcher::Exact(text.to_string()), &(0..0));
            }
        }
        Value::Regex(it) => regex(borders, &it.pattern, &it.flags, &it.span),
        Value::Array(items) | Value::Set(items) => {
            items.borrow().iter().for_each(|item| option(borders, item, depth + 1));
        }
        Value::Object(fields) => {
            fields.borrow().iter().for_each(|(_, item)| option(borders, item, depth + 1));
        }
        _ => {}
    }
}
