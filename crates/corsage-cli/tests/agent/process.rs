//! When the agent ends, and how.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::{Agent, Server, fetch, ok};

#[test]
fn the_end_of_the_input_is_the_end() {
    let mut agent = Agent::start();
    assert_eq!(agent.ask(&json!({"op": "hello", "id": 1}))["id"], 1);
    agent.close_input();
    let (code, after) = agent.wait();
    assert_eq!(code, Some(0));
    assert!(after < Duration::from_secs(1), "{after:?}");
}

#[test]
fn what_was_asked_before_the_end_is_answered() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        ok("", "late")
    });
    let mut agent = Agent::start();
    agent.write(fetch(1, &server.url("/"), json!({})).to_string().as_bytes());
    // The last line lacks its end, too.
    agent.close_input();
    assert_eq!(agent.line()["body"], crate::support::base64("late"));
    assert_eq!(agent.wait().0, Some(0));
}

#[test]
fn a_fetch_that_hangs_holds_up_the_end_for_a_moment_only() {
    let silent = Server::start(|_| Vec::new());
    let mut agent = Agent::start();
    agent.send(&fetch(1, &silent.url("/"), json!({})));
    agent.close_input();
    let (code, after) = agent.wait();
    assert_eq!(code, Some(0));
    assert!(after < Duration::from_secs(8), "{after:?}");
    assert_eq!(agent.line()["error"]["name"], "AbortError");
}

#[test]
fn a_closed_output_is_no_crash() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .arg("agent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    for id in 0..1000 {
        // The agent may end at any of these: nobody reads what it says.
        let line = format!("{}\n", json!({"op": "hello", "id": id}));
        if std::io::Write::write_all(&mut input, line.as_bytes()).is_err() {
            break;
        }
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn unusable_arguments_are_a_usage_error() {
    for (arguments, part) in [
        (&["--resolve", "nowhere"][..], "it has no ="),
        (&["--browser", "netscape"], "standard, chromium, firefox and webkit"),
        (&["--cacert", "/nonexistent.pem"], "--cacert /nonexistent.pem"),
        (&["--cacert", "Cargo.toml"], "no CERTIFICATE block"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
            .arg("agent")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}
