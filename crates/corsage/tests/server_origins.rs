//! Origin sets against a matcher so simple that it can be seen to be right.

#![cfg(feature = "server")]

use corsage::server::{Outcome, PolicyDraft, Request};
use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;

const ORIGIN: &str = "origin";

/// Label by label, from the right; no table, no suffix lengths, no hash.
fn naively_admits(pattern: &str, origin: &str) -> bool {
    let (Some((scheme, rest)), Some((asked_scheme, asked))) =
        (pattern.split_once("://"), origin.split_once("://"))
    else {
        return false;
    };
    let (host, port) = rest.split_once(':').unwrap_or((rest, ""));
    let (asked_host, asked_port) = asked.split_once(':').unwrap_or((asked, ""));
    if scheme != asked_scheme || (port != "*" && port != asked_port) {
        return false;
    }
    let mut labels: Vec<&str> = host.split('.').collect();
    let mut asked: Vec<&str> = asked_host.split('.').collect();
    let first = labels.remove(0);
    if first == "*" {
        return asked.len() > labels.len() && asked.ends_with(&labels);
    }
    if first == "?" {
        return asked.len() == labels.len() + 1 && asked.ends_with(&labels);
    }
    let asked_first = asked.remove(0);
    let first_admits = match first.split_once('*') {
        None => first == asked_first,
        Some((before, after)) => {
            asked_first.len() > before.len() + after.len()
                && asked_first.starts_with(before)
                && asked_first.ends_with(after)
        }
    };
    first_admits && labels == asked
}

fn host() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop::sample::select(vec!["a", "b", "app", "app-1", "xapp-1y", "example"]),
        1..4,
    )
    .prop_map(|labels| format!("{}.example.com", labels.join(".")))
}

fn origin() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["https", "http"]);
    let port = prop::sample::select(vec!["", ":8080", ":9"]);
    (scheme, host(), port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

fn pattern() -> impl Strategy<Value = String> {
    let left = prop::sample::select(vec!["", "*.", "?.", "app-*.", "*-1.", "x*y.", "a*."]);
    let scheme = prop::sample::select(vec!["https", "http"]);
    let port = prop::sample::select(vec!["", ":8080", ":*"]);
    (scheme, left, host(), port)
        .prop_map(|(scheme, left, host, port)| format!("{scheme}://{left}{host}{port}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sets_admit_what_a_naive_matcher_admits(
        patterns in prop::collection::vec(pattern(), 1..12),
        origins in prop::collection::vec(origin(), 1..12),
    ) {
        let policy = PolicyDraft::new().origins(&patterns).compile().expect("sound patterns");
        // Those that the patterns are made of, so that matches are frequent, and the others.
        let near = patterns.iter().flat_map(|text| {
            ["x", "app-7", "b.c", "xx-1y"].map(|left| text.replace(":*", ":77").replacen(['*', '?'], left, 1))
        });
        for origin in origins.iter().cloned().chain(near) {
            let expected = patterns.iter().any(|pattern| naively_admits(pattern, &origin));
            prop_assert_eq!(policy.admits_origin(&origin), expected, "{:?} and {}", patterns, origin);
        }
    }

    /// What is admitted is an origin: whatever bytes arrive, nothing panics, and nothing else is echoed.
    #[test]
    fn nothing_but_origins_is_ever_admitted(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let policy = PolicyDraft::new()
            .origins(["https://*.example.com:*", "https://example.com", "http://app-*.example.com"])
            .headers(["*"])
            .compile()
            .expect("sound");
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.append(ORIGIN, value.clone());
        headers.append("access-control-request-method", value.clone());
        headers.append("access-control-request-headers", value);
        for method in [Method::GET, Method::OPTIONS] {
            let decision = policy.decide(&Request::new(&method, &headers));
            let _ = decision.outcome().to_string();
            let answer = decision.pending().into_headers();
            prop_assert!(!answer.contains_key("access-control-allow-origin"));
        }
    }

    /// One byte changed, added or taken away from an admitted origin.
    #[test]
    fn a_byte_more_or_less_is_another_origin(at in 0_usize..32, byte in 0x21_u8..0x7f) {
        let allowed = "https://app.example.com:8443";
        let policy = PolicyDraft::new().origins([allowed, "https://b.example"]).compile().expect("sound");
        let mut bytes = allowed.as_bytes().to_vec();
        let at = at.min(bytes.len());
        bytes.insert(at, byte);
        let text = String::from_utf8(bytes).expect("ASCII");
        prop_assert!(!policy.admits_origin(&text));
        let mut shorter = allowed.to_owned();
        shorter.remove(at.min(allowed.len() - 1));
        prop_assert!(!policy.admits_origin(&shorter));
    }
}

/// Long hosts are judged many bytes at a time: each byte in each place, with and without a `_` and dots around,
/// says the same as one look at each byte by itself.
#[test]
fn every_byte_of_a_long_host_counts() {
    let policy = PolicyDraft::new().origins(["https://*.example.com"]).compile().expect("sound");
    let sound = |left: &[u8]| {
        left.split(|byte| *byte == b'.').all(|label| {
            !label.is_empty()
                && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        })
    };
    for len in [1, 2, 15, 16, 17, 31, 32, 33, 34, 47, 63, 64, 65, 66, 97, 98] {
        for at in 0..len {
            for byte in 0_u8..128 {
                for (fill, other) in [(b'a', b'z'), (b'-', b'.'), (b'9', b'_')] {
                    let mut left = vec![fill; len];
                    if let Some(next) = left.get_mut(at + 1) {
                        *next = other;
                    }
                    left[at] = byte;
                    let Ok(text) = std::str::from_utf8(&left) else { continue };
                    let origin = format!("https://{text}.example.com");
                    assert_eq!(policy.admits_origin(&origin), sound(&left), "{origin:?}");
                }
            }
        }
    }
}

#[test]
fn two_patterns_never_make_a_third() {
    let policy = PolicyDraft::new()
        .origins([
            "https://foo.com",
            "https://bar.com",
            "https://*.a.example",
            "http://*.b.example:*",
        ])
        .compile()
        .expect("sound");
    for refused in [
        "https://barfoo.com",
        "https://foo.com.bar.com",
        "https://x.b.example",
        "http://x.a.example",
        "https://x.a.example:80",
        "https://a.example",
        "https://evila.example",
        "https://x..a.example",
        "https://.a.example",
        "http://x.b.example:0",
        "http://x.b.example:80",
        "http://x.b.example:65536",
        "http://x.b.example:",
        "HTTPS://x.a.example",
        "null",
        "",
    ] {
        assert!(!policy.admits_origin(refused), "{refused}");
    }
    for admitted in ["https://foo.com", "https://x.y.a.example", "http://x.b.example:65535"] {
        assert!(policy.admits_origin(admitted), "{admitted}");
    }
}

#[test]
fn several_origin_lines_are_refused_whatever_they_say() {
    let policy = PolicyDraft::new()
        .origins(["https://app.example", "https://b.example"])
        .compile()
        .expect("sound");
    let mut headers = HeaderMap::new();
    headers.append(ORIGIN, HeaderValue::from_static("https://app.example"));
    headers.append(ORIGIN, HeaderValue::from_static("https://app.example"));
    let decision = policy.decide(&Request::new(&Method::GET, &headers));
    assert!(matches!(decision.outcome(), Outcome::Withhold(_)));
    let mut response = HeaderMap::new();
    decision.apply(&mut response);
    assert_eq!(response.len(), 1, "Vary, and nothing else: {response:?}");
}
