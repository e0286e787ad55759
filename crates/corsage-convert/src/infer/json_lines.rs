//! A log with an object of JSON in each line, under the names that programs give its members.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{InferError, Read, Seen, has_to_be_asked_for, listed};

/// Where programs keep it: ours, nginx by the names of its variables, Traefik, Caddy.
const ORIGIN: &[&[&str]] =
    &[&["origin"], &["http_origin"], &["request_Origin"], &["request", "headers", "Origin"]];
const METHOD: &[&[&str]] =
    &[&["method"], &["request_method"], &["RequestMethod"], &["request", "method"]];
const HOST: &[&[&str]] = &[&["host"], &["http_host"], &["RequestHost"], &["request", "host"]];
const PATH: &[&[&str]] =
    &[&["path"], &["request_uri"], &["uri"], &["RequestPath"], &["request", "uri"]];
const ASKED_METHOD: &[&[&str]] = &[
    &["http_access_control_request_method"],
    &["request_Access-Control-Request-Method"],
    &["request", "headers", "Access-Control-Request-Method"],
];
const ASKED_HEADERS: &[&[&str]] = &[
    &["http_access_control_request_headers"],
    &["request_Access-Control-Request-Headers"],
    &["request", "headers", "Access-Control-Request-Headers"],
];
const COOKIE: &[&[&str]] =
    &[&["http_cookie"], &["request_Cookie"], &["request", "headers", "Cookie"]];

/// Lines that are no requests are passed over.
pub(super) fn read(text: &str) -> Result<Read, InferError> {
    let mut seen = Vec::new();
    let (mut has_requests, mut has_origins) = (false, false);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let value: Value = serde_json::from_str(line).map_err(|_| InferError::NotUnderstood)?;
        if !value.is_object() {
            return Err(InferError::NotUnderstood);
        }
        has_requests = true;
        let Some(origin) = text_at(&value, ORIGIN) else { continue };
        has_origins = true;
        if origin.is_empty() || origin == "-" {
            continue;
        }
        seen.push(one(&value, origin));
    }
    match (has_requests, has_origins) {
        (false, _) => Err(InferError::NotUnderstood),
        // Ours leaves the member out where there is no origin.
        (true, false) if !text.contains("\"cors\":") => Err(InferError::NoOrigins),
        _ => Ok(Read { seen, ..Read::default() }),
    }
}

fn one(value: &Value, origin: &str) -> Seen {
    let method = text_at(value, METHOD).unwrap_or("GET");
    let asked = text_at(value, ASKED_METHOD).filter(|name| !matches!(*name, "" | "-"));
    let headers = match &value["headers"] {
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_ascii_lowercase)
            // A value that no list of safe ones takes: what the value was is not known.
            .filter(|name| has_to_be_asked_for(name, &"x".repeat(129)))
            .collect(),
        Value::String(names) => listed(Some(names)).collect(),
        _ => listed(text_at(value, ASKED_HEADERS)).collect::<BTreeSet<_>>(),
    };
    let cookie = text_at(value, COOKIE).is_some_and(|cookie| !matches!(cookie, "" | "-"));
    let path = text_at(value, PATH).unwrap_or("/");
    Seen {
        origin: origin.to_owned(),
        method: asked.filter(|_| method == "OPTIONS").unwrap_or(method).to_owned(),
        host: text_at(value, HOST).unwrap_or_default().to_owned(),
        path: path.split('?').next().unwrap_or(path).to_owned(),
        headers,
        exposed: BTreeSet::new(),
        with_credentials: value["credentials"].as_bool().unwrap_or(cookie),
    }
}

/// The text that stands where one of these keys leads; of a list, its first.
fn text_at<'v>(value: &'v Value, places: &[&[&str]]) -> Option<&'v str> {
    places.iter().find_map(|keys| {
        let found = keys.iter().try_fold(value, |value, key| value.get(key))?;
        found.as_str().or_else(|| found.get(0)?.as_str())
    })
}
