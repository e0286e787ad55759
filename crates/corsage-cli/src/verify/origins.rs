//! Which origins are asked about beside the witnesses: those that are listed, and what is near to them.

use corsage::terms::Origin;
use corsage_convert::{Borders, OriginMatcher};

/// How many listed origins are asked about: a server is not asked about a hundred thousand.
const MOST_LISTED: usize = 64;
/// How many of them are looked at from near.
const MOST_NEAR: usize = 8;

/// Listed origins first, then near misses of the first of them, and what is nobody's.
///
/// A server that drifts drifts near: an anchor is missing, a dot is not escaped, a port or a scheme is not
/// looked at. What a policy's own borders do not tell apart, a drifted server may.
pub(super) fn beside(borders: &Borders) -> Vec<String> {
    let listed: Vec<&str> = borders
        .origins
        .iter()
        .chain(borders.origin_lists.iter().flatten())
        .filter_map(|border| match &border.matcher {
            OriginMatcher::Exact(text) | OriginMatcher::ExactIgnoringCase(text) => Some(text),
            _ => None,
        })
        .map(String::as_str)
        .filter(|text| is_origin(text) && *text != "null")
        .take(MOST_LISTED)
        .collect();
    let mut origins: Vec<String> = listed.iter().map(|&origin| origin.to_owned()).collect();
    for origin in listed.iter().take(MOST_NEAR) {
        origins.extend(near(origin));
    }
    for origin in ["null", "http://localhost", "http://localhost:3000", "https://evil.example"] {
        origins.push(origin.to_owned());
    }
    let mut seen = std::collections::HashSet::new();
    origins.retain(|origin| seen.insert(origin.clone()));
    origins
}

fn is_origin(text: &str) -> bool {
    text == "null" || Origin::parse(text).is_ok_and(|origin| origin.to_string() == text)
}

/// What differs from an origin by one thing that checks forget.
fn near(origin: &str) -> Vec<String> {
    let Some((scheme, rest)) = origin.split_once("://") else { return Vec::new() };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, format!(":{port}"))
        }
        _ => (rest, String::new()),
    };
    let other = if scheme == "https" { "http" } else { "https" };
    let mut texts = vec![
        format!("{other}://{host}{port}"),
        format!("{scheme}://a.{host}{port}"),
        format!("{scheme}://a{host}{port}"),
        format!("{scheme}://{host}.evil.example{port}"),
        format!("{scheme}://{host}evil.example{port}"),
        if port.is_empty() { format!("{origin}:8443") } else { format!("{scheme}://{host}") },
    ];
    if let Some((label, parent)) = host.split_once('.') {
        texts.push(format!("{scheme}://{label}a{parent}{port}"));
        if parent.contains('.') {
            texts.push(format!("{scheme}://{parent}{port}"));
            texts.push(format!("{scheme}://other.{parent}{port}"));
        }
    }
    texts.retain(|text| is_origin(text));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_an_origin_and_another() {
        for origin in ["https://app.example.com", "http://localhost:3000", "https://x.example:8443"]
        {
            let near = near(origin);
            assert!(near.len() >= 5, "{near:?}");
            assert!(near.iter().all(|other| is_origin(other) && other != origin), "{near:?}");
        }
        let near = near("https://app.example.com");
        for missed in [
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://appaexample.com",
            "https://example.com",
        ] {
            assert!(near.iter().any(|other| other == missed), "{missed}");
        }
    }
}
