//! The run over a file, and its report.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use corsage_convert::{
    Asked, Circumstances, Format, NotRead, Program, Source, Why, read, recognise,
};

use super::behind::Recorded;
use super::case::{Case, Request};
use super::compare::{Order, difference};
use crate::{Report, input};

/// Which configurations are told of at length.
#[derive(Clone, Debug, Default)]
pub struct Shown<'a> {
    /// Only this format is run.
    pub format: Option<&'a str>,
    /// Only this configuration is run.
    pub id: Option<&'a str>,
    /// How many that are wrong are shown.
    pub wrong: usize,
    /// How many that are refused are shown.
    pub refused: usize,
    /// Whether to tell which texts are taken for another format.
    pub recognise: bool,
}

#[derive(Default)]
struct Counts {
    configurations: usize,
    requests: usize,
    agree: usize,
    wrong: usize,
    refused: usize,
    wrong_requests: usize,
}

enum Judged {
    Agrees,
    Wrong(String),
    Refused(String),
}

/// Runs a file of configurations. The last line of the report counts configurations: one is wrong when any
/// of its requests is predicted wrongly.
///
/// # Errors
/// What cannot be read.
pub fn run(file: &Path, shown: &Shown<'_>) -> Result<Report, String> {
    let cases: Vec<Case> = input::json_lines(file)?;
    let mut by_format = BTreeMap::<&str, Counts>::new();
    let mut text = String::new();
    let (mut shown_wrong, mut shown_refused) = (0, 0);
    for case in &cases {
        if shown.format.is_some_and(|format| format != case.format)
            || shown.id.is_some_and(|id| id != case.id)
        {
            continue;
        }
        if shown.recognise {
            let format: Result<Format, _> = case.format.parse();
            let found = recognise(case.text(), None);
            if format.is_ok_and(|format| found.first() != Some(&format)) {
                let _ = writeln!(text, "{} is taken for {found:?}", case.id);
            }
        }
        let counts = by_format.entry(&case.format).or_default();
        counts.configurations += 1;
        match judge(case, counts) {
            Judged::Agrees => counts.agree += 1,
            Judged::Wrong(told) => {
                counts.wrong += 1;
                shown_wrong += 1;
                if shown_wrong <= shown.wrong {
                    let _ = writeln!(text, "wrong {}\n{}\n{told}", case.id, indented(case.text()));
                }
            }
            Judged::Refused(told) => {
                counts.refused += 1;
                shown_refused += 1;
                if shown_refused <= shown.refused {
                    let _ = writeln!(text, "refused {}: {told}", case.id);
                }
            }
        }
    }
    let mut total = Counts::default();
    for (format, counts) in &by_format {
        let _ = writeln!(
            text,
            "{format}: {} configurations, {} requests, {} agree, {} wrong ({} requests), {} refused",
            counts.configurations,
            counts.requests,
            counts.agree,
            counts.wrong,
            counts.wrong_requests,
            counts.refused,
        );
        total.configurations += counts.configurations;
        total.requests += counts.requests;
        total.agree += counts.agree;
        total.wrong += counts.wrong;
        total.refused += counts.refused;
    }
    let _ = writeln!(
        text,
        "convert: {} configurations, {} requests, {} agree, {} wrong, {} refused",
        total.configurations, total.requests, total.agree, total.wrong, total.refused,
    );
    Ok(Report { text, passed: total.wrong == 0 })
}

fn judge(case: &Case, counts: &mut Counts) -> Judged {
    let format: Format = match case.format.parse() {
        Ok(format) => format,
        Err(error) => return Judged::Refused(format!("{error}")),
    };
    let circumstances = case.circumstances(format);
    let program = match model(format, case.text(), &circumstances) {
        Ok(program) if case.is_rejected() && case.requests.is_empty() => {
            drop(program);
            return Judged::Wrong(
                "  the program refuses this text, the reader does not\n".to_owned(),
            );
        }
        Ok(program) => program,
        Err(NotRead::Rejected(rejected)) if !case.is_rejected() => {
            return Judged::Wrong(format!(
                "  the reader says that the program refuses this: {:?}\n",
                rejected.what
            ));
        }
        // What refuses its rules goes on without them, where it has a life without them.
        Err(NotRead::Rejected(_)) if !case.requests.is_empty() => {
            match model(format, "", &circumstances) {
                Ok(program) => program,
                Err(_) => return Judged::Refused("no model without rules".to_owned()),
            }
        }
        Err(_) if case.is_rejected() && case.requests.is_empty() => return Judged::Agrees,
        Err(NotRead::Rejected(rejected)) => return Judged::Refused(rejected.what),
        Err(NotRead::Refused(refused)) => {
            let first = refused.first().map(|refused| {
                let line = case.text()[..refused.span.start.min(case.text().len())].lines().count();
                let why: Why = refused.why;
                format!("line {line}: {} ({})", refused.what, why.code())
            });
            return Judged::Refused(first.unwrap_or_default());
        }
    };
    let faults = faults(case, format, program.as_ref(), counts);
    if faults.is_empty() { Judged::Agrees } else { Judged::Wrong(faults) }
}

fn model(
    format: Format,
    text: &str,
    circumstances: &Circumstances,
) -> Result<Box<dyn Program>, NotRead> {
    read(format, &Source { text, name: None, circumstances })
}

fn faults(case: &Case, format: Format, program: &dyn Program, counts: &mut Counts) -> String {
    let behind = Recorded { surroundings: case.surroundings(format), format };
    let mut text = String::new();
    for (index, (request, recorded)) in case.requests.iter().zip(&case.responses).enumerate() {
        // Asked even where it is not judged: a program may remember it.
        let predicted = ask(program, request, &behind);
        if !case.is_judged(index, format) {
            continue;
        }
        counts.requests += 1;
        let order = if case.order_unstable.contains(&index) {
            Order::Free
        } else if case.name_order.is_some() {
            Order::OfNamesFree
        } else {
            Order::Kept
        };
        let different = difference(&predicted, recorded, order);
        if different.is_empty() {
            continue;
        }
        counts.wrong_requests += 1;
        let _ = writeln!(
            text,
            "  [{index}] {} {} {:?}\n    {} differs\n    predicted {} {:?} {:?} reached {}\n    recorded  {} {:?} {:?} reached {}",
            request.method,
            request.path,
            request.headers,
            different.join(", "),
            predicted.status,
            predicted.cors,
            predicted.vary,
            predicted.reached,
            recorded.status,
            recorded.cors,
            recorded.vary,
            recorded.reached,
        );
    }
    text
}

fn ask(program: &dyn Program, request: &Request, behind: &Recorded) -> corsage_convert::Answered {
    let mut host = "api.example.com";
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        if name.eq_ignore_ascii_case("host") {
            host = value;
        } else {
            headers.push((name.clone(), value.clone()));
        }
    }
    headers.push(("Connection".to_owned(), "close".to_owned()));
    if matches!(request.method.as_str(), "POST" | "PUT") {
        headers.push(("Content-Length".to_owned(), "0".to_owned()));
    }
    let asked = Asked { method: &request.method, path: &request.path, host, headers: &headers };
    program.answer(&asked, behind)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}\n")).collect()
}
