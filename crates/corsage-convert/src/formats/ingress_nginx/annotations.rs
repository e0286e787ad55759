//! The annotations about CORS, as the controller validates them.
//!
//! A value that is not accepted is not an error: the controller logs it and goes on with its default, which
//! for origins is `*`.

use std::sync::LazyLock;

use crate::Span;
use crate::document::Node;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// What CORS of one Ingress comes to.
pub(super) struct Cors {
    pub(super) origins: Vec<String>,
    pub(super) credentials: bool,
    pub(super) methods: String,
    pub(super) headers: String,
    pub(super) expose: String,
    pub(super) max_age: i64,
}

const DEFAULT_METHODS: &str = "GET, PUT, POST, DELETE, PATCH, OPTIONS";
const DEFAULT_HEADERS: &str = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization";
const DEFAULT_MAX_AGE: i64 = 1_728_000;

/// The whole list of origins: each with or without a scheme, of the characters of host names.
static ORIGIN_LIST: LazyLock<Option<Matcher>> =
    LazyLock::new(|| whole(r"((((([a-z]+://)?(\*\.)?[A-Za-z0-9\-.]*(:[0-9]+)?,?)|null)+)|\*)?"));
/// One origin: here a scheme has to be there.
static ORIGIN: LazyLock<Option<Matcher>> =
    LazyLock::new(|| whole(r"([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:[0-9]+)?|\*|null)?"));
static METHODS: LazyLock<Option<Matcher>> = LazyLock::new(|| whole(r"([A-Za-z]+,?\s?)+"));
static EXPOSE: LazyLock<Option<Matcher>> = LazyLock::new(|| whole(r"(([A-Za-z0-9\-_]+|\*),?\s?)+"));
static HEADERS: LazyLock<Option<Matcher>> = LazyLock::new(|| whole(r"[A-Za-z0-9\-_, ]*"));

fn whole(expression: &str) -> Option<Matcher> {
    Matcher::new(expression, Flavour::Re2, Reach::Whole, Case::Sensitive).ok()
}

fn fits(matcher: &Option<Matcher>, text: &str) -> bool {
    matcher.as_ref().is_some_and(|matcher| matcher.is_match(text))
}

/// Whether a value passes its annotation's validator: spaces are left out for it.
fn valid(matcher: &Option<Matcher>, text: &str) -> bool {
    let without_spaces = text.replace(' ', "");
    fits(matcher, &without_spaces) && !without_spaces.contains(['\r', '\n'])
}

/// What the annotations say; nothing where CORS is not enabled.
pub(super) fn cors(annotations: &[(&str, &Node, &str)]) -> Option<Cors> {
    let value = |wanted: &str| {
        annotations.iter().find(|(name, ..)| *name == wanted).map(|(.., text)| *text)
    };
    if value("enable-cors").and_then(boolean) != Some(true) {
        return None;
    }
    let text = |name: &str| value(name).map(normalised).filter(|text| !text.is_empty());
    let origins = match text("cors-allow-origin").filter(|text| valid(&ORIGIN_LIST, text)) {
        Some(list) => origins(&list),
        None => vec!["*".to_owned()],
    };
    let checked = |name: &str, matcher: &Option<Matcher>| {
        text(name).filter(|text| valid(matcher, text) && fits(matcher, text))
    };
    Some(Cors {
        origins,
        credentials: value("cors-allow-credentials").and_then(boolean).unwrap_or(true),
        methods: checked("cors-allow-methods", &METHODS)
            .unwrap_or_else(|| DEFAULT_METHODS.to_owned()),
        headers: checked("cors-allow-headers", &HEADERS)
            .unwrap_or_else(|| DEFAULT_HEADERS.to_owned()),
        expose: checked("cors-expose-headers", &EXPOSE).unwrap_or_default(),
        max_age: value("cors-max-age").and_then(integer).unwrap_or(DEFAULT_MAX_AGE),
    })
}

/// A value that the controller does not take.
pub(crate) struct Ignored {
    /// Where it stands.
    pub(crate) span: Span,
    /// As it is written.
    pub(crate) value: String,
    /// Whether every origin is let in for it.
    pub(crate) opens: bool,
}

/// What the controller logs and goes on without.
pub(super) fn ignored(annotations: &[(&str, &Node, &str)]) -> Vec<Ignored> {
    let mut ignored = Vec::new();
    for (name, node, written) in annotations {
        let text = normalised(written);
        let is_taken = match *name {
            "cors-allow-origin" => text.is_empty() || valid(&ORIGIN_LIST, &text),
            "cors-allow-methods" => valid(&METHODS, &text) && fits(&METHODS, &text),
            "cors-allow-headers" => valid(&HEADERS, &text) && fits(&HEADERS, &text),
            "cors-expose-headers" => valid(&EXPOSE, &text) && fits(&EXPOSE, &text),
            "cors-allow-credentials" => boolean(written).is_some(),
            "cors-max-age" => integer(written).is_some(),
            _ => continue,
        };
        if !is_taken {
            let opens = *name == "cors-allow-origin";
            ignored.push(Ignored { span: node.span.clone(), value: text, opens });
        }
    }
    ignored
}

/// Entries that are no origins are left out, which can leave none.
fn origins(list: &str) -> Vec<String> {
    let mut origins = Vec::new();
    for origin in list.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
        if origin == "*" {
            return vec!["*".to_owned()];
        }
        if fits(&ORIGIN, origin) {
            origins.push(origin.to_owned());
        }
    }
    origins
}

/// As Go reads booleans.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// As Go reads integers: a sign and digits.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Each line is trimmed.
fn normalised(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join("\n")
}
