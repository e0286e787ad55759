//! The smallest policy that grants what was seen.

use std::collections::{BTreeMap, BTreeSet};

use corsage::terms::header_name::{
    is_forbidden_request_header, is_safelisted_response_header, is_token,
};
use corsage::terms::method::is_safelisted;
use corsage::terms::safelist::is_cors_safelisted_request_header;
use serde_json::Value;

use crate::origins::is_origin;

/// One request that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The page's origin.
    pub origin: String,
    /// The method; of a preflight, the one that it asks for.
    pub method: String,
    /// The host that was asked.
    pub host: String,
    /// The path.
    pub path: String,
    /// The request headers that have to be asked for.
    pub headers: BTreeSet<String>,
    /// The response headers that are beyond what every page may read.
    pub exposed: BTreeSet<String>,
    /// Whether credentials went with it.
    pub with_credentials: bool,
}

/// What was inferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The policy, as `corsage.toml`.
    pub text: String,
    /// How many requests it was made of.
    pub seen: usize,
    /// What was seen and is not granted, with the reason.
    pub refused: Vec<String>,
}

/// Why nothing was inferred.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// Neither a HAR nor lines of JSON.
    #[error("this is neither a HAR nor lines of JSON with `origin`, `method`, `host`, `path`")]
    NotUnderstood,
    /// No request of another origin is in it.
    #[error("no cross-origin request is in it")]
    NothingSeen,
}

/// Reads a HAR, or a log of JSON lines, and writes the smallest policy for it.
///
/// # Errors
/// What is neither of them, or has nothing of CORS in it.
pub fn infer(text: &str) -> Result<Inferred, InferError> {
    let mut refused = Vec::new();
    let seen = match serde_json::from_str::<Value>(text) {
        Ok(har) if har["log"]["entries"].is_array() => from_har(&har),
        _ => from_lines(text)?,
    };
    let mut hosts = BTreeMap::<String, Vec<Seen>>::new();
    for one in seen {
        if !is_origin(&one.origin) {
            refused.push(format!("{}: no browser has such an origin", one.origin));
        } else if one.origin == "null" {
            refused
                .push(format!("null on {} {}: any sandboxed frame has it", one.method, one.path));
        } else {
            hosts.entry(one.host.clone()).or_default().push(one);
        }
    }
    if hosts.is_empty() && refused.is_empty() {
        return Err(InferError::NothingSeen);
    }
    let count = hosts.values().map(Vec::len).sum();
    let mut toml = String::from("# the smallest policy that grants what was seen\n");
    for (host, seen) in &hosts {
        toml.push_str(&policy(host, seen, &mut refused));
    }
    refused.sort();
    refused.dedup();
    Ok(Inferred { text: toml, seen: count, refused })
}

fn policy(host: &str, seen: &[Seen], refused: &mut Vec<String>) -> String {
    let with_credentials = seen.iter().any(|one| one.with_credentials);
    let is_kept = |one: &&Seen| {
        // Whoever sits on the network is such a page: with cookies that is not granted unasked.
        !(with_credentials && one.origin.starts_with("http://") && !is_local(&one.origin))
    };
    for one in seen.iter().filter(|one| !is_kept(one)) {
        refused.push(format!("{}: not encrypted, and credentials were seen", one.origin));
    }
    let kept: Vec<&Seen> = seen.iter().filter(is_kept).collect();
    let collect = |of: fn(&Seen) -> Vec<String>| -> Vec<String> {
        let all: BTreeSet<String> = kept.iter().flat_map(|one| of(one)).collect();
        all.into_iter().collect()
    };
    let origins = collect(|one| vec![one.origin.clone()]);
    if origins.is_empty() {
        return String::new();
    }
    let methods = collect(|one| {
        let is_listed = !is_safelisted(one.method.as_bytes()) && one.method != "OPTIONS";
        is_listed.then(|| one.method.clone()).into_iter().collect()
    });
    let headers = collect(|one| one.headers.iter().cloned().collect());
    let exposed = collect(|one| one.exposed.iter().cloned().collect());
    let mut text = String::from("\n[[policy]]\n");
    let mut list = |key: &str, values: &[String]| {
        if !values.is_empty() {
            text.push_str(&format!("{key} = {}\n", serde_json::json!(values)));
        }
    };
    if !host.is_empty() {
        list("hosts", &[host.to_owned()]);
    }
    list("allow_origins", &origins);
    list("allow_methods", &methods);
    list("allow_headers", &headers);
    list("expose_headers", &exposed);
    if with_credentials {
        text.push_str("allow_credentials = true\n");
    }
    text
}

fn is_local(origin: &str) -> bool {
    ["http://localhost", "http://127.", "http://[::1]"]
        .iter()
        .any(|local| origin.starts_with(local))
}

/// Names and values of a HAR's list of headers.
fn headers(list: &Value) -> Vec<(String, &str)> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|header| {
            Some((header["name"].as_str()?.to_ascii_lowercase(), header["value"].as_str()?))
        })
        .collect()
}

fn from_har(har: &Value) -> Vec<Seen> {
    let mut seen = Vec::new();
    for entry in har["log"]["entries"].as_array().into_iter().flatten() {
        let request = &entry["request"];
        let Some((scheme, rest)) = request["url"].as_str().and_then(|url| url.split_once("://"))
        else {
            continue;
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let sent = headers(&request["headers"]);
        let first =
            |name: &str| sent.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
        let Some(origin) = first("origin") else { continue };
        // A page's own host is no other origin.
        if origin == format!("{scheme}://{host}") {
            continue;
        }
        let method = request["method"].as_str().unwrap_or("GET");
        let asked = first("access-control-request-method").filter(|_| method == "OPTIONS");
        let mut one = Seen {
            origin: origin.to_owned(),
            method: asked.unwrap_or(method).to_owned(),
            host: host.to_owned(),
            path: format!("/{}", path.split('?').next().unwrap_or(path)),
            with_credentials: first("cookie").is_some()
                || request["cookies"].as_array().is_some_and(|cookies| !cookies.is_empty()),
            ..Seen::default()
        };
        match asked {
            Some(_) => one.headers.extend(listed(first("access-control-request-headers"))),
            None => one.headers.extend(
                sent.iter()
                    .filter(|(name, value)| has_to_be_asked_for(name, value))
                    .map(|(name, _)| name.clone()),
            ),
        }
        for (name, value) in headers(&entry["response"]["headers"]) {
            if name == "access-control-expose-headers" {
                one.exposed.extend(
                    listed(Some(value))
                        .filter(|name| !is_safelisted_response_header(name.as_bytes())),
                );
            }
        }
        seen.push(one);
    }
    seen
}

/// Whether a script set the header and CORS has to grant it: what browsers add themselves has not.
fn has_to_be_asked_for(name: &str, value: &str) -> bool {
    is_token(name.as_bytes())
        && !is_forbidden_request_header(name.as_bytes())
        && !matches!(
            name,
            "user-agent" | "pragma" | "cache-control" | "priority" | "upgrade-insecure-requests"
        )
        && !is_cors_safelisted_request_header(name.as_bytes(), value.as_bytes())
}

fn listed(value: Option<&str>) -> impl Iterator<Item = String> + '_ {
    value
        .into_iter()
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| is_token(name.as_bytes()) && name != "*")
}

fn from_lines(text: &str) -> Result<Vec<Seen>, InferError> {
    let mut seen = Vec::new();
    let mut has_some = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let value: Value = serde_json::from_str(line).map_err(|_| InferError::NotUnderstood)?;
        let Value::Object(_) = value else { return Err(InferError::NotUnderstood) };
        has_some = true;
        let Some(origin) =
            value["origin"].as_str().filter(|origin| !origin.is_empty() && *origin != "-")
        else {
            continue;
        };
        seen.push(Seen {
            origin: origin.to_owned(),
            method: value["method"].as_str().unwrap_or("GET").to_owned(),
            host: value["host"].as_str().unwrap_or_default().to_owned(),
            path: value["path"].as_str().unwrap_or("/").to_owned(),
            headers: match &value["headers"] {
                Value::Array(names) => names
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_ascii_lowercase)
                    .filter(|name| has_to_be_asked_for(name, &"x".repeat(129)))
                    .collect(),
                Value::String(names) => listed(Some(names)).collect(),
                _ => BTreeSet::new(),
            },
            exposed: BTreeSet::new(),
            with_credentials: value["credentials"].as_bool().unwrap_or(false),
        });
    }
    if has_some { Ok(seen) } else { Err(InferError::NotUnderstood) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_har_gives_the_smallest_policy() {
        let har = serde_json::json!({ "log": { "entries": [
            { "request": {
                "method": "PUT", "url": "https://api.example.com/items/1?x=1",
                "headers": [
                    { "name": "Origin", "value": "https://app.example.com" },
                    { "name": "Content-Type", "value": "application/json" },
                    { "name": "User-Agent", "value": "x" },
                    { "name": "Cookie", "value": "a=b" },
                ],
            }, "response": { "headers": [
                { "name": "Access-Control-Expose-Headers", "value": "ETag, Content-Type" },
            ] } },
            { "request": { "method": "GET", "url": "https://app.example.com/",
                "headers": [{ "name": "Origin", "value": "https://app.example.com" }] } },
            { "request": { "method": "GET", "url": "https://api.example.com/",
                "headers": [{ "name": "Origin", "value": "null" }] } },
        ] } });
        let inferred = infer(&har.to_string()).unwrap();
        assert_eq!(inferred.seen, 1);
        for line in [
            r#"allow_origins = ["https://app.example.com"]"#,
            r#"allow_methods = ["PUT"]"#,
            r#"allow_headers = ["content-type"]"#,
            r#"expose_headers = ["etag"]"#,
            "allow_credentials = true",
        ] {
            assert!(inferred.text.contains(line), "{}", inferred.text);
        }
        assert_eq!(inferred.refused.len(), 1);
        assert!(corsage_config::parse(&inferred.text, "corsage.toml").is_ok());
    }

    #[test]
    fn what_is_neither_is_told() {
        assert_eq!(infer("GET / HTTP/1.1"), Err(InferError::NotUnderstood));
        assert_eq!(infer("{\"log\": {\"entries\": []}}"), Err(InferError::NothingSeen));
    }
}
