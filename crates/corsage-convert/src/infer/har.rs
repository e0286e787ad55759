//! A HAR, as developer tools save it.

use corsage::terms::header_name::is_safelisted_response_header;
use serde_json::Value;

use super::{Seen, has_to_be_asked_for, listed};

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

/// Every request to another origin.
pub(super) fn read(har: &Value) -> Vec<Seen> {
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
