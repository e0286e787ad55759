//! Who speaks about CORS: the gateway, once, on everything.

use std::sync::{Arc, Mutex};

use crate::support::{Client, Gateway, ORIGIN, Request, Upstream, respond};

fn recording(headers: &'static str) -> (Upstream, Arc<Mutex<Vec<Request>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let upstream = Upstream::answering(move |request| {
        log.lock().unwrap().push(request.clone());
        respond("200 OK", headers, b"ok")
    });
    (upstream, seen)
}

fn get(gateway: &Gateway, origin: &str) -> crate::support::Response {
    Client::once(
        gateway.addr,
        &format!("GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"),
    )
}

const OWN: &str = "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n\
                   Access-Control-Expose-Headers: x-secret\r\nVary: Accept-Encoding\r\nvary: Cookie\r\n";

#[test]
fn preflights_never_reach_the_upstream_and_other_options_do() {
    let (upstream, seen) = recording("");
    let gateway = Gateway::start(upstream.addr, "");
    for (origin, granted) in
        [(ORIGIN, true), ("https://evil.example", false), ("null", false), ("x", false)]
    {
        let request = format!(
            "OPTIONS /x HTTP/1.1\r\nHost: test\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: PUT\r\n\
             Access-Control-Request-Headers: x-custom\r\nConnection: close\r\n\r\n"
        );
        let response = Client::once(gateway.addr, &request);
        assert_eq!(
            response.header("access-control-allow-origin"),
            granted.then_some(ORIGIN),
            "{origin}"
        );
        assert_eq!(response.header("access-control-allow-methods").is_some(), granted, "{origin}");
    }
    assert!(seen.lock().unwrap().is_empty());
    for request in [
        "OPTIONS /x HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".to_owned(),
        format!("OPTIONS /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n"),
        "OPTIONS /x HTTP/1.1\r\nHost: test\r\nAccess-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n".to_owned(),
    ] {
        assert_eq!(Client::once(gateway.addr, &request).status, 200);
    }
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[test]
fn the_upstreams_own_cors_headers_are_stripped_and_counted() {
    let (upstream, _) = recording(OWN);
    let gateway = Gateway::start(upstream.addr, "");
    let granted = get(&gateway, ORIGIN);
    assert_eq!(granted.all("access-control-allow-origin"), [ORIGIN]);
    assert_eq!(granted.header("access-control-allow-credentials"), None);
    assert!(
        !granted
            .header("access-control-expose-headers")
            .is_some_and(|names| names.contains("x-secret"))
    );
    let vary = granted.all("vary").join(", ").to_ascii_lowercase();
    for name in ["accept-encoding", "cookie", "origin"] {
        assert!(vary.contains(name), "{vary}");
    }
    let refused = get(&gateway, "https://evil.example");
    assert_eq!(refused.all("access-control-allow-origin"), [] as [&str; 0]);
    assert_eq!(refused.header("access-control-allow-credentials"), None);
    assert!(gateway.metric("corsage_upstream_cors_headers_total") >= 2.0);
}

#[test]
fn the_upstreams_own_cors_headers_make_a_502_where_that_is_asked_for() {
    let (upstream, _) = recording(OWN);
    let gateway = Gateway::start(upstream.addr, "upstream_cors = \"refuse\"");
    let response = get(&gateway, ORIGIN);
    assert_eq!(response.status, 502);
    assert_eq!(response.all("access-control-allow-origin"), [ORIGIN]);
}

#[test]
fn there_is_never_a_second_allow_origin() {
    let (upstream, _) = recording(OWN);
    let gateway = Gateway::start(upstream.addr, "upstream_cors = \"keep\"");
    for origin in [ORIGIN, "https://evil.example", "null"] {
        let response = get(&gateway, origin);
        assert!(response.all("access-control-allow-origin").len() <= 1, "{response:?}");
    }
}

#[test]
fn errors_of_the_gateway_itself_can_be_read_by_pages() {
    let (upstream, seen) = recording("");
    let gateway = Gateway::start(upstream.addr, "limits.header_bytes = \"4KiB\"");
    let many: String = (0..80).map(|i| format!("X-{i}: 1\r\n")).collect();
    let rows = [
        (
            format!(
                "GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            ),
            400,
        ),
        (format!("GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nOrigin: {ORIGIN}\r\n\r\n"), 400),
        (format!("GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\n{many}\r\n"), 431),
        (
            format!(
                "GET /x HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nX-Big: {}\r\n\r\n",
                "x".repeat(5000)
            ),
            431,
        ),
    ];
    for (request, status) in rows {
        let response = Client::once(gateway.addr, &request);
        assert_eq!(response.status, status, "{request}");
        assert_eq!(response.all("access-control-allow-origin"), [ORIGIN], "{status}: {response:?}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn forwarded_headers_are_the_gateways_unless_the_peer_is_trusted() {
    let request = "GET /x HTTP/1.1\r\nHost: api.example.com\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\
                   X-Forwarded-Host: evil.example\r\nForwarded: for=6.6.6.6\r\nConnection: close\r\n\r\n";
    let (upstream, seen) = recording("");
    let gateway = Gateway::start(upstream.addr, "");
    assert_eq!(Client::once(gateway.addr, request).status, 200);
    let got = seen.lock().unwrap().remove(0);
    assert_eq!(got.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(got.all("x-forwarded-proto"), ["http"]);
    assert!(!format!("{got:?}").contains("6.6.6.6"), "{got:?}");
    assert!(!format!("{got:?}").contains("evil.example"), "{got:?}");

    let gateway = Gateway::start(upstream.addr, "trusted_proxies = [\"127.0.0.0/8\"]");
    assert_eq!(Client::once(gateway.addr, request).status, 200);
    let got = seen.lock().unwrap().remove(0);
    assert!(got.all("x-forwarded-for").join(", ").starts_with("6.6.6.6"), "{got:?}");
    assert_eq!(got.all("x-forwarded-proto"), ["https"]);
}
