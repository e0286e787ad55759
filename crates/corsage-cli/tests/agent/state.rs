//! What the agent remembers: cookies, responses, preflights.

use serde_json::{Value, json};

use crate::support::{Agent, Server, fetch, ok};

fn cookies(agent: &mut Agent, url: &str) -> Value {
    agent.ask(&json!({"op": "cookies", "id": "cookies", "url": url}))["cookies"].clone()
}

#[test]
fn scripts_and_servers_share_a_jar_but_for_what_is_http_only() {
    let server = Server::start(|_| ok("Set-Cookie: a=1\r\nSet-Cookie: secret=1; HttpOnly\r\n", ""));
    let mut agent = Agent::start();
    let home = format!("http://api.test:{}", server.port);
    let own =
        json!({"client": {"origin": home, "url": format!("{home}/")}, "credentials": "include"});
    agent.ask(&fetch(1, &server.url("/"), own.clone()));
    assert_eq!(cookies(&mut agent, &server.url("/")), "a=1");
    for (id, value) in [(2, "b=2"), (3, "secret=2"), (4, "c=3; HttpOnly")] {
        let request = json!({"op": "set-cookie", "id": id, "url": server.url("/"), "value": value});
        assert_eq!(agent.ask(&request)["done"], true);
    }
    assert_eq!(cookies(&mut agent, &server.url("/")), "a=1; b=2");
    agent.ask(&fetch(5, &server.url("/"), own.clone()));
    assert_eq!(server.got()[1].header("cookie"), Some("a=1; secret=1; b=2"));
    assert_eq!(agent.ask(&json!({"op": "reset", "id": 6}))["done"], true);
    assert_eq!(cookies(&mut agent, &server.url("/")), "");
    agent.ask(&fetch(7, &server.url("/"), own));
    assert_eq!(server.got()[2].header("cookie"), None);
}

#[test]
fn reset_forgets_preflights_and_stored_responses() {
    let server = Server::start(|_| {
        ok(
            "Access-Control-Allow-Headers: x-a\r\nAccess-Control-Max-Age: 60\r\nCache-Control: max-age=60\r\n",
            "",
        )
    });
    let mut agent = Agent::start();
    let preflighted = json!({"headers": [["X-A", "1"]], "cache": "no-store"});
    let mut sent = Vec::new();
    for round in 0..3 {
        if round == 2 {
            agent.ask(&json!({"op": "reset", "id": "reset"}));
        }
        agent.ask(&fetch(1, &server.url("/preflighted"), preflighted.clone()));
        agent.ask(&fetch(2, &server.url("/stored"), json!({})));
        sent.push(server.got().len());
    }
    // OPTIONS, GET and GET; GET; all three again.
    assert_eq!(sent, [3, 4, 7]);
}
