//! `fetch(url, init)`, in the forms of the developer tools and of people.

use corsage::browser::{CredentialsMode, RedirectMode, ReferrerPolicy};
use corsage_diagnosis::RemarkKind;
use oxc_ast::ast::{Argument, ObjectPropertyKind, PropertyKey};

use super::value::{Names, Value, text};
use crate::request::{Copied, Credentials, mode};

/// Headers that scripts may not set, and whose values tell something all the same.
const TELLING: &[&str] = &[
    "cookie",
    "host",
    "origin",
    "referer",
    "user-agent",
    "content-length",
    "connection",
    "accept-encoding",
];

pub(super) fn read<'a>(names: &Names<'a, 'a>, arguments: &'a [Argument<'a>]) -> Copied {
    let mut copied = Copied::default();
    let mut init = names.argument(arguments, 1);
    match names.argument(arguments, 0) {
        Some(Value::Request(request)) => {
            if let Some(url) = names.argument(&request.arguments, 0) {
                take_url(&mut copied, &url);
            }
            if let Some(value) = names.argument(&request.arguments, 1) {
                take_init(names, &mut copied, &value);
            }
        }
        Some(url) => take_url(&mut copied, &url),
        None => init = None,
    }
    if let Some(init) = init {
        take_init(names, &mut copied, &init);
    }
    copied
}

/// The URL, or that it is computed.
pub(super) fn take_url(copied: &mut Copied, url: &Value<'_, '_>) {
    match url {
        Value::Text(url) => copied.url = Some(url.clone()),
        Value::Computed(computed) => {
            copied.remark(
                RemarkKind::UrlComputed,
                &[("text", &computed.text), ("place", &computed.place)],
            );
        }
        _ => {}
    }
}

fn take_init<'a>(names: &Names<'a, 'a>, copied: &mut Copied, init: &Value<'a, 'a>) {
    if let Value::Computed(computed) = init {
        copied.remark(
            RemarkKind::MemberComputed,
            &[
                ("name", "the second argument"),
                ("text", &computed.text),
                ("place", &computed.place),
            ],
        );
        return;
    }
    let by_tool = is_written_by_tool(init);
    let Some(pairs) = names.pairs(init) else { return };
    let mut guess = None;
    let mut referrer = None;
    for (name, value) in &pairs {
        if let Value::Computed(computed) = value {
            computed_member(copied, name, computed);
            if name == "body" {
                copied.data = Some(String::new());
            }
            continue;
        }
        let written = text(value);
        match (name.as_str(), written.as_deref()) {
            ("method", Some(method)) => copied.method = Some(method.to_owned()),
            ("headers", _) => take_headers(names, copied, value),
            ("body", _) => take_body(copied, value),
            ("mode", Some(name)) => copied.mode = mode(name),
            ("credentials", Some(name)) => guess = credentials(name),
            ("redirect", Some(name)) => {
                copied.redirect = match name {
                    "error" => Some(RedirectMode::Error),
                    "manual" => Some(RedirectMode::Manual),
                    _ => None,
                };
            }
            ("referrer", Some(url)) if url.contains("://") => referrer = Some(url.to_owned()),
            ("referrerPolicy", Some(name)) => {
                copied.referrer_policy = ReferrerPolicy::from_name(name);
            }
            ("withCredentials", _) => copied.remark(RemarkKind::WithCredentialsIgnored, &[]),
            _ => {}
        }
    }
    copied.page = copied.page.take().or(referrer);
    if let Some(mode) = guess {
        // With cookies or a token developer tools write "include", and "omit" without; only cookies prove a mode.
        let token = copied.header("authorization").is_some();
        copied.credentials = match mode {
            CredentialsMode::Include if by_tool && !token => Credentials::Known(mode),
            _ if by_tool => Credentials::Guessed(mode),
            _ => Credentials::Known(mode),
        };
        if by_tool && matches!(copied.credentials, Credentials::Guessed(_)) {
            let name = if mode == CredentialsMode::Include { "include" } else { "omit" };
            copied.remark(RemarkKind::CredentialsGuessed, &[("mode", name)]);
        }
    }
}

/// Developer tools put all names into quotes, and write what people leave out.
fn is_written_by_tool(init: &Value<'_, '_>) -> bool {
    let Value::Object(object) = init else { return false };
    let mut names = object.properties.iter().map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) => match &property.key {
            PropertyKey::StringLiteral(name) => Some(name.value.as_str()),
            _ => None,
        },
        ObjectPropertyKind::SpreadProperty(_) => None,
    });
    let quoted = names.clone().all(|name| name.is_some());
    quoted && names.any(|name| matches!(name, Some("referrer" | "mode" | "referrerPolicy")))
}

pub(super) fn computed_member(
    copied: &mut Copied,
    name: &str,
    computed: &super::super::word::Computed,
) {
    let kind = match name {
        "body" | "data" | "json" => RemarkKind::BodyComputed,
        "headers" => RemarkKind::HeadersComputed,
        // What is said of a signal or a cache decides nothing.
        "method" | "mode" | "credentials" | "redirect" | "withCredentials" | "..." => {
            RemarkKind::MemberComputed
        }
        _ => return,
    };
    copied.remark(kind, &[("name", name), ("text", &computed.text), ("place", &computed.place)]);
}

fn credentials(name: &str) -> Option<CredentialsMode> {
    match name {
        "omit" => Some(CredentialsMode::Omit),
        "same-origin" => Some(CredentialsMode::SameOrigin),
        "include" => Some(CredentialsMode::Include),
        _ => None,
    }
}

/// Headers of whatever form. A name decides, whatever its value is computed from.
pub(super) fn take_headers<'a>(names: &Names<'a, 'a>, copied: &mut Copied, value: &Value<'a, 'a>) {
    let Some(pairs) = names.pairs(value) else { return };
    let mut sent = Vec::new();
    for (name, value) in pairs {
        match value {
            Value::Computed(computed) if name == "..." => {
                copied.remark(
                    RemarkKind::HeadersComputed,
                    &[("text", &computed.text), ("place", &computed.place)],
                );
            }
            Value::Computed(computed) => {
                copied.remark(
                    RemarkKind::HeaderComputed,
                    &[("name", &name), ("text", &computed.text), ("place", &computed.place)],
                );
                sent.push((name, computed.text));
            }
            // `undefined` and `null` are sent as words by fetch.
            value => sent.push((name, text(&value).unwrap_or_else(|| "undefined".to_owned()))),
        }
    }
    let by_person = crate::sent_headers::writer(
        sent.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    ) == crate::sent_headers::Writer::Person;
    copied.take_sent(&sent);
    let node = sent.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case("referer") || name.eq_ignore_ascii_case("cookie")
    });
    if node {
        copied.remark(RemarkKind::ServerSide, &[]);
    }
    // Set by hand, and dropped by the browser: the account says so.
    for (name, value) in &sent {
        let lower = name.to_ascii_lowercase();
        if by_person && !node && TELLING.contains(&lower.as_str()) {
            copied.headers.push((lower, value.clone()));
        }
    }
}

/// The body and the type that it brings.
pub(super) fn take_body(copied: &mut Copied, value: &Value<'_, '_>) {
    let (data, kind) = match value {
        Value::Text(text) => (text.clone(), Some("text/plain;charset=UTF-8".to_owned())),
        Value::Number(number) => (number.to_string(), Some("text/plain;charset=UTF-8".to_owned())),
        Value::Bool(value) => (value.to_string(), Some("text/plain;charset=UTF-8".to_owned())),
        Value::Typed(kind, own) => (String::new(), own.clone().or_else(|| kind.map(str::to_owned))),
        Value::Object(_) | Value::Pairs(_) => {
            copied.remark(RemarkKind::ObjectBody, &[]);
            ("[object Object]".to_owned(), Some("text/plain;charset=UTF-8".to_owned()))
        }
        Value::Array(_) => (String::new(), Some("text/plain;charset=UTF-8".to_owned())),
        Value::Nothing => return,
        Value::Request(_) | Value::Computed(_) => (String::new(), None),
    };
    copied.data = Some(data);
    copied.body_type = kind;
}
