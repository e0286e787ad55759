//! What the operator sees: the logs, their level, refused origins, shadow policies, traces.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Client, Gateway, ORIGIN, POLICY, Request, Upstream, eventually, respond};

fn ask(gateway: &Gateway, method: &str, headers: &str) -> crate::support::Response {
    let request = format!(
        "{method} /v1/items?token=secret HTTP/1.1\r\nHost: api.example.com\r\n{headers}Connection: close\r\n\r\n"
    );
    Client::once(gateway.addr, &request)
}

/// The lines of an access log, once there are so many.
fn lines(file: &std::path::Path, count: usize) -> Vec<Value> {
    let read = || std::fs::read_to_string(file).unwrap_or_default();
    eventually("the log has not got its lines", || read().lines().count() >= count);
    read().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_request_has_one_line_with_its_decision() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("access.log");
    let upstream = Upstream::ok();
    // The support's own setting of the log comes first in the file, and may not be repeated.
    // One thread, so that the lines come in the order of the requests.
    let gateway = Gateway::start(upstream.addr, "threads = 1");
    gateway.reconfigure(|text| {
        text.replace("log.access = \"off\"", &format!("log.access = \"{}\"", file.display()))
    });
    eventually("the file is not read", || gateway.metric("corsage_config_reloads_total") >= 1.0);
    let preflight = format!("Origin: {ORIGIN}\r\nAccess-Control-Request-Method: PUT\r\n");
    ask(
        &gateway,
        "GET",
        &format!(
            "Origin: {ORIGIN}\r\nX-Request-Id: my-own\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
        ),
    );
    ask(&gateway, "GET", "Origin: https://evil.example\r\n");
    ask(&gateway, "GET", "");
    ask(&gateway, "OPTIONS", &preflight);
    ask(&gateway, "OPTIONS", &preflight.replace("PUT", "PATCH"));
    ask(&gateway, "GET", "Host: twice\r\n");
    Client::once(gateway.addr, &format!("nonsense\r\nOrigin: {ORIGIN}\r\n\r\n"));
    let lines = lines(&file, 7);
    assert_eq!(lines.len(), 7);
    let of = |n: usize, key: &str| lines[n][key].as_str().unwrap_or_default().to_owned();
    for (n, line) in lines.iter().enumerate().take(6) {
        for key in
            ["time", "client", "protocol", "method", "path", "outcome", "route", "request_id"]
        {
            assert!(line[key].is_string(), "{key} in {line}");
        }
        for key in ["status", "bytes_in", "bytes_out", "duration_ms", "policy_version"] {
            assert!(line[key].is_number(), "{key} in {line}");
        }
        assert_eq!(of(n, "path"), "/v1/items");
        assert_eq!(of(n, "query"), "redacted");
        assert!(!line.to_string().contains("secret"));
    }
    assert_eq!((of(0, "cors").as_str(), of(0, "origin").as_str()), ("share", ORIGIN));
    assert_eq!(of(0, "request_id"), "my-own");
    assert_eq!(of(0, "trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert!(lines[0]["upstream_ms"].is_number());
    assert!(lines[3]["upstream_ms"].is_null(), "no upstream was asked");
    assert!(!of(1, "reason").is_empty() && !of(4, "reason").is_empty(), "{lines:?}");
    assert_ne!(of(3, "cors"), of(4, "cors"));
    assert_eq!(
        (lines[5]["status"].as_u64(), of(5, "error").as_str()),
        (Some(400), "host-repeated")
    );
    assert_eq!((lines[6]["status"].as_u64(), of(6, "error").as_str()), (Some(400), "malformed"));
    assert_eq!(of(6, "origin"), ORIGIN);

    // Moved away and asked to open it again, it writes to a new file of the same name.
    let moved = dir.path().join("access.log.1");
    std::fs::rename(&file, &moved).unwrap();
    gateway.signal("USR1");
    eventually("the log is not opened again", || file.exists());
    ask(&gateway, "GET", "");
    assert_eq!(self::lines(&file, 1).len(), 1);
}

#[test]
fn the_logs_level_changes_while_it_runs() {
    let nobody = crate::support::free_address();
    let gateway =
        Gateway::start(nobody, "log.level = \"error\"\nlog.refused_origin_every = \"1ms\"");
    let warned = |n: usize| {
        Client::get(gateway.addr, &format!("/{n}"));
        std::thread::sleep(Duration::from_millis(100));
        gateway.told().contains("the upstream did not answer")
    };
    assert!(!warned(0), "a warning is told at level error");
    let set = |level: &str| {
        let put = format!(
            "PUT /log-level HTTP/1.1\r\nHost: admin\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{level}",
            level.len()
        );
        Client::once(gateway.admin, &put).status
    };
    assert_eq!(set("corsage_gateway=what"), 400);
    assert_eq!(set("warn"), 200);
    assert!(warned(1), "{}", gateway.told());
    // The file has the same say.
    gateway.reconfigure(|text| text.replace("log.level = \"error\"", "log.level = \"debug\""));
    eventually("a reload does not set the level", || {
        gateway.told().contains("configuration reloaded")
    });
}

#[test]
fn a_newly_refused_origin_is_told_once_with_what_to_add() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    for _ in 0..20 {
        ask(&gateway, "GET", "Origin: https://new.example.com\r\n");
    }
    eventually("nothing is told", || gateway.told().contains("https://new.example.com"));
    for n in 0..200 {
        ask(&gateway, "GET", &format!("Origin: https://o{n}.example.com\r\n"));
    }
    std::thread::sleep(Duration::from_millis(200));
    let told = gateway.told();
    let refused: Vec<&str> = told.lines().filter(|line| line.contains("refused:")).collect();
    let new: Vec<_> =
        refused.iter().filter(|line| line.contains("https://new.example.com")).collect();
    assert_eq!(new.len(), 1, "{refused:?}");
    assert!(new[0].contains("origins"), "it says what to add: {new:?}");
    assert!(refused.len() <= 31, "{} lines for strangers to fill", refused.len());
}

#[test]
fn a_shadow_policy_is_counted_and_logged_and_never_enforced() {
    let upstream = Upstream::ok();
    let policies =
        format!("{POLICY}[policy.shadow]\nallow_origins = [\"https://other.example.com\"]\n");
    let gateway =
        Gateway::start_with(&format!("upstreams = \"http://{}\"", upstream.addr), &policies);
    for _ in 0..3 {
        let response = ask(&gateway, "GET", &format!("Origin: {ORIGIN}\r\n"));
        assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN));
    }
    assert_eq!(gateway.metric("corsage_shadow_differences_total"), 3.0);
    ask(&gateway, "GET", "Origin: https://other.example.com\r\n");
    ask(&gateway, "GET", "");
    assert_eq!(gateway.metric("corsage_shadow_differences_total"), 3.0, "where both agree");
}

#[test]
fn traces_and_request_ids_go_on_and_are_begun() {
    let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
    let log = Arc::clone(&seen);
    let upstream = Upstream::answering(move |request| {
        log.lock().unwrap().push(request.clone());
        respond("200 OK", "", b"ok")
    });
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let gateway = Gateway::start(upstream.addr, "");
    ask(&gateway, "GET", &format!("traceparent: {parent}\r\ntracestate: a=1,b=2\r\n"));
    ask(&gateway, "GET", "");
    let begun = Gateway::start(upstream.addr, "trace = \"when-absent\"");
    ask(&begun, "GET", "");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].all("traceparent"), [parent]);
    assert_eq!(seen[0].all("tracestate"), ["a=1,b=2"]);
    assert!(seen[1].all("traceparent").is_empty());
    assert_eq!(seen[1].all("x-request-id").len(), 1);
    assert_eq!(seen[2].all("traceparent")[0].len(), parent.len());
}

#[test]
fn the_standard_forwarded_header_is_written_where_it_is_asked_for() {
    let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
    let log = Arc::clone(&seen);
    let upstream = Upstream::answering(move |request| {
        log.lock().unwrap().push(request.clone());
        respond("200 OK", "", b"ok")
    });
    let last = || seen.lock().unwrap().pop().unwrap().all("forwarded").join(" | ");
    let claim = "Forwarded: for=6.6.6.6;proto=https\r\n";
    let plain = Gateway::start(upstream.addr, "");
    ask(&plain, "GET", claim);
    assert_eq!(last(), "");
    let both = Gateway::start(upstream.addr, "forwarded = \"both\"");
    ask(&both, "GET", claim);
    assert_eq!(last(), "for=127.0.0.1;host=\"api.example.com\";proto=http");
    let trusting = Gateway::start(upstream.addr, "trusted_proxies = [\"127.0.0.1\"]");
    ask(&trusting, "GET", claim);
    assert_eq!(
        last(),
        "for=6.6.6.6;proto=https, for=127.0.0.1;host=\"api.example.com\";proto=http"
    );
    ask(&trusting, "GET", "");
    assert_eq!(last(), "");
}
