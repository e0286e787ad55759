//! What `explain` says of loads that are not `fetch()`, beside what browsers do with them and print about them: a page in a
//! real browser performs the cases of `data/loads.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::browsers::{self, Driven, names, says};
use super::support::{Answer, Server};

/// The last thing that the page does.
const DONE: &str = "every load was performed:";

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
    answers: Vec<Answer>,
}

impl Case {
    fn url(&self, server: &Server) -> String {
        server.filled(&format!("http://127.0.0.1:{{port}}/c/{}", self.name))
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
        // A tenth of a second of silence.
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
            let url = format!("http://127.0.0.1:{{port}}/c/{}", case.name);
            serde_json::json!([case.name, url, case.r#do])
        })
        .collect();
    let calls = serde_json::to_string(&calls).expect("JSON");
    format!(
        "<!doctype html><meta charset=utf-8><title>loads</title><body><script>{}\nperform({calls}, '{DONE}');</script>",
        include_str!("data/loads.js")
    )
}

/// What the page saw of each load: the event, and what it may look into where that was tried.
fn seen(printed: &[String]) -> BTreeMap<String, Vec<String>> {
    let line = printed.iter().find(|line| line.contains(DONE)).expect("the last line");
    let (_, told) = line.split_once(DONE).expect("the last line");
    let (told, _) = told.rsplit_once("} .").expect("a whole line");
    serde_json::from_str(&format!("{told}}}")).expect("JSON")
}

fn compare(browser: Driven, cases: &[Case], server: &Server, printed: &[String]) {
    let told = seen(printed);
    let (mut problems, mut compared) = (Vec::new(), 0);
    for case in cases {
        let run = server.explain(&server.filled(PAGE), &case.args(server), "json");
        let account: Value = serde_json::from_str(&run.out)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}{}", case.name, run.out, run.err));
        let account = account.get("accounts").map_or(&account, |accounts| &accounts[0]);
        let one = account["browsers"].as_array().into_iter().flatten();
        let one = one.filter(|one| one["browser"] == browser.name()).next().expect("a browser");
        let sees = &told[&case.name];
        if one["sees"]["event"] != sees[0].as_str()
            || sees.get(1).is_some_and(|access| one["sees"]["access"] != access.as_str())
        {
            problems
                .push(format!("{}\n  predicted {}\n  seen      {sees:?}", case.name, one["sees"]));
        }
        let about: Vec<&String> = printed.iter().filter(|line| names(line, &case.name)).collect();
        let lines = one["console"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let lines: Vec<&str> = lines.filter(|line| is_logged(browser, line)).collect();
        compared += usize::from(!lines.is_empty());
        for line in lines {
            let said = if line.contains(&case.name) {
                about.iter().any(|said| says(said, line))
            } else {
                printed.iter().any(|said| says(said, line))
            };
            if !said {
                problems.push(format!("{}\n  predicted {line}\n  printed   {about:#?}", case.name));
            }
        }
    }
    assert!(compared >= 15, "only {compared} cases print something in {browser:?}");
    assert!(problems.is_empty(), "{browser:?}: {}\n{}", problems.len(), problems.join("\n"));
}

/// What the developer tools add by themselves is not in Chromium's log.
fn is_logged(browser: Driven, line: &str) -> bool {
    !(matches!(browser, Driven::Chromium) && line.contains(" net::"))
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
