//! Fixes, proved: a real server is started with a fault, `explain`'s snippet is applied to the letter, the server is
//! started again, `explain` says readable, whoever could read before still can, and Chromium reads the response.
//!
//! `stacks.toml` holds the servers and their faults. `#0`, `#1` … in a configuration are the places of the snippet's parts.

mod apply;
mod page;
mod server;

use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use apply::apply;
use page::{PageServer, Readable};
use server::{Backend, Running};

/// Leaves the servers out. Without it, a server that is missing fails the test.
const SKIP_SERVERS: &str = "CORSAGE_SKIP_SERVERS";
/// Leaves the browser out.
const SKIP_BROWSERS: &str = "CORSAGE_SKIP_BROWSERS";

#[derive(Deserialize)]
struct Stacks {
    base: std::collections::BTreeMap<String, String>,
    stack: Vec<Stack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stack {
    /// The kind, as `--server` takes it.
    server: String,
    name: String,
    /// What stands in the base's place `BODY`.
    body: String,
    path: String,
    #[serde(default)]
    args: Vec<String>,
    /// The call in the page.
    #[serde(default = "no_init")]
    init: String,
}

fn no_init() -> String {
    "{}".to_owned()
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}

#[test]
fn every_fix_that_is_pasted_works() {
    if is_set(SKIP_SERVERS) {
        eprintln!("skipped: {SKIP_SERVERS}=1");
        return;
    }
    let stacks: Stacks = toml::from_str(include_str!("stacks.toml")).expect("stacks.toml");
    let only = std::env::var("CORSAGE_STACK").unwrap_or_default();
    let backend = Backend::start();
    let page = PageServer::start();
    let origin = page.origin();
    let mut problems = Vec::new();
    let mut fixed = Vec::new();
    for stack in stacks.stack.iter().filter(|stack| stack.server.contains(&only)) {
        let base = &stacks.base[&stack.server];
        let text = base
            .replace("BODY", &stack.body)
            .replace("PAGE_URL", &origin)
            .replace("BACKEND_PORT", &backend.port().to_string())
            .replace("BACKEND", &backend.address());
        match prove(stack, &text, &origin) {
            Ok(running) => fixed.push((stack, running)),
            Err(problem) => problems.push(format!("{} {}: {problem}", stack.server, stack.name)),
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n\n"));
    assert!(!fixed.is_empty(), "no stack is called {only:?}");
    if is_set(SKIP_BROWSERS) {
        eprintln!("Chromium was left out: {SKIP_BROWSERS}=1");
        return;
    }
    let calls: Vec<(String, String)> = fixed
        .iter()
        .map(|(stack, running)| (running.url(&stack.path), stack.init.clone()))
        .collect();
    let read = page.ask_chromium(&calls);
    let unread: Vec<String> = fixed
        .iter()
        .zip(&read)
        .filter(|(_, read)| **read == Readable::No)
        .map(|((stack, _), _)| format!("{} {}", stack.server, stack.name))
        .collect();
    assert!(unread.is_empty(), "Chromium cannot read {unread:?}");
    assert_eq!(read.len(), fixed.len());
}

fn prove(stack: &Stack, text: &str, origin: &str) -> Result<Running, String> {
    let broken = Running::start(&stack.server, text)?;
    let (exit, account) = explain(stack, &broken, origin, &["--server", &stack.server])?;
    if exit != 1 {
        return Err(format!("it is not broken: {}", account["headline"]));
    }
    let before = who_reads(&broken, origin);
    drop(broken);
    let fixed = apply(text, &account["fix"]["paste"])?;
    let running = Running::start(&stack.server, &fixed)?;
    let (exit, again) = explain(stack, &running, origin, &["--send"])?;
    if exit != 0 {
        return Err(format!("{} remains after\n{fixed}\n{}", again["code"], again["wire"]));
    }
    let after = who_reads(&running, origin);
    match before
        .iter()
        .zip(&after)
        .find(|((_, before), (_, after))| *before == Readable::Yes && *after == Readable::No)
    {
        Some(((who, _), _)) => Err(format!("{who} could read before, and cannot now:\n{fixed}")),
        None => Ok(running),
    }
}

/// Runs the command.
fn explain(
    stack: &Stack,
    running: &Running,
    origin: &str,
    more: &[&str],
) -> Result<(i32, Value), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["explain", &running.url(&stack.path), "--from", origin, "--format", "json"])
        .args(&stack.args)
        .args(more)
        .output()
        .map_err(|error| error.to_string())?;
    let account = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok((output.status.code().unwrap_or(-1), account))
}

/// Which pages may read what, judged by Access-Control-Allow-Origin alone.
fn who_reads(running: &Running, origin: &str) -> Vec<(String, Readable)> {
    let mut all = Vec::new();
    for origin in [origin, "http://elsewhere.example"] {
        for path in ["/api/x", "/api/cors", "/api/missing"] {
            let lines = running.allow_origins(path, origin);
            let readable = match lines.as_slice() {
                [one] if one == "*" || one == origin => Readable::Yes,
                _ => Readable::No,
            };
            all.push((format!("{origin} {path}"), readable));
        }
    }
    all
}
