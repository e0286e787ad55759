//! The smallest policy that grants what was seen.

mod combined;
mod har;
mod json_lines;

use std::collections::{BTreeMap, BTreeSet};

use corsage::terms::header_name::{is_forbidden_request_header, is_token};
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
    /// What the file does not say, so that the policy may be too small.
    pub unknown: Option<&'static str>,
}

/// Why nothing was inferred.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// Neither a HAR nor a log.
    #[error(
        "this is neither a HAR, nor a log of JSON lines, nor one in the combined form of nginx and Apache"
    )]
    NotUnderstood,
    /// The log does not say whose pages asked.
    #[error("its lines say nothing of origins: log the header Origin, in nginx as $http_origin")]
    NoOrigins,
    /// No request of another origin is in it.
    #[error("no cross-origin request is in it")]
    NothingSeen,
}

/// What a file holds.
#[derive(Default)]
struct Read {
    seen: Vec<Seen>,
    refused: Vec<String>,
    unknown: Option<&'static str>,
}

/// Reads a HAR, a log of JSON lines (Corsage's own, Caddy's, Traefik's, nginx's with names as its variables have them), or
/// one in the combined form, and writes the smallest policy for it.
///
/// # Errors
/// What is neither of them, or has nothing of CORS in it.
pub fn infer(text: &str) -> Result<Inferred, InferError> {
    let Read { seen, mut refused, unknown } = match serde_json::from_str::<Value>(text) {
        Ok(har) if har["log"]["entries"].is_array() => {
            Read { seen: har::read(&har), ..Read::default() }
        }
        _ if text.trim_start().starts_with('{') => json_lines::read(text)?,
        _ => combined::read(text)?,
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
    Ok(Inferred { text: toml, seen: count, refused, unknown })
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
        assert_eq!(infer("{\"request_method\": \"GET\"}\n"), Err(InferError::NoOrigins));
    }

    /// The same request, as the logs of four programs have it.
    #[test]
    fn logs_of_json_lines_are_known_by_their_names() {
        for line in [
            r#"{"time":"x","client":"127.0.0.1","method":"PUT","host":"api.example.com","path":"/items","origin":"https://app.example.com","cors":"actual-allowed"}"#,
            r#"{"request_method":"PUT","http_host":"api.example.com","request_uri":"/items?a=b","http_origin":"https://app.example.com"}"#,
            r#"{"RequestMethod":"PUT","RequestHost":"api.example.com","RequestPath":"/items","request_Origin":"https://app.example.com"}"#,
            r#"{"level":"info","request":{"method":"OPTIONS","host":"api.example.com","uri":"/items","headers":{"Origin":["https://app.example.com"],"Access-Control-Request-Method":["PUT"]}}}"#,
        ] {
            let inferred = infer(line).unwrap();
            assert_eq!(
                inferred.text,
                "# the smallest policy that grants what was seen\n\n[[policy]]\nhosts = [\"api.example.com\"]\n\
                 allow_origins = [\"https://app.example.com\"]\nallow_methods = [\"PUT\"]\n",
                "{line}"
            );
        }
    }

    #[test]
    fn a_combined_log_tells_pages_by_their_referer() {
        let log = "\
127.0.0.1 - - [01/Dec/2026:10:00:00 +0000] \"OPTIONS /items HTTP/1.1\" 204 0 \"https://app.example.com/\" \"x\"
127.0.0.1 - - [01/Dec/2026:10:00:00 +0000] \"PUT /items?x=1 HTTP/1.1\" 200 2 \"https://app.example.com/\" \"a \\\" b\"
127.0.0.1 - - [01/Dec/2026:10:00:01 +0000] \"GET /items HTTP/1.1\" 200 2 \"https://api.example.com/docs\" \"x\"
127.0.0.1 - - [01/Dec/2026:10:00:02 +0000] \"GET /items HTTP/1.1\" 200 2 \"-\" \"curl\"
";
        let inferred = infer(log).unwrap();
        assert!(inferred.text.contains("allow_origins = [\"https://app.example.com\"]"));
        assert!(inferred.text.contains("allow_methods = [\"PUT\"]"));
        assert!(inferred.refused[0].starts_with("https://api.example.com: its Referer has paths"));
        assert!(inferred.unknown.is_some());
        // With the header in a field of its own nothing is guessed; with the host in front it is known.
        let told =
            log.lines().next().unwrap().replace("\"x\"", "\"x\" \"https://admin.example.com\"");
        let inferred = infer(&format!("api.example.com:443 {told}\n")).unwrap();
        assert!(inferred.text.contains("hosts = [\"api.example.com\"]"), "{}", inferred.text);
        assert!(inferred.text.contains("allow_origins = [\"https://admin.example.com\"]"));
        assert_eq!(inferred.unknown, None);
    }
}
