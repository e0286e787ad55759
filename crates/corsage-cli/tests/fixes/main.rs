//! Fixes, proved: a real server is started with a fault, `explain`'s snippet is applied to the letter, the server is
//! started again, `explain` says readable, whoever could read before still can, and Chromium reads the response.
//!
//! `stacks.toml` and `further.toml` hold the servers and their faults. `#0`, `#1` … in a configuration are the places of the snippet's parts.

mod apply;
mod page;
mod server;
mod syntax;

use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use apply::{apply, take_out};
use page::{PageServer, Readable};
use server::{Backend, Running};

/// Leaves the servers out. Without it, a server that is missing fails the test.
pub(crate) const SKIP_SERVERS: &str = "CORSAGE_SKIP_SERVERS";
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
    /// The base, where it is not called like the kind.
    base: Option<String>,
    /// Another file that the server reads, as `NAME` and text.
    #[serde(default)]
    file: Option<(String, String)>,
    /// Who is let in by a pattern or a list that the lines that go use.
    #[serde(default)]
    keep: Vec<String>,
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
    prove_stacks(&toml::from_str(include_str!("stacks.toml")).expect("stacks.toml"));
}

#[test]
fn every_fix_works_in_other_places_too() {
    let bases: Stacks = toml::from_str(include_str!("stacks.toml")).expect("stacks.toml");
    let further: Stacks = toml::from_str(include_str!("further.toml")).expect("further.toml");
    prove_stacks(&Stacks {
        base: bases.base.into_iter().chain(further.base).collect(),
        stack: further.stack,
    });
}

#[expect(clippy::print_stderr, reason = "a test says what it leaves out")]
fn prove_stacks(stacks: &Stacks) {
    if is_set(SKIP_SERVERS) {
        eprintln!("skipped: {SKIP_SERVERS}=1");
        return;
    }
    let only = std::env::var("CORSAGE_STACK").unwrap_or_default();
    let backend = Backend::start();
    let page = PageServer::start();
    let origin = page.origin();
    let mut problems = Vec::new();
    let mut fixed = Vec::new();
    let is_asked = |stack: &&Stack| format!("{} {}", stack.server, stack.name).contains(&only);
    for stack in stacks.stack.iter().filter(is_asked) {
        let text = stacks.base[stack.base.as_ref().unwrap_or(&stack.server)]
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
    let files = |text: &str| stack.file.as_ref().map(|(name, _)| (name.clone(), text.to_owned()));
    let file =
        stack.file.as_ref().map(|(_, text)| text.replace("PAGE_URL", origin)).unwrap_or_default();
    let broken = Running::start(&stack.server, text, files(&file))?;
    let mut more = vec!["--server".to_owned(), stack.server.clone()];
    let (exit, mut account) = explain(stack, &broken, origin, &more)?;
    if exit != 1 {
        return Err(format!("it is not broken: {}", account["headline"]));
    }
    let before = who_reads(stack, &broken, origin);
    // Whoever is named in what goes stays, as the snippet says.
    let (_, gone) = take_out(&format!("{text}\n{file}"), &account["fix"]["paste"], &stack.path);
    let named = origins_in(&gone);
    for other in named.iter().chain(&stack.keep).filter(|named| **named != origin) {
        more.extend(["--keep-origin".to_owned(), other.clone()]);
    }
    if more.len() > 2 {
        (_, account) = explain(stack, &broken, origin, &more)?;
    }
    drop(broken);
    let fixed = apply(text, &account["fix"]["paste"], &stack.path)?;
    let (file, _) = take_out(&file, &account["fix"]["paste"], &stack.path);
    let running = Running::start(&stack.server, &fixed, files(&file))?;
    let (exit, again) = explain(stack, &running, origin, &["--send".to_owned()])?;
    if exit != 0 {
        return Err(format!("{} remains after\n{fixed}\n{}", again["code"], again["wire"]));
    }
    let after = who_reads(stack, &running, origin);
    let worse: Vec<String> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before.is_better_than(after))
        .map(|(before, after)| format!("{}\nbefore: {before:?}\nafter:  {after:?}", before.who))
        .collect();
    if worse.is_empty() { Ok(running) } else { Err(format!("{}\n{fixed}", worse.join("\n"))) }
}

/// Runs the command.
fn explain(
    stack: &Stack,
    running: &Running,
    origin: &str,
    more: &[String],
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

/// Origins that a text names.
fn origins_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("http") {
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".:/-".contains(c);
        let word: String = text[at..].chars().take_while(|c| is_part(*c)).collect();
        let is_pattern = text[at + word.len()..].starts_with(['*', '(', '[', '?', '\\', '$']);
        let word = word.trim_end_matches('/').to_owned();
        let is_origin = word.split_once("://").is_some_and(|(scheme, host)| {
            matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('/')
        });
        if is_origin && !is_pattern && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// What is listed here and there and needs no listing.
const NEEDLESS: &[&str] = &["options", "accept", "accept-language", "content-language"];

/// The header that preflights ask for.
const ASKED: &str = "content-type";

/// Pages that ask before and after.
const OTHERS: &[&str] =
    &["http://elsewhere.example", "https://a.example", "https://www.shop.example"];

/// What a page, or no page, gets for an answer.
#[derive(Debug)]
struct Seen {
    who: String,
    /// Without credentials.
    readable: bool,
    with_credentials: bool,
    /// Methods and headers that a preflight gets.
    granted: Vec<String>,
    /// For whom asks without Origin.
    plain: String,
}

impl Seen {
    fn is_better_than(&self, after: &Self) -> bool {
        let any = |granted: &[String]| granted.iter().any(|one| one == "*" || one == ASKED);
        let lost = |name: &String| {
            let same = after.granted.contains(name) || after.granted.iter().any(|one| one == "*");
            !(same || name == "*" && any(&after.granted))
        };
        // An error may turn into an answer, and nothing else.
        let mended = self.plain.as_str() >= "404" && after.plain.as_str() < "500";
        let plain = self.plain == after.plain || mended;
        (self.readable && !after.readable)
            || (self.with_credentials && !after.with_credentials)
            || self.granted.iter().any(lost)
            || !plain
    }
}

/// Which pages may read what.
fn who_reads(stack: &Stack, running: &Running, page: &str) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut paths = vec!["/api/x", "/api/cors", "/api/missing", "/public/x"];
    if !paths.contains(&stack.path.as_str()) {
        paths.push(&stack.path);
    }
    for path in paths {
        let plain = running.ask("GET", path, &[]).without_cors();
        for origin in [page].iter().chain(OTHERS).copied() {
            let answer = running.ask("GET", path, &[("origin", origin)]);
            let preflight = [
                ("origin", origin),
                ("access-control-request-method", "PUT"),
                ("access-control-request-headers", ASKED),
            ];
            let preflight = running.ask("OPTIONS", path, &preflight);
            let lets_in = |answer: &server::Answer| match answer
                .all("access-control-allow-origin")
                .as_slice()
            {
                [one] => one == "*" || one == origin,
                _ => false,
            };
            let names = ["access-control-allow-methods", "access-control-allow-headers"];
            let granted = names.iter().flat_map(|name| preflight.all(name));
            let granted: Vec<String> = granted
                .flat_map(|value| {
                    value
                        .split(',')
                        .map(|item| item.trim().to_ascii_lowercase())
                        .collect::<Vec<_>>()
                })
                .filter(|item| !item.is_empty() && !NEEDLESS.contains(&item.as_str()))
                .collect();
            let ok = (200..300).contains(&preflight.status) && lets_in(&preflight);
            all.push(Seen {
                who: format!("{origin} {path}"),
                readable: lets_in(&answer),
                with_credentials: lets_in(&answer)
                    && answer.all("access-control-allow-origin") != ["*"]
                    && answer.all("access-control-allow-credentials") == ["true"],
                // What the page itself is granted elsewhere may be narrowed down to what it needs here.
                granted: if ok && (origin != page || path == stack.path) {
                    granted
                } else {
                    Vec::new()
                },
                plain: plain.clone(),
            });
        }
    }
    all
}
