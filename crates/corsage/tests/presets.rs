//! What presets are for, done: a page does it against a server that wears the preset, in every browser.

#![cfg(all(feature = "browser", feature = "server"))]

use std::time::Duration;

use corsage::browser::{Client, PreflightCache, Profile, Request, RequestInit};
use corsage::exchange::exchange_with;
use corsage::server::{Policy, PolicyDraft, presets, presets::Preset};
use corsage::terms::{Origin, Severity};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const PAGE: &str = "https://page.example";

fn policy(preset: &Preset) -> Policy {
    let draft = PolicyDraft::new().preset(preset);
    let draft = if preset.allow_origins.is_empty() { draft.origins([PAGE]) } else { draft };
    let policy = draft.compile().unwrap_or_else(|errors| panic!("{}: {errors}", preset.name));
    let loud: Vec<_> =
        policy.problems().iter().filter(|problem| problem.severity > Severity::Note).collect();
    assert!(loud.is_empty(), "{}: {loud:?}", preset.name);
    policy
}

/// A page of this origin sends this, and reads these headers of an answer of this status, in every browser.
fn can(
    preset: &Preset,
    page: &str,
    method: &str,
    sends: &[(&str, &str)],
    status: u16,
    reads: &[&'static str],
) {
    let policy = policy(preset);
    for profile in [Profile::Standard, Profile::Chromium, Profile::Firefox, Profile::Webkit] {
        let page = Client::page(Origin::parse(page).expect("an origin"));
        let init = RequestInit {
            url: "https://api.example/endpoint".into(),
            method: Some(method.as_bytes().to_vec()),
            headers: sends
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
                .collect(),
            ..RequestInit::default()
        };
        let request = Request::new(init, &page, profile).expect("a request");
        let mut cache = PreflightCache::new();
        let now = Duration::ZERO;
        let end = exchange_with(request, &page, profile, &policy, &mut cache, now, |_| {
            let mut headers = HeaderMap::new();
            for name in reads {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
            }
            (StatusCode::from_u16(status).expect("a status"), headers)
        });
        let response = end.finished.outcome.unwrap_or_else(|error| {
            panic!("{} in {profile}: {}", preset.name, error.blamed().code.as_str())
        });
        assert_eq!(response.status(), status);
        for name in reads {
            assert!(response.headers().contains(name.as_bytes()), "{name} in {profile}");
        }
    }
}

#[test]
fn mcp_sessions_begin_go_on_resume_and_end() {
    let mcp = &presets::MCP;
    let json = ("content-type", "application/json");
    let bearer = ("authorization", "Bearer x");
    let session = [("mcp-session-id", "1"), ("mcp-protocol-version", "2025-06-18"), bearer];
    can(mcp, PAGE, "POST", &[json, bearer], 200, &["mcp-session-id"]);
    can(mcp, PAGE, "POST", &[&session[..], &[json]].concat(), 202, &[]);
    can(mcp, PAGE, "GET", &[&session[..], &[("last-event-id", "7")]].concat(), 200, &[]);
    can(mcp, PAGE, "DELETE", &session, 204, &[]);
    // Errors can be read: where to be authorised, and when to come again.
    can(mcp, PAGE, "POST", &[json], 401, &["www-authenticate"]);
    can(mcp, PAGE, "POST", &[json], 429, &["retry-after"]);
}

#[test]
fn grpc_web_calls_succeed_and_fail_readably() {
    let sends = [
        ("content-type", "application/grpc-web+proto"),
        ("x-grpc-web", "1"),
        ("x-user-agent", "grpc-web-javascript/0.1"),
        ("grpc-timeout", "5S"),
        ("authorization", "Bearer x"),
    ];
    let reads = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
    can(&presets::GRPC_WEB, PAGE, "POST", &sends, 200, &reads);
}

#[test]
fn tus_uploads_are_created_resumed_and_ended() {
    let tus = &presets::TUS;
    let version = ("tus-resumable", "1.0.0");
    let create = [version, ("upload-length", "9"), ("upload-metadata", "name eA==")];
    can(tus, PAGE, "POST", &create, 201, &["location", "upload-expires"]);
    can(tus, PAGE, "HEAD", &[version], 200, &["upload-offset", "upload-length"]);
    let chunk = [
        version,
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
        ("upload-checksum", "sha1 x"),
    ];
    can(tus, PAGE, "PATCH", &chunk, 204, &["upload-offset"]);
    can(tus, PAGE, "PATCH", &chunk, 409, &["upload-offset"]);
    can(tus, PAGE, "DELETE", &[version], 204, &[]);
}

#[test]
fn applications_and_pages_of_this_machine_are_let_in() {
    for page in [
        "tauri://localhost",
        "http://tauri.localhost",
        "capacitor://localhost",
        "https://localhost",
    ] {
        can(&presets::APP_SCHEMES, page, "GET", &[], 200, &[]);
    }
    let policy = policy(&presets::LOOPBACK_DEVELOPMENT);
    for page in
        ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080", "https://localhost"]
    {
        assert!(policy.admits_origin(page), "{page}");
    }
    for page in ["http://localhost.evil.example:3000", "http://192.168.0.1:3000"] {
        assert!(!policy.admits_origin(page), "{page}");
    }
}

#[test]
fn previews_are_those_of_one_site() {
    let rows = [
        (
            "netlify",
            "https://deploy-preview-7--roses.netlify.app",
            "https://evil--notroses.netlify.app",
        ),
        ("cloudflare-pages", "https://a1b2.roses.pages.dev", "https://a.b.roses.pages.dev"),
    ];
    assert_eq!(rows.len(), presets::PREVIEW_DEPLOYMENTS.len());
    for (name, own, other) in rows {
        let hosts = presets::PREVIEW_DEPLOYMENTS;
        let host = hosts.iter().find(|host| host.name == name).expect("it is there");
        let policy = PolicyDraft::new().origins([host.origins_of("roses")]).compile();
        let policy = policy.unwrap_or_else(|errors| panic!("{name}: {errors}"));
        assert!(policy.admits_origin(own), "{own}");
        assert!(!policy.admits_origin(other), "{other}");
    }
}

#[test]
fn every_preset_compiles_without_a_warning() {
    for preset in presets::ALL {
        policy(preset);
    }
}
