//! What was looked at, as a table, for machines, for build servers and for code scanning.

use corsage_convert::origins::OriginSet;
use corsage_report::{Colour, Place, Problem, Problems, Report, Rule, Severity};
use corsage_texts::Language;
use serde_json::json;

use super::asking::Looked;
use crate::foreign::{Gathered, Modelled, junit, told};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Printed {
    /// A table, for people
    Human,
    /// One JSON document
    Json,
    /// JUnit's XML
    Junit,
    /// SARIF 2.1.0: each fault on the line of the policy that is not kept
    Sarif,
}

/// The kinds of faults.
const KINDS: &[(&str, &str)] = &[
    ("access", "a page may do more or less than the policy says"),
    ("two-owners", "two programs send CORS headers"),
    ("preflight-against-actual", "the preflight grants what the response refuses"),
    ("exposed", "pages see other headers than the policy says"),
    ("max-age", "preflights are remembered for another time"),
    ("vary", "caches are not told that the answer depends on the origin"),
    ("errors", "errors carry other headers than the rest"),
    ("http-version", "versions of HTTP are answered differently"),
];

pub(super) fn print(
    all: &[Looked],
    count: usize,
    printed: Printed,
    language: Language,
    policy: &Modelled,
    files: &Gathered,
) -> String {
    let faults: Vec<&Looked> = all.iter().filter(|looked| looked.fault.is_some()).collect();
    match printed {
        Printed::Human => table(all, count, &faults, language),
        Printed::Json => {
            let faults: Vec<_> = faults
                .iter()
                .map(|looked| json!({ "code": looked.code, "question": looked.name, "fault": looked.fault }))
                .collect();
            format!(
                "{:#}\n",
                json!({ "questions": all.len(), "requests": count, "faults": faults })
            )
        }
        Printed::Junit => {
            let cases: Vec<(String, Option<String>)> =
                all.iter().map(|looked| (looked.name.clone(), looked.fault.clone())).collect();
            junit("corsage verify", &cases)
        }
        Printed::Sarif => {
            report(&faults, policy, files).render(corsage_report::Format::Sarif, Colour::Plain)
        }
    }
}

fn table(all: &[Looked], count: usize, faults: &[&Looked], language: Language) -> String {
    let mut text = String::new();
    let names: Vec<String> = faults.iter().map(|looked| told(language, &looked.name)).collect();
    let code = faults.iter().map(|looked| looked.code.len()).max().unwrap_or(0);
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (looked, name) in faults.iter().zip(&names) {
        let fault = told(language, looked.fault.as_deref().unwrap_or_default());
        text.push_str(&format!("{:<code$}  {name:<width$}  {fault}\n", looked.code));
    }
    let sum = format!(
        "{} questions, {count} requests: {} hold, {} do not",
        all.len(),
        all.len() - faults.len(),
        faults.len()
    );
    text + &told(language, &sum) + "\n"
}

fn report(faults: &[&Looked], policy: &Modelled, files: &Gathered) -> Report {
    let mut report = Report::new("corsage verify");
    for (code, title) in KINDS {
        report.describe(code, Rule { title: (*title).to_owned(), page: None });
    }
    let name = policy.unit.name();
    let text = files.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text.as_str());
    let borders = policy.program.borders();
    let problems = faults
        .iter()
        .map(|looked| {
            let all = || borders.origins.iter().chain(borders.origin_lists.iter().flatten());
            let admits = |origin: &str| {
                all().find(|border| OriginSet::union([&border.matcher]).holds(origin))
            };
            let border = admits(&looked.origin).or_else(|| all().next());
            let place = policy.unit.place(&border.map_or(0..0, |border| border.span.clone()));
            let is_here = place.file == name && place.span.end <= text.len();
            let span = if is_here { place.span } else { 0..0 };
            Problem::new(Severity::Error, looked.code)
                .value(looked.name.clone())
                .cause(looked.fault.clone().unwrap_or_default())
                .place(Place::File(span))
        })
        .collect();
    report.add(Problems::new(name, text, problems));
    report
}
