//! Real browsers, and what they write to their consoles while they show a page.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::marionette::Marionette;

/// Leaves the browsers out. Without it, a browser that is missing fails the test.
const SKIP: &str = "CORSAGE_SKIP_BROWSERS";

/// A slow machine starts a browser in seconds; only a hung one needs this long.
const WITHIN: Duration = Duration::from_secs(180);

/// A browser that is driven.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Driven {
    Chromium,
    Firefox,
    Webkit,
}

impl Driven {
    /// Its name in accounts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }
}

/// What a browser prints about a page, until it prints `done`.
pub(crate) fn printed(browser: Driven, page: &str, done: &str) -> Vec<String> {
    let profile = TempDir::new().expect("a directory");
    match browser {
        Driven::Chromium => chromium(profile.path(), page, done),
        Driven::Firefox => firefox(profile.path(), page, done),
        Driven::Webkit => webkit(profile.path(), page, done),
    }
}

fn chromium(profile: &Path, page: &str, done: &str) -> Vec<String> {
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
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(page)
        .env("HOME", profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut browser = Browser::start(&mut command);
    read_until(done, browser.0.stderr.take().expect("stderr"))
}

fn firefox(profile: &Path, page: &str, done: &str) -> Vec<String> {
    std::fs::write(profile.join("user.js"), FIREFOX_PREFERENCES).expect("written");
    let mut command = Command::new("firefox-esr");
    command
        .args(["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"])
        .arg("--profile")
        .arg(profile)
        .env("HOME", profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _browser = Browser::start(&mut command);
    let mut marionette = Marionette::connect(profile, WITHIN);
    marionette.navigate(page);
    let (deadline, mut printed) = (Instant::now() + WITHIN, Vec::new());
    while !printed.iter().any(|line: &String| line.contains(done)) {
        assert!(Instant::now() < deadline, "the page is not done: {printed:#?}");
        std::thread::sleep(Duration::from_millis(200));
        printed = marionette.console();
    }
    printed
}

/// WebKit's lines are made in the part that Safari has too.
fn webkit(profile: &Path, page: &str, done: &str) -> Vec<String> {
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
        .arg(page)
        .env("DISPLAY", format!(":{}", display.trim()))
        .env("HOME", profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // In spite of the option's name.
        .stderr(Stdio::piped());
    let mut browser = Browser::start(&mut command);
    sentences(&read_until(done, browser.0.stderr.take().expect("stderr")))
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

/// Whether a line has all of a prediction, which leaves out what identifies someone.
pub(crate) fn says(printed: &str, predicted: &str) -> bool {
    let mut rest = Some(printed);
    for part in predicted.split('…') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
    }
    rest.is_some()
}

/// Whether a line is about the case of that name, and not of one that begins like it.
pub(crate) fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        before == Some('/') && after.is_none_or(|c| !(c.is_alphanumeric() || c == '-'))
    })
}

/// Whether the browsers are left out.
pub(crate) fn skipped() -> bool {
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
fn read_until(what: &str, stream: impl Read + Send + 'static) -> Vec<String> {
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
        let done = line.contains(what);
        printed.push(line);
        if done {
            return printed;
        }
    }
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
