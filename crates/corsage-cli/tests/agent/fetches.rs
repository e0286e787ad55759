//! Fetches through the agent.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Agent, Server, base64, fetch, ok};

#[test]
fn a_response_is_what_a_script_would_see() {
    let server = Server::start(|_| {
        let mut raw = ok(
            "Content-Type: text/plain\r\nX-Hidden: 1\r\nX-Shown: \u{1}\r\nAccess-Control-Expose-Headers: x-shown\r\n",
            "hi",
        );
        // A byte that is no UTF-8, in a value and in the status text.
        let at = raw.windows(1).position(|byte| byte == [1]).unwrap();
        raw[at] = 0xE9;
        let at = raw.windows(2).position(|bytes| bytes == b"OK").unwrap();
        raw[at] = 0xD6;
        raw
    });
    let reply = Agent::start().ask(&fetch(1, &server.url("/a?b#c"), json!({})));
    let mut headers = reply["headers"].as_array().unwrap().clone();
    headers.sort_by_key(Value::to_string);
    let wanted = json!([["content-length", "2"], ["content-type", "text/plain"], ["x-shown", "é"]]);
    assert_eq!(Value::from(headers), wanted);
    assert_eq!(reply["type"], "cors");
    assert_eq!(reply["status"], 200);
    assert_eq!(reply["statusText"], "ÖK");
    assert_eq!(reply["body"], base64("hi"));
    assert_eq!(reply["url"], server.url("/a?b"));
    assert_eq!(reply["redirected"], false);
}

#[test]
fn an_opaque_response_shows_nothing() {
    let server = Server::start(|_| ok("", "secret"));
    let reply = Agent::start().ask(&fetch(1, &server.url("/"), json!({"mode": "no-cors"})));
    let wanted = json!({"id": 1, "type": "opaque", "status": 0, "statusText": "", "headers": [],
        "url": "", "redirected": false, "body": null});
    assert_eq!(reply, wanted);
}

#[test]
fn an_opaque_redirect_keeps_its_url() {
    let server = Server::start(|_| {
        b"HTTP/1.1 302 Found\r\nAccess-Control-Allow-Origin: *\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
            .to_vec()
    });
    let reply = Agent::start().ask(&fetch(1, &server.url("/a"), json!({"redirect": "manual"})));
    assert_eq!(reply["type"], "opaqueredirect");
    assert_eq!(reply["status"], 0);
    assert_eq!(reply["url"], server.url("/a"));
    assert_eq!(reply["body"], Value::Null);
}

#[test]
fn a_body_that_is_none_differs_from_an_empty_one() {
    let server = Server::start(|got| {
        if got.head.starts_with("GET /none") {
            b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\r\n".to_vec()
        } else {
            ok("", "")
        }
    });
    let mut agent = Agent::start();
    assert_eq!(agent.ask(&fetch(1, &server.url("/none"), json!({})))["body"], Value::Null);
    assert_eq!(agent.ask(&fetch(2, &server.url("/empty"), json!({})))["body"], "");
}

#[test]
fn a_failure_is_one_type_error_with_code_and_detail() {
    let server = Server::start(|got| {
        if got.head.starts_with("OPTIONS /missing") {
            b"HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n"
                .to_vec()
        } else if got.head.starts_with("OPTIONS") {
            ok("", "")
        } else {
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()
        }
    });
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut agent = Agent::start();
    let put = json!({"method": "PUT"});
    for (url, members, code, detail) in [
        (server.url("/"), json!({}), "missing-allow-origin", ""),
        (server.url("/missing"), put.clone(), "preflight-status-not-ok", "404"),
        (server.url("/"), put, "method-not-allowed", "PUT"),
        (server.url("/"), json!({"headers": [["X-A", ""]]}), "header-not-allowed", "x-a"),
        (
            server.url("/"),
            json!({"mode": "same-origin"}),
            "same-origin-mode-cross-origin-url",
            "http://api.test",
        ),
        ("http://api.test:6000/".into(), json!({}), "bad-port", "6000"),
        (format!("http://api.test:{closed}/"), json!({}), "connection-failed", "refused"),
        ("http://a b/".into(), json!({}), "invalid-url", "http://a b/"),
        (server.url("/"), json!({"method": "trace"}), "forbidden-method", "trace"),
        (server.url("/"), json!({"headers": [["a b", ""]]}), "invalid-header-name", "a b"),
        (server.url("/"), json!({"body": "aGk="}), "body-with-get-or-head", "GET"),
        (server.url("/"), json!({"mode": "navigate"}), "navigate-mode-not-allowed", "navigate"),
    ] {
        let reply = agent.ask(&fetch(1, &url, members.clone()));
        let error = &reply["error"];
        assert_eq!(error["name"], "TypeError", "{url} {members}: {reply}");
        assert_eq!(error["code"], code, "{url} {members}: {reply}");
        assert!(error["detail"].as_str().unwrap().contains(detail), "{url} {members}: {reply}");
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn bodies_and_headers_go_out_as_bytes() {
    let server = Server::start(|_| ok("Access-Control-Allow-Headers: *\r\n", ""));
    let members = json!({"method": "POST", "body": "AP/+", "bodyKind": "bytes",
        "headers": [["X-A", "1"], ["x-a", "é\u{7f}"], ["Host", "evil"], ["Sec-X", "1"]]});
    let reply = Agent::start().ask(&fetch(1, &server.url("/"), members));
    assert_eq!(reply["status"], 200, "{reply}");
    let got = &server.got()[1];
    assert_eq!(got.body, [0, 0xFF, 0xFE]);
    assert_eq!(got.header("content-length"), Some("3"));
    let lines: Vec<&str> =
        got.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("x-a:")).collect();
    assert_eq!(lines, ["X-A: 1, é\u{7f}"]);
    assert_eq!(got.header("host").unwrap(), format!("api.test:{}", server.port));
    assert_eq!(got.header("sec-x"), None);
}

#[test]
fn slow_fetches_do_not_hold_up_others() {
    // The slow ones are answered once the quick one has been, or has been waited for in vain.
    let (quick, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (was_quick, in_vain) = (Arc::clone(&quick), Arc::clone(&seen));
    let server = Server::start(move |got| {
        if got.head.starts_with("GET /slow") {
            let deadline = Instant::now() + Duration::from_secs(15);
            while !was_quick.load(SeqCst) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(10));
            }
            if !was_quick.load(SeqCst) {
                in_vain.store(true, SeqCst);
            }
        }
        ok("", "")
    });
    let mut agent = Agent::start();
    for id in 0..100 {
        agent.send(&fetch(id, &server.url("/slow"), json!({"cache": "no-store"})));
    }
    agent.ask(&fetch("quick", &server.url("/quick"), json!({})));
    quick.store(true, SeqCst);
    for id in 0..100 {
        assert_eq!(agent.reply(&json!(id))["status"], 200);
    }
    assert!(!seen.load(SeqCst), "the quick one came behind slow ones");
}

#[test]
fn an_aborted_fetch_is_answered_and_its_connection_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut agent = Agent::start();
    agent.send(&fetch(1, &format!("http://api.test:{port}/"), json!({})));
    let (mut stream, _) = listener.accept().unwrap();
    agent.send(&json!({"op": "abort", "id": 2, "target": 1}));
    let reply = agent.line();
    assert_eq!(reply["id"], 1);
    assert_eq!(reply["error"]["name"], "AbortError");
    assert_eq!(reply["error"]["code"], "aborted");
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
    // An abort of what is not under way is nothing.
    agent.send(&json!({"op": "abort", "id": 3, "target": 1}));
    assert_eq!(agent.ask(&json!({"op": "hello", "id": 4}))["id"], 4);
}

#[test]
fn a_streamed_body_comes_piece_by_piece() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://api.test:{}/", listener.local_addr().unwrap().port());
    let mut agent = Agent::start();
    agent.send(&fetch(1, &url, json!({"stream": true})));
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let head = agent.line();
    assert_eq!(head["status"], 200);
    assert_eq!(head.get("body"), None);
    stream.write_all(b"3\r\none\r\n").unwrap();
    assert_eq!(agent.line(), json!({"id": 1, "chunk": base64("one")}));
    stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").unwrap();
    assert_eq!(agent.line(), json!({"id": 1, "chunk": base64("two")}));
    assert_eq!(agent.line(), json!({"id": 1, "end": true}));
}

#[test]
fn a_streamed_body_that_breaks_off_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://api.test:{}/", listener.local_addr().unwrap().port());
    let mut agent = Agent::start();
    for end in ["server", "abort"] {
        agent.send(&fetch(end, &url, json!({"stream": true})));
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 9\r\n\r\none").unwrap();
        assert_eq!(agent.line()["status"], 200);
        assert_eq!(agent.line(), json!({"id": end, "chunk": base64("one")}));
        if end == "abort" {
            agent.send(&json!({"op": "abort", "id": 0, "target": "abort"}));
        } else {
            drop(stream);
        }
        assert_eq!(agent.line(), json!({"id": end, "end": "error"}));
    }
}

#[test]
fn a_null_body_ends_a_stream_at_once() {
    let server = Server::start(|_| {
        b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\r\n".to_vec()
    });
    let mut agent = Agent::start();
    assert_eq!(agent.ask(&fetch(1, &server.url("/"), json!({"stream": true})))["status"], 204);
    assert_eq!(agent.line(), json!({"id": 1, "end": true}));
}
