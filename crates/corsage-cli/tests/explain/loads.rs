//! What `explain` says of loads that are not `fetch()`, beside what browsers do with them and print about them: a page in a
//! real browser performs the cases of `data/loads.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::browsers::{self, Driven, names, says};
use super::support::{Answer, Server};

/// The last thing that the page does.
const DONE: &str = "every load was performed";

/// What comes before what the page saw of one load.
const SAW: &str = "the page saw ";

const PAGE: &str = "http://localhost:{port}";

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    r#do: Vec<toml::Value>,
    #[serde(default)]
    args: Vec<String>,
    html: Option<String>,
    #[serde(default)]
    fragment: String,
    #[serde(default)]
    printed: Vec<String>,
    answers: Vec<Answer>,
}

impl Case {
    fn address(&self) -> String {
        format!("/c/{}{}", self.name, self.fragment)
    }

    fn url(&self, server: &Server) -> String {
        server.filled(&format!("http://127.0.0.1:{{port}}{}", self.address()))
    }

    /// What `explain` is given.
    fn args(&self, server: &Server) -> Vec<String> {
        let url = self.url(server);
        match &self.html {
            Some(html) => vec!["--html".to_owned(), html.replace("{url}", &url)],
            None => self.args.iter().cloned().chain(["--".to_owned(), url]).collect(),
        }
    }
}

fn cases() -> Vec<Case> {
    let cases: Cases = toml::from_str(include_str!("data/loads.toml")).expect("loads.toml");
    cases.case
}

/// One server is page and target: they differ by the host's name.
fn serve(cases: &[Case]) -> Server {
    let page = Answer::page("/page", "cache-control: no-store", &script(cases));
    let answers = cases.iter().flat_map(|case| {
        case.answers.iter().cloned().map(|mut answer| {
            answer.path = Some(format!("/c/{}", case.name));
            answer.headers.push("cache-control: no-cache".to_owned());
            answer.body = body(&answer.body);
            answer
        })
    });
    Server::start(std::iter::once(page).chain(answers).collect(), PAGE)
}

fn body(name: &str) -> String {
    match name {
        "svg" => "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect id=\"a\" width=\"9\" \
                  height=\"9\"/></svg>"
            .to_owned(),
        // A fifth of a second of silence.
        "wav" => format!(
            "RIFF\u{64}\u{6}\0\0WAVEfmt \u{10}\0\0\0\u{1}\0\u{1}\0@\u{1f}\0\0@\u{1f}\0\0\u{1}\0\u{8}\0data@\u{6}\0\0{}",
            "\u{7f}".repeat(1600)
        ),
        text => text.to_owned(),
    }
}

/// The page: one load after the other.
fn script(cases: &[Case]) -> String {
    let calls: Vec<Value> = cases
        .iter()
        .map(|case| {
            let url = format!("http://127.0.0.1:{{port}}{}", case.address());
            serde_json::json!([case.name, url, case.r#do])
        })
        .collect();
    let calls = serde_json::to_string(&calls).expect("JSON");
    format!(
        "<!doctype html><meta charset=utf-8><title>loads</title><body><script>{}\nperform({calls}, '{SAW}', '{DONE}');</script>",
        include_str!("data/loads.js")
    )
}

/// What the page saw of each load: the event, and what it may look into where that was tried.
fn seen(printed: &[String]) -> BTreeMap<String, Vec<String>> {
    let told = printed.iter().filter_map(|line| line.split_once(SAW)?.1.rsplit_once("} ."));
    let told = told.map(|(told, _)| serde_json::from_str::<BTreeMap<_, _>>(&format!("{told}}}")));
    told.flat_map(|told| told.expect("JSON")).collect()
}

/// Everything that is wrong with the predictions for a browser, case by case.
fn compare(browser: Driven, cases: &[Case], server: &Server, printed: &[String]) {
    let told = seen(printed);
    let (mut problems, mut foretold, mut compared) = (Vec::new(), Vec::new(), 0);
    for case in cases {
        let one = predicted(browser, case, server);
        let lines = one["console"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let lines: Vec<&str> = lines.filter(|line| is_logged(browser, line)).collect();
        compared += usize::from(!lines.is_empty());
        let mut wrong = wrongly_seen(&one["sees"], &told[&case.name]);
        let about: Vec<&String> =
            printed.iter().filter(|line| is_of_page(line) && names(line, &case.name)).collect();
        for line in &lines {
            let among: Vec<&String> =
                if line.contains(&case.name) { about.clone() } else { printed.iter().collect() };
            if !among.iter().any(|said| says(said, line)) {
                wrong.push(format!("predicted {line}\n  printed   {about:#?}"));
            }
        }
        for said in about {
            let known = lines.iter().any(|line| says(said, line));
            if !known && !case.printed.iter().any(|words| said.contains(words)) {
                wrong.push(format!("printed, and not predicted: {said}"));
            }
        }
        if !wrong.is_empty() {
            problems.push(format!("{}\n  {}", case.name, wrong.join("\n  ")));
        }
        foretold.extend(lines.into_iter().map(str::to_owned));
    }
    let anonymous = printed.iter().filter(|line| is_of_page(line) && !line.contains("/c/"));
    for said in anonymous.filter(|said| !foretold.iter().any(|line| says(said, line))) {
        problems.push(format!("printed, and predicted of no case: {said}"));
    }
    assert!(problems.is_empty(), "{browser:?}: {}\n{}", problems.len(), problems.join("\n"));
    assert!(compared >= 20, "only {compared} cases print something in {browser:?}");
}

/// The account of one browser.
fn predicted(browser: Driven, case: &Case, server: &Server) -> Value {
    let run = server.explain(&server.filled(PAGE), &case.args(server), "json");
    let account: Value = serde_json::from_str(&run.out)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}{}", case.name, run.out, run.err));
    // Of markup there is one account for each element.
    let account = account.get("accounts").map_or(&account, |accounts| &accounts[0]);
    let mut browsers = account["browsers"].as_array().into_iter().flatten();
    browsers.find(|one| one["browser"] == browser.name()).expect("a browser").clone()
}

/// The event, and what the page may look into, where it saw them.
fn wrongly_seen(predicted: &Value, seen: &[String]) -> Vec<String> {
    let differs = |(name, seen): &(&str, &String)| predicted[*name] != seen.as_str();
    let wrong = ["event", "access"].into_iter().zip(seen).filter(differs);
    wrong
        .map(|(name, seen)| format!("{name}: predicted {}, seen {seen}", predicted[name]))
        .collect()
}

/// Whether a line is of the page's console, and neither what the page tells this test nor what its looking brings about.
fn is_of_page(line: &str) -> bool {
    let console = ["CONSOLE", "[JavaScript"].iter().any(|sign| line.contains(sign));
    let own = [SAW, DONE, "chrome://", "Quirks Mode", "Unable to get image data from canvas"];
    console && !own.iter().any(|own| line.contains(own))
}

/// What the developer tools add by themselves is not in Chromium's log, nor is what it says of the network.
fn is_logged(browser: Driven, line: &str) -> bool {
    let unlogged = [" net::", "WebSocket connection to"];
    !(matches!(browser, Driven::Chromium) && unlogged.iter().any(|words| line.contains(words)))
}

fn check(browser: Driven) {
    if browsers::skipped() {
        return;
    }
    let cases = cases();
    let server = serve(&cases);
    let printed = browsers::printed(browser, &server.filled(&format!("{PAGE}/page")), DONE);
    compare(browser, &cases, &server, &printed);
}

#[test]
fn chromium_does_with_loads_what_is_predicted() {
    check(Driven::Chromium);
}

#[test]
fn firefox_does_with_loads_what_is_predicted() {
    check(Driven::Firefox);
}

#[test]
fn webkit_does_with_loads_what_is_predicted() {
    check(Driven::Webkit);
}
