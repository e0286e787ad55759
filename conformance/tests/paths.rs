//! A policy for a path holds for every spelling of it that the framework's router takes for that path, and for no other:
//! which handler a request reaches, and under which policy, is read from one answer.

use conformance::adapters::{ALL, Options, raw_http};
use corsage::server::{PolicyDraft, RecordDecisions};
use http::Request;

/// `/public` is open to all, `/get` to nobody else's page.
const SPELLINGS: &[&str] = &[
    "/public",
    "/%70ublic",
    "/publi%63",
    "//public",
    "/public/",
    "/public//",
    "/./public",
    "/x/../public",
    "/public?x",
    "/public%2F",
    "/PUBLIC",
    "/public%00",
    "/public;x",
    "/publicx",
    "/get",
    "/%67et",
    "//get",
    "/get/",
    "/public/../get",
    "/public/%2e%2e/get",
    "/public%2f..%2fget",
    "/get?/public",
    "/get;/public",
];

#[test]
fn the_policy_is_that_of_the_handler_however_its_path_is_spelt() {
    let policy = PolicyDraft::new().origins(["https://app.example"]).compile().expect("it holds");
    let mut faults = Vec::new();
    for adapter in ALL.iter().filter(|adapter| !["tower", "gateway"].contains(&adapter.name)) {
        let options =
            Options { policy: policy.clone(), record: RecordDecisions::Off, tenants: None };
        let server = adapter.start(&options).expect("it starts");
        let mut reached = [0; 2];
        for path in SPELLINGS {
            let request = Request::get(*path).header("origin", "https://evil.example").body(());
            let response = raw_http::send(server.address, &request.expect("a request"));
            let response =
                response.unwrap_or_else(|fault| panic!("{} {path}: {fault}", adapter.name));
            let is_open = response
                .headers()
                .get("access-control-allow-origin")
                .is_some_and(|allowed| allowed == "*");
            let (place, wanted) = match response.body().as_slice() {
                b"public" => (0, true),
                b"hello" => (1, false),
                // A refusal by the router tells nobody anything.
                _ => continue,
            };
            reached[place] += 1;
            if is_open != wanted {
                let body = String::from_utf8_lossy(response.body());
                faults.push(format!("{} {path}: {body}, open: {is_open}", adapter.name));
            }
        }
        assert!(reached.iter().all(|count| *count >= 1), "{}: {reached:?}", adapter.name);
        if ["salvo", "rocket"].contains(&adapter.name) {
            assert!(reached[0] >= 3, "{} reads several spellings: {reached:?}", adapter.name);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
