//! `corsage serve --dev`: pages from the developer's machine get what they ask for, and the log tells what production
//! would say.

use std::process::Command;

use crate::support::{
    Client, Gateway, ORIGIN, POLICY, Response, Upstream, eventually, free_address,
};

fn develop(upstream: &Upstream) -> Gateway {
    let addr = free_address();
    let settings = format!("listen = \"{addr}\"\nupstreams = \"http://{}\"", upstream.addr);
    let policies = format!("{POLICY}paths = [\"/api\"]\ndisallowed_writes = \"refuse\"\n");
    let command = Command::new(env!("CARGO_BIN_EXE_corsage"));
    Gateway::try_start_with(command, &["--dev"], addr, &settings, &policies).unwrap()
}

fn ask(gateway: &Gateway, line: &str, headers: &str) -> Response {
    let request = format!("{line} HTTP/1.1\r\nHost: test\r\n{headers}Connection: close\r\n\r\n");
    Client::once(gateway.addr, &request)
}

const PAGE: &str = "http://localhost:5173";

#[test]
fn a_page_of_this_machine_is_granted_what_it_asks_and_its_developer_is_told_why_not() {
    let upstream = Upstream::ok();
    let gateway = develop(&upstream);
    let preflight = |origin: &str, method: &str, names: &str| {
        let headers = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n\
             Access-Control-Request-Headers: {names}\r\n"
        );
        ask(&gateway, "OPTIONS /api/x", &headers)
    };
    // What production grants to the origin that the page stands for is no news.
    let granted = preflight(PAGE, "PUT", "x-custom");
    assert_eq!(granted.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(granted.header("access-control-max-age"), Some("0"));
    let told = "http://localhost:5173 stands for https://app.example.com";
    eventually("for whom it stands", || gateway.told().contains(told));
    assert!(!gateway.told().contains("in production"), "{}", gateway.told());

    // What it refuses is granted here, and told.
    let patched = preflight(PAGE, "PATCH", "x-custom");
    assert_eq!(patched.header("access-control-allow-methods"), Some("PATCH"));
    eventually("the method", || {
        gateway
            .told()
            .contains("in production this would be blocked by method-not-allowed: \"PATCH\"")
    });
    let named = preflight(PAGE, "PUT", "x-custom,x-other");
    assert!(named.header("access-control-allow-headers").unwrap().contains("x-other"));
    eventually("the header", || {
        gateway.told().contains("blocked by header-not-allowed: \"x-other\"")
    });
    let with_cookie = ask(&gateway, "GET /api/x", &format!("Origin: {PAGE}\r\nCookie: a=b\r\n"));
    assert_eq!(with_cookie.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(
        with_cookie.header("access-control-expose-headers"),
        Some("x-served-by, grpc-status, grpc-message")
    );
    eventually("credentials", || gateway.told().contains("blocked by allow-credentials-not-true"));
    let elsewhere = ask(&gateway, "GET /else", &format!("Origin: {PAGE}\r\n"));
    assert_eq!(elsewhere.header("access-control-allow-origin"), Some(PAGE));
    eventually("no policy", || {
        gateway.told().contains("missing-allow-origin: no policy is for /else")
    });

    // Each is told once.
    for _ in 0..3 {
        preflight(PAGE, "PATCH", "x-custom");
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(gateway.told().matches("blocked by method-not-allowed").count(), 1);
}

#[test]
fn every_other_page_is_answered_as_in_production() {
    let upstream = Upstream::ok();
    let gateway = develop(&upstream);
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "http://evil.example:80/localhost",
        "null",
        "file://localhost",
    ] {
        let response = ask(&gateway, "GET /api/x", &format!("Origin: {origin}\r\nCookie: a=b\r\n"));
        assert_eq!(response.header("access-control-allow-origin"), None, "{origin}");
        let written = ask(&gateway, "PUT /api/x", &format!("Origin: {origin}\r\n"));
        assert_eq!(written.status, 403, "{origin}");
    }
    let allowed = ask(&gateway, "GET /api/x", &format!("Origin: {ORIGIN}\r\n"));
    assert_eq!(allowed.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    let local = ask(&gateway, "PUT /api/x", "Origin: http://[::1]:3000\r\n");
    assert_eq!(local.status, 200, "a write of this machine's page is executed");
    assert_eq!(local.header("access-control-allow-origin"), Some("http://[::1]:3000"));
}
