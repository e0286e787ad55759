//! What `explain` says that browsers print, beside what they print: a page in a real browser performs
//! the cases of `data/console.toml`, and its console is read.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::marionette::Marionette;
use super::support::{Answer, Server};

/// Leaves the browsers out. Without it, a browser that is missing fails the test.
const SKIP: &str = "CORSAGE_SKIP_BROWSERS";

/// A slow machine starts a browser in seconds; only a hung one needs this long.
const WITHIN: Duration = Duration::from_secs(180);

/// The last thing that the page does.
const DONE: &str = "every case was performed";

const POLICY: &str = "connect-src http://localhost:* http://127.0.0.1:*/c/ http://127.0.0.1:*/next/ http://127.0.0.2:* ftp: data:";

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "nothing")]
    init: String,
    #[serde(default)]
    args: Vec<String>,
    url: Option<String>,
    answers: Vec<Answer>,
}

fn nothing() -> String {
    "{}".to_owned()
}

impl Case {
    fn url(&self, server: &Server) -> String {
        let path = format!("http://127.0.0.1:{{port}}/c/{}", self.name);
        server.filled(self.url.as_ref().unwrap_or(&path))
    }
}

fn cases() -> Vec<Case> {
    let cases: Cases = toml::from_str(include_str!("data/console.toml")).expect("console.toml");
    cases.case
}

/// One server is page and API: they differ by the host's name.
fn serve(cases: &[Case]) -> Server {
    let page = Answer::page("/page", &format!("content-security-policy: {POLICY}"), &script(cases));
    let answers = cases.iter().flat_map(|case| {
        case.answers.iter().cloned().map(|mut answer| {
            answer.path.get_or_insert_with(|| format!("/c/{}", case.name));
            answer
        })
    });
    Server::start(std::iter::once(page).chain(answers).collect(), "http://localhost:{port}")
}

/// The page: one fetch after the other, so that each finds an idle console.
fn script(cases: &[Case]) -> String {
    let calls: String = cases
        .iter()
        .map(|case| {
            let path = format!("http://127.0.0.1:{{port}}/c/{}", case.name);
            let url = case.url.as_ref().unwrap_or(&path);
            format!("  ['{url}', {}],\n", case.init)
        })
        .collect();
    format!(
        "<!doctype html><meta charset=utf-8><title>cases</title><script>\n(async () => {{\n for (const [url, init] of [\n{calls} ]) {{\n  try {{ await fetch(url, init); }} catch {{ /* the console tells more */ }}\n }}\n setTimeout(() => {{ throw new Error('{DONE}'); }}, 500);\n}})();\n</script>"
    )
}

/// Compares what was printed with what was predicted, case by case.
fn compare(
    browser: &str,
    cases: &[Case],
    server: &Server,
    printed: &[String],
    logged: fn(&str) -> bool,
) {
    let (mut problems, mut compared) = (Vec::new(), 0);
    for case in cases {
        let url = case.url(server);
        let mut args = vec![url.clone()];
        args.extend(case.args.iter().cloned());
        let run = server.explain(&server.filled("http://localhost:{port}"), &args, "json");
        let account: Value = serde_json::from_str(&run.out).unwrap_or_default();
        let predicted: Vec<String> = account["browsers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["browser"] == browser)
            .flat_map(|one| one["console"].as_array().cloned().unwrap_or_default())
            .filter_map(|line| line.as_str().map(str::to_owned))
            .filter(|line| logged(line))
            .collect();
        let path = url.rsplit_once('/').map_or(url.as_str(), |(_, path)| path);
        let about: Vec<&String> = printed.iter().filter(|line| names(line, path)).collect();
        compared += usize::from(!predicted.is_empty());
        for line in &predicted {
            if !about.iter().any(|said| says(said, line)) {
                problems.push(format!("{}\n  predicted {line}\n  printed   {about:#?}", case.name));
            }
        }
        if predicted.is_empty() && about.iter().any(|line| speaks_of_cors(line)) {
            problems.push(format!("{}\n  predicted nothing\n  printed   {about:#?}", case.name));
        }
    }
    assert!(compared >= 25, "only {compared} cases print something in {browser}");
    assert!(problems.is_empty(), "{browser}:\n{}", problems.join("\n"));
}

/// Whether a line has all of a prediction, which leaves out what identifies someone.
fn says(printed: &str, predicted: &str) -> bool {
    let mut rest = Some(printed);
    for part in predicted.split('…') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
    }
    rest.is_some()
}

/// Whether a line is about the case of that name, and not of one that begins like it.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        before == Some('/') && after.is_none_or(|c| !(c.is_alphanumeric() || c == '-'))
    })
}

fn speaks_of_cors(line: &str) -> bool {
    ["CORS policy", "Cross-Origin Request Blocked", "due to access control checks"]
        .iter()
        .any(|words| line.contains(words))
}

/// Whether the browsers are left out.
fn skipped() -> bool {
    std::env::var_os(SKIP).is_some_and(|value| value == "1")
}

/// A browser that does not outlive its test, nor do its children.
struct Browser(Child);

impl Browser {
    fn start(command: &mut Command) -> Self {
        std::os::unix::process::CommandExt::process_group(command, 0);
        let name = command.get_program().to_owned();
        Self(command.spawn().unwrap_or_else(|error| {
            panic!("{name:?} cannot be started: {error}; install it, or set {SKIP}=1")
        }))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // Errors say that the group has ended already. Who is asked first leaves no lock behind.
            let _ = kill_process_group(group, Signal::TERM);
            let deadline = Instant::now() + Duration::from_secs(2);
            while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// What a browser writes to its standard error or output.
fn read_until_done(stream: impl Read + Send + 'static) -> Vec<String> {
    let stream = BufReader::new(stream);
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stream.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let (mut printed, deadline) = (Vec::new(), Instant::now() + WITHIN);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let line = lines.recv_timeout(left).expect("a line of the console, in time");
        let done = line.contains(DONE);
        printed.push(line);
        if done {
            return printed;
        }
    }
}

#[test]
fn chromium_prints_what_is_predicted() {
    if skipped() {
        return;
    }
    let cases = cases();
    let server = serve(&cases);
    let profile = TempDir::new().expect("a directory");
    let mut command = Command::new("chromium");
    command
        .args([
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
            "--enable-logging=stderr",
            "--v=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(server.filled("http://localhost:{port}/page"))
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut browser = Browser::start(&mut command);
    let printed = read_until_done(browser.0.stderr.take().expect("stderr"));
    // What the developer tools add by themselves (`GET … net::ERR_…`) is not in the log.
    compare("chromium", &cases, &server, &printed, |line| !line.contains(" net::"));
}

#[test]
fn firefox_prints_what_is_predicted() {
    if skipped() {
        return;
    }
    let cases = cases();
    let server = serve(&cases);
    let profile = TempDir::new().expect("a directory");
    std::fs::write(profile.path().join("user.js"), FIREFOX_PREFERENCES).expect("written");
    let mut command = Command::new("firefox-esr");
    command
        .args(["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"])
        .arg("--profile")
        .arg(profile.path())
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _browser = Browser::start(&mut command);
    let mut marionette = Marionette::connect(profile.path(), WITHIN);
    marionette.navigate(&server.filled("http://localhost:{port}/page"));
    let (deadline, mut printed) = (Instant::now() + WITHIN, Vec::new());
    while !printed.iter().any(|line: &String| line.contains(DONE)) {
        assert!(Instant::now() < deadline, "the page is not done: {printed:#?}");
        std::thread::sleep(Duration::from_millis(200));
        printed = marionette.console();
    }
    compare("firefox", &cases, &server, &printed, |_| true);
}

/// WebKit's lines are made in the part that Safari has too.
#[test]
fn webkit_prints_what_is_predicted() {
    if skipped() {
        return;
    }
    let cases = cases();
    let server = serve(&cases);
    let profile = TempDir::new().expect("a directory");
    let places = [
        format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1", std::env::consts::ARCH),
        "/usr/libexec/webkit2gtk-4.1".to_owned(),
        "/usr/lib/webkit2gtk-4.1".to_owned(),
    ];
    let browser = places.iter().map(|place| Path::new(place).join("MiniBrowser"));
    let browser = browser.into_iter().find(|path| path.exists()).unwrap_or_else(|| {
        panic!("WebKitGTK's MiniBrowser is in none of {places:?}; install it, or set {SKIP}=1")
    });
    // It has no mode without a display.
    let mut screen = Browser::start(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let mut display = String::new();
    BufReader::new(screen.0.stdout.take().expect("stdout")).read_line(&mut display).expect("line");
    let mut command = Command::new(browser);
    command
        .arg("--enable-write-console-messages-to-stdout=TRUE")
        .arg(server.filled("http://localhost:{port}/page"))
        .env("DISPLAY", format!(":{}", display.trim()))
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // In spite of the option's name.
        .stderr(Stdio::piped());
    let mut browser = Browser::start(&mut command);
    let printed = read_until_done(browser.0.stderr.take().expect("stderr"));
    compare("webkit", &cases, &server, &sentences(&printed), |_| true);
}

/// The reason comes first, and the line after it says of which address.
fn sentences(printed: &[String]) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for line in printed {
        match sentences.last_mut() {
            Some(last) if line.contains("cannot load") && !last.contains("cannot load") => {
                last.push('\n');
                last.push_str(line);
            }
            _ => sentences.push(line.clone()),
        }
    }
    sentences
}

/// Nothing that asks, and nothing that leaves this machine.
const FIREFOX_PREFERENCES: &str = r#"
user_pref("marionette.port", 0);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.lna.enabled", false);
user_pref("services.settings.server", "");
user_pref("termsofuse.bypassNotification", true);
user_pref("toolkit.telemetry.enabled", false);
"#;
