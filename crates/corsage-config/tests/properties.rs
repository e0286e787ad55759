//! What holds for every file and every path.

use corsage_config::{Config, Selection, parse};
use proptest::prelude::*;

const VALID: &str = r#"
[gateway]
listen = ["127.0.0.1:8080", { address = "[::1]:8443", tls = { certificates = [{ certificate = "c.pem", key = "k.pem" }] } }]
upstream = "https://api.internal:8443"
trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
threads = 2
[gateway.limits]
header_bytes = "16KiB"
body_bytes = "off"
[gateway.timeouts]
total = "1h"
[[policy]]
name = "api"
hosts = ["*.example.com"]
paths = ["/api", "/caf%C3%A9"]
methods = ["GET", "PUT"]
allow_origins = ["https://app.example.com"]
maxAge = 600
[policy.tolerate]
null-origin = "sandboxed previews"
[[policy]]
allow_origins = ["https://app.example.com", "https://other.example.com"]
allow_credentials = true
[policy.shadow]
allow_origins = ["https://app.example.com"]
"#;

fn valid() -> Config {
    parse(VALID, "corsage.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn what_is_shown_can_be_read_again_in_either_language() {
    let config = valid();
    let toml = config.show_toml();
    let again = parse(&toml, "shown.toml").unwrap_or_else(|problems| panic!("{problems}\n{toml}"));
    assert_eq!(again.show(), config.show());
    assert_eq!(again.fingerprint(), config.fingerprint());
    let json = config.show().to_string();
    let again = parse(&json, "shown.json").unwrap_or_else(|problems| panic!("{problems}\n{json}"));
    assert_eq!(again.show(), config.show());
}

#[test]
fn an_empty_file_holds_and_shares_nothing() {
    for name in ["corsage.toml", "corsage.yaml"] {
        let config = parse("", name).unwrap();
        assert!(config.policies.entries().is_empty());
        assert!(matches!(config.policies.select("a.example", "/", "GET"), Selection::None));
    }
}

const PATHS: &str = r#"
[[policy]]
name = "public"
paths = ["/public"]
allow_origins = ["*"]
[[policy]]
name = "admin"
paths = ["/admin"]
allow_origins = ["https://admin.example.com"]
[[policy]]
name = "rest"
paths = ["/"]
allow_origins = ["https://app.example.com"]
"#;

/// What a server that decodes once, merges slashes and removes dot segments makes of a path.
fn normal(path: &str) -> String {
    let mut decoded = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let byte = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                decoded.push(char::from(byte));
                rest = &rest[at + 3..];
            }
            None => {
                decoded.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    decoded.push_str(rest);
    let mut kept: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_path_selects_what_its_normal_form_selects_or_nothing(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "/", "//", "public", "admin", "x", ".", "..", "%2f", "%2F", "%2e", "%2e%2e", "%61dmin", "a%64min", "%20", "%C3",
            ]),
            0..9,
        ),
    ) {
        let config = parse(PATHS, "corsage.toml").unwrap();
        let path = format!("/{}", parts.concat());
        let name = |path: &str| config.policies.select("", path, "GET").entry().map(|e| e.name.clone());
        let normal = normal(&path);
        if let Some(selected) = name(&path) {
            prop_assert_eq!(Some(selected), name(&normal), "{} as {}", path, normal);
        }
    }

    #[test]
    fn every_text_is_read_or_reported(text in ".{0,200}", yaml: bool) {
        let name = if yaml { "corsage.yaml" } else { "corsage.toml" };
        if let Err(problems) = parse(&text, name) {
            prop_assert!(!problems.is_empty());
            let _ = (problems.to_string(), problems.to_json(), problems.render(corsage_config::Colour::Plain));
        }
    }

    #[test]
    fn every_damaged_file_is_read_or_reported(
        cut in 0..VALID.len(),
        length in 0..40usize,
        insert in prop::sample::select(vec!["", "\"", "]", "[[", "=", "\n[policy]\n", "é", "\u{0}", "{", "#"]),
    ) {
        let end = (cut + length).min(VALID.len());
        let text = format!("{}{insert}{}", &VALID[..cut], &VALID[end..]);
        if let Err(problems) = parse(&text, "corsage.toml") {
            prop_assert!(!problems.is_empty());
            let _ = problems.render(corsage_config::Colour::Ansi);
        }
    }
}

#[test]
fn hostile_documents_are_refused_quickly() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    assert!(parse(bomb, "bomb.yaml").is_err());
    assert!(parse(&"[".repeat(100_000), "deep.toml").is_err());
    assert!(parse(&format!("a = {}", "[".repeat(100_000)), "deep.toml").is_err());
    assert!(parse(&"[".repeat(100_000), "deep.yaml").is_err());
    assert!(parse(&"a: {".repeat(20_000), "deep.yaml").is_err());
}
