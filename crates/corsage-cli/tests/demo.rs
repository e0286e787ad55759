//! `corsage demo`: the command itself, and its page in real browsers.
//!
//! The browsers are driven by the page alone: it performs every scenario as it loads and reports to
//! its own server, which prints a line.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail and tell as tests do"
)]

#[path = "demo/front.rs"]
mod front;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A slow machine starts a browser in seconds; only a hung one needs this long.
const REPORT_WITHIN: Duration = Duration::from_secs(180);

/// Leaves the browsers out. Without it, a browser that is missing fails the test.
const SKIP: &str = "CORSAGE_SKIP_BROWSERS";

fn corsage() -> Command {
    Command::new(env!("CARGO_BIN_EXE_corsage"))
}

/// A process that does not outlive its test, nor do its children.
struct Process(Child);

impl Process {
    /// Starts a process at the head of a group of its own.
    fn start(command: &mut Command) -> std::io::Result<Self> {
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.spawn().map(Self)
    }
}

impl Process {
    /// Sends a signal to the whole group: a browser is many processes.
    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // An error says that the group has ended already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.0.wait();
    }
}

/// A demo that serves, and the lines that it prints.
struct Demo {
    process: Process,
    lines: Receiver<Value>,
}

impl Demo {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(arguments: &[String]) -> Self {
        let mut command = corsage();
        command.args(["demo", "--format", "json"]).args(arguments).stdout(Stdio::piped());
        let mut process = Process::start(&mut command).unwrap();
        let stdout = BufReader::new(process.0.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let value = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        Self { process, lines }
    }

    /// The next line of a kind.
    fn line(&self, kind: &str) -> Value {
        let deadline = Instant::now() + REPORT_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {kind:?} line"));
            if line["kind"] == kind {
                return line;
            }
        }
    }
}

/// Every scenario ran, and every prediction held.
fn assert_all_as_predicted(line: &Value) {
    let results = line["results"].as_array().unwrap();
    let differing: Vec<_> = results
        .iter()
        .filter(|result| result["agree"] != true)
        .map(|result| serde_json::to_string_pretty(result).unwrap())
        .collect();
    assert!(differing.is_empty(), "not as predicted:\n{}", differing.join("\n"));
    assert!(results.len() >= 25, "only {} scenarios ran", results.len());
    assert_eq!(line["agree"], line["scenarios"]);
}

/// Opens the page in a browser, and waits for its report.
fn browse(browser: &str, prepare: impl FnOnce(&TempDir) -> Vec<String>) {
    if !skips_browsers() {
        browse_demo(&Demo::start(), browser, prepare);
    }
}

fn skips_browsers() -> bool {
    let skips = std::env::var_os(SKIP).is_some_and(|value| value == "1");
    if skips {
        println!("skipped: {SKIP}=1");
    }
    skips
}

fn browse_demo(demo: &Demo, browser: &str, prepare: impl FnOnce(&TempDir) -> Vec<String>) {
    let page = demo.line("serving")["url"].as_str().unwrap().to_owned();
    let profile = TempDir::new().unwrap();
    let mut command = Command::new(browser);
    command
        .args(prepare(&profile))
        .arg(page)
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _browser = Process::start(&mut command).unwrap_or_else(|error| {
        panic!("{browser} cannot be started: {error}; install it, or set {SKIP}=1")
    });
    let report = demo.line("browser");
    println!("{}: {} of {} as predicted", report["browser"], report["agree"], report["scenarios"]);
    assert_all_as_predicted(&report);
}

#[test]
fn ends_with_success_when_every_prediction_held() {
    let output = corsage().args(["demo", "--exit", "--format", "json"]).output().unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_all_as_predicted(&line);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn prints_a_table_for_people() {
    let output = corsage().args(["demo", "--exit"]).env("NO_COLOR", "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("every prediction held"), "{text}");
    assert!(!text.contains('\x1b'), "no escape sequences into a pipe");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_taken_port_is_a_usage_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = corsage().args(["demo", "--exit", "--port", &port]).output().unwrap();
    let cause = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{cause}");
    assert!(cause.contains(&port), "{cause}");
}

#[test]
fn an_interrupt_ends_it_with_success() {
    let mut demo = Demo::start();
    demo.line("serving");
    demo.process.signal(Signal::INT);
    assert!(demo.process.0.wait().unwrap().success());
}

#[test]
fn the_page_keeps_to_itself() {
    let demo = Demo::start();
    let page = demo.line("serving")["url"].as_str().unwrap().to_owned();
    let host = page.trim_start_matches("http://").trim_end_matches('/');
    let get = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let head = ask(host, &get);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(
        head.contains("content-security-policy: default-src 'none'; script-src 'self'"),
        "{head}"
    );

    let foreign_name =
        ask(host, "GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");
    assert!(foreign_name.starts_with("HTTP/1.1 307"), "{foreign_name}");

    let foreign_page = ask(
        host,
        &format!(
            "POST /demo/bench/policy HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n\
             Content-Length: 13\r\nConnection: close\r\n\r\n{{\"policy\":\"\"}}"
        ),
    );
    assert!(foreign_page.starts_with("HTTP/1.1 403"), "{foreign_page}");
}

#[test]
fn the_bench_predicts_and_puts_policies_in_force() {
    let demo = Demo::start();
    let page = demo.line("serving")["url"].as_str().unwrap().to_owned();
    let host = page.trim_start_matches("http://").trim_end_matches('/');
    let post = |path: &str, body: &Value| -> Value {
        let body = body.to_string();
        let answer = ask(
            host,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            ),
        );
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let bench = |policy: &str, method: &str| {
        let call = json!({ "to": "bench", "path": "/shop/items/1", "method": method });
        post(
            "/demo/bench",
            &json!({ "from": "page", "call": call, "policy": policy, "profile": "chromium" }),
        )
    };

    let policy =
        format!("[[policy]]\nallow_origins = [\"http://{host}\"]\nallow_methods = [\"PUT\"]\n");
    assert_eq!(bench(&policy, "PUT")["predicted"]["outcome"], "readable");
    let refused = bench(&policy, "DELETE");
    assert_eq!(refused["predicted"]["blockers"][0]["code"], "method-not-allowed");
    let console = refused["predicted"]["blockers"][0]["console"].as_str().unwrap();
    assert!(console.contains("has been blocked by CORS policy"), "{console}");
    let faulty = bench("[[policy]]\nallow_orgins = []\n", "PUT");
    assert!(faulty["problems"].as_str().unwrap().contains("allow_origins"), "{faulty}");

    // What is put in force is what the real gateway then answers.
    let state = ask(
        host,
        &format!("GET /demo/state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    );
    let state: Value = serde_json::from_str(state.split_once("\r\n\r\n").unwrap().1).unwrap();
    let gateway =
        state["places"]["bench"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let preflight = || {
        ask(
            &gateway,
            &format!(
                "OPTIONS /shop/items/1 HTTP/1.1\r\nHost: {gateway}\r\nOrigin: http://{host}\r\n\
                 Access-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n"
            ),
        )
    };
    assert!(preflight().contains("access-control-allow-methods: PUT, PATCH, DELETE"));
    assert_eq!(post("/demo/bench/policy", &json!({ "policy": policy })), json!({}));
    assert!(preflight().contains("access-control-allow-methods: PUT\r\n"));
}

/// What a server answers, to the end of the connection.
fn ask(host: &str, request: &str) -> String {
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn chromium_does_as_predicted() {
    browse("chromium", chromium);
}

/// Envoy in the gateway's place, with the same policies in its module.
#[test]
fn chromium_does_as_predicted_through_envoys_module() {
    if skips_browsers() || std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let front = front::Front::with_module();
    assert_terminal(&front);
    browse_demo(&front.demo(), "chromium", chromium);
}

/// And asking a service beside it.
#[test]
fn firefox_does_as_predicted_through_envoys_ext_proc() {
    if skips_browsers() || std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let front = front::Front::with_ext_proc();
    assert_terminal(&front);
    browse_demo(&front.demo(), "firefox-esr", firefox);
}

/// What the demo's own client sees through it.
fn assert_terminal(front: &front::Front) {
    let arguments = front.arguments();
    let output =
        corsage().args(["demo", "--exit", "--format", "json"]).args(arguments).output().unwrap();
    assert_all_as_predicted(&serde_json::from_slice(&output.stdout).unwrap());
}

fn chromium(profile: &TempDir) -> Vec<String> {
    [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("--user-data-dir={}", profile.path().display())])
    .collect()
}

#[test]
fn firefox_does_as_predicted() {
    browse("firefox-esr", firefox);
}

fn firefox(profile: &TempDir) -> Vec<String> {
    std::fs::write(profile.path().join("user.js"), FIREFOX_PREFERENCES).unwrap();
    ["--headless", "--no-remote", "--profile"]
        .map(str::to_owned)
        .into_iter()
        .chain([profile.path().display().to_string()])
        .collect()
}

/// Nothing that asks, and nothing that leaves this machine.
const FIREFOX_PREFERENCES: &str = r#"
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.discovery.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.lna.enabled", false);
user_pref("network.prefetch-next", false);
user_pref("services.settings.server", "");
user_pref("termsofuse.bypassNotification", true);
user_pref("toolkit.telemetry.enabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
"#;
