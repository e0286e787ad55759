//! What `explain` says that browsers print, beside what they print: a page in a real browser performs
//! the cases of `data/console.toml`, and its console is read.

use serde::Deserialize;
use serde_json::Value;

use super::browsers::{self, Driven, names, says};
use super::support::{Answer, Server};

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

fn speaks_of_cors(line: &str) -> bool {
    ["CORS policy", "Cross-Origin Request Blocked", "due to access control checks"]
        .iter()
        .any(|words| line.contains(words))
}

#[test]
fn chromium_prints_what_is_predicted() {
    prints_what_is_predicted(Driven::Chromium, |line| !line.contains(" net::"));
}

#[test]
fn firefox_prints_what_is_predicted() {
    prints_what_is_predicted(Driven::Firefox, |_| true);
}

#[test]
fn webkit_prints_what_is_predicted() {
    prints_what_is_predicted(Driven::Webkit, |_| true);
}

/// What the developer tools add by themselves (`GET … net::ERR_…`) is not in Chromium's log.
fn prints_what_is_predicted(browser: Driven, logged: fn(&str) -> bool) {
    if browsers::skipped() {
        return;
    }
    let cases = cases();
    let server = serve(&cases);
    let printed = browsers::printed(browser, &server.filled("http://localhost:{port}/page"), DONE);
    compare(browser.name(), &cases, &server, &printed, logged);
}
