//! What is no request harms nothing, and is told.

use serde_json::{Value, json};

use crate::support::{Agent, Server, fetch, ok};

#[test]
fn hello_says_what_is_here() {
    let reply = Agent::start().ask(&json!({"op": "hello", "id": 1}));
    assert_eq!(reply["engine"], "corsage");
    assert_eq!(reply["protocol"], 1);
    assert_eq!(reply["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(reply["features"], json!(["cors", "cookies", "http-cache", "streams"]));
}

#[test]
fn a_malformed_line_is_answered_without_an_id() {
    let mut agent = Agent::start();
    let lines: [&[u8]; 8] = [
        b"garbage",
        b"",
        b"{\"op\":\"hello\"",
        b"[1]",
        b"\xff\xfe",
        b"{\"op\":\"hello\"}",
        b"{\"op\":\"hello\",\"id\":[1]}",
        b"null",
    ];
    for line in lines {
        agent.write(line);
        agent.write(b"\n");
        let reply = agent.line();
        assert_eq!(reply["id"], Value::Null, "{line:?}: {reply}");
        assert_eq!(reply["error"]["name"], "ProtocolError", "{line:?}: {reply}");
        assert!(!reply["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(agent.ask(&json!({"op": "hello", "id": "still here"}))["protocol"], 1);
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let mut agent = Agent::start();
    agent.write(&[b'['; 100_000]);
    agent.write(b"\n");
    assert_eq!(agent.line()["error"]["name"], "ProtocolError");
}

#[test]
fn a_line_past_the_bound_is_passed_over() {
    let mut agent = Agent::start();
    agent.write(b"{\"op\":\"hello\",\"id\":1,\"x\":\"");
    let megabyte = vec![b'x'; 1024 * 1024];
    for _ in 0..65 {
        agent.write(&megabyte);
    }
    agent.write(b"\"}\n");
    let reply = agent.line();
    assert_eq!(reply["id"], Value::Null);
    let message = reply["error"]["message"].as_str().unwrap();
    assert!(message.contains("longer than 67108864 bytes"), "{message}");
    assert_eq!(agent.ask(&json!({"op": "hello", "id": 2}))["protocol"], 1);
}

#[test]
fn an_unknown_operation_is_answered_with_its_id() {
    let reply = Agent::start().ask(&json!({"op": "dance", "id": "x-1"}));
    assert_eq!(reply["error"]["name"], "ProtocolError");
    assert!(reply["error"]["message"].as_str().unwrap().contains("\"dance\""), "{reply}");
}

#[test]
fn every_wrong_field_is_named() {
    let request = json!({
        "op": "fetch", "id": 7, "method": 1, "mode": "corps", "headers": [["a", "b"], ["c"], ["d\u{100}", ""]],
        "body": "%", "keepalive": "yes", "redirect": null,
        "client": {"origin": "http://app.test/", "topLevelOrigin": 3, "url": "no url", "secureContext": 0},
    });
    let reply = Agent::start().ask(&request);
    let message = reply["error"]["message"].as_str().unwrap();
    assert_eq!(reply["error"]["name"], "ProtocolError");
    for part in [
        "url is missing",
        "method must be a string, not a number",
        "mode is \"corps\"; it must be one of \"cors\"",
        "headers[1] must be",
        "headers[2] has a code point above U+00FF",
        "body is no base64",
        "keepalive must be true or false, not a string",
        "client.origin is \"http://app.test/\"",
        "client.topLevelOrigin must be a string, not a number",
        "client.url is \"no url\"",
        "client.secureContext must be true or false, not a number",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    assert!(!message.contains("redirect"), "null is as good as absent: {message}");
}

#[test]
fn operations_name_their_own_fields() {
    let mut agent = Agent::start();
    for (request, part) in [
        (json!({"op": "abort", "id": 1}), "target must be"),
        (json!({"op": "cookies", "id": 2}), "url is missing"),
        (json!({"op": "cookies", "id": 3, "url": "/a"}), "url is \"/a\", which is no URL"),
        (json!({"op": "set-cookie", "id": 4, "url": "http://a.test/"}), "value is missing"),
        (json!({"op": "fetch", "id": 5, "url": "http://a.test/"}), "client is missing"),
        (json!({"op": 5, "id": 6}), "op must be a string, not a number"),
    ] {
        let reply = agent.ask(&request);
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
}

#[test]
fn an_id_under_way_is_not_taken_twice() {
    let silent = Server::start(|_| Vec::new());
    let mut agent = Agent::start();
    agent.send(&fetch(1, &silent.url("/"), json!({})));
    agent.send(&fetch(1, &silent.url("/"), json!({})));
    let reply = agent.line();
    assert_eq!(reply["id"], Value::Null);
    assert!(reply["error"]["message"].as_str().unwrap().contains("the id 1"), "{reply}");
    agent.send(&json!({"op": "abort", "id": 2, "target": 1}));
    assert_eq!(agent.reply(&json!(1))["error"]["name"], "AbortError");
}

#[test]
fn garbage_between_requests_harms_none() {
    let server = Server::start(|got| ok("", got.head.split(' ').nth(1).unwrap()));
    let mut agent = Agent::start();
    for number in 0..50 {
        agent.send(&fetch(number, &server.url(&format!("/{number}")), json!({})));
        agent.write(b"}{ \xc3\n");
    }
    for number in 0..50 {
        let reply = agent.reply(&json!(number));
        assert_eq!(reply["body"], crate::support::base64(&format!("/{number}")), "{reply}");
    }
}
