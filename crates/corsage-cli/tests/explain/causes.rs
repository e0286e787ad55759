//! The causes that people meet, each set up as a real server that the real command is run against.
//! The servers and what is expected stand in `data/causes.toml`.

use super::support::{Answer, Server};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) page: String,
    pub(crate) args: Vec<String>,
    pub(crate) answers: Vec<Answer>,
    repaired: Option<Vec<Answer>>,
    #[serde(default)]
    repaired_args: Vec<String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    exit: Option<i32>,
    code: Option<String>,
    leading: Option<String>,
    #[serde(default)]
    cause: Vec<String>,
    #[serde(default)]
    blockers: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    near_miss: Option<String>,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    never_says: Vec<String>,
    #[serde(default)]
    fix: Vec<String>,
    #[serde(default)]
    page_fix: Vec<String>,
}

pub(crate) fn cases() -> Vec<Case> {
    let cases: Cases = toml::from_str(include_str!("data/causes.toml")).expect("causes.toml");
    cases.case
}

#[test]
fn every_cause_is_recognised() {
    let mut problems = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 45, "{} cases", cases.len());
    for case in &cases {
        for problem in check(case, &case.page) {
            problems.push(format!("{}: {problem}", case.name));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn what_is_repaired_is_allowed() {
    let mut problems = Vec::new();
    let mut repaired = 0;
    for case in cases() {
        let Some(answers) = &case.repaired else { continue };
        repaired += 1;
        let server = Server::start(answers.clone(), &case.page);
        let mut args = case.args.clone();
        args.extend(case.repaired_args.iter().cloned());
        let run = server.explain(&case.page, &args, "json");
        if run.exit != Some(0) {
            problems.push(format!("{}: exit {:?}\n{}{}", case.name, run.exit, run.out, run.err));
        }
    }
    assert!(repaired >= 8, "only {repaired} cases are repaired");
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn check(case: &Case, page: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let expect = &case.expect;
    let server = Server::start(case.answers.clone(), page);
    let json = server.explain(page, &case.args, "json");
    let human = server.explain(page, &case.args, "human");
    let Ok(account) = serde_json::from_str::<Value>(&json.out) else {
        return vec![format!("no JSON: {}{}", json.out, json.err)];
    };
    let mut wanted = |what: &str, ok: bool, seen: String| {
        if !ok {
            problems.push(format!("{what}; got {seen}"));
        }
    };
    if let Some(exit) = expect.exit {
        wanted(&format!("exit {exit}"), json.exit == Some(exit), format!("{:?}", json.exit));
    }
    wanted("the same exit for both formats", json.exit == human.exit, format!("{:?}", human.exit));
    if let Some(code) = &expect.code {
        wanted(&format!("code {code}"), account["code"] == **code, account["code"].to_string());
    }
    let names = |member: &str, name: &str| -> Vec<String> {
        account[member]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item[name].as_str().map(str::to_owned))
            .collect()
    };
    let causes = names("causes", "cause");
    if let Some(leading) = &expect.leading {
        wanted(
            &format!("leading {leading}"),
            causes.first() == Some(leading),
            format!("{causes:?}"),
        );
    }
    for cause in &expect.cause {
        wanted(&format!("cause {cause}"), causes.contains(cause), format!("{causes:?}"));
    }
    let blockers = names("blockers", "code");
    for code in &expect.blockers {
        wanted(&format!("blocker {code}"), blockers.contains(code), format!("{blockers:?}"));
    }
    let notes = names("notes", "code");
    for code in &expect.notes {
        wanted(&format!("note {code}"), notes.contains(code), format!("{notes:?}"));
    }
    if let Some(near) = &expect.near_miss {
        let seen = &account["blockers"][0]["near_miss"]["kind"];
        wanted(&format!("near miss {near}"), seen == near.as_str(), seen.to_string());
    }
    let diff: Vec<String> = account["fix"]["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|change| change["diff"].as_array().cloned().unwrap_or_default())
        .map(|line| {
            format!(
                "{} {}",
                line["sign"].as_str().unwrap_or_default(),
                line["line"].as_str().unwrap_or_default()
            )
        })
        .collect();
    for line in &expect.fix {
        wanted(&format!("fix {line:?}"), diff.contains(line), format!("{diff:?}"));
    }
    let page_fix = account["fix"]["page"].to_string();
    for fix in &expect.page_fix {
        let quoted = fix.replace('"', "\\\"");
        wanted(&format!("page fix {fix:?}"), page_fix.contains(&quoted), page_fix.clone());
    }
    let flat = human.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in &expect.says {
        wanted(&format!("the text {text:?}"), flat.contains(text.as_str()), human.out.clone());
    }
    for text in &expect.never_says {
        let silent = !human.out.contains(text.as_str()) && !json.out.contains(text.as_str());
        wanted(&format!("nothing about {text:?}"), silent, human.out.clone());
    }
    problems
}
