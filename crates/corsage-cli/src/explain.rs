//! `corsage explain`: what a browser would do with a request, performed for real, and what to
//! change.

mod archive;
mod arguments;
mod catalogue;
mod console;
#[cfg(feature = "html")]
mod css;
#[cfg(feature = "html")]
mod html;
#[cfg(not(feature = "html"))]
#[path = "explain/html_left_out.rs"]
mod html;
mod load;
#[cfg(feature = "native")]
mod network;
#[cfg(not(feature = "native"))]
#[path = "explain/hosted_network.rs"]
mod network;
mod page;
mod perform;
mod perform_load;
mod policies;
mod probe;
mod render;
mod report;
mod rerun;
mod style;
mod values;

use corsage_diagnosis::Language;
use corsage_report::Outcome;
use corsage_texts::text;
#[cfg(feature = "schema")]
use schemars::generate::SchemaSettings;

pub(crate) use arguments::Args;
use arguments::{Format, Plan, Planned};

use crate::world::ExitCode;
use crate::{eprintln, println};

pub(crate) fn run(args: &Args) -> ExitCode {
    let language = args.language;
    args.color.apply();
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{}: {problem}", style::error(text!(language, "explain.error")));
            return Outcome::Unusable.into();
        }
    };
    match plan {
        #[cfg(feature = "schema")]
        Plan::Schema => {
            println!("{}", schema());
            ExitCode::SUCCESS
        }
        Plan::Code(code) => {
            println!("{}", catalogue::code(code, args.format, language));
            ExitCode::SUCCESS
        }
        Plan::Console(text) => match console::console(&text, args.format, language) {
            Some((text, outcome)) => {
                println!("{text}");
                outcome.into()
            }
            None => {
                eprintln!(
                    "{}: {}",
                    style::error(text!(language, "explain.error")),
                    text!(language, "account.console-unknown")
                );
                Outcome::Unusable.into()
            }
        },
        Plan::Archive(file) => archive::explain(args, &file),
        Plan::Perform(requests) => perform_all(&requests, args.format, language),
    }
}

/// Performs requests one after the other; the worst of them is the exit code.
fn perform_all(requests: &[Planned], format: Format, language: Language) -> ExitCode {
    let mut codes = Vec::new();
    let mut reports = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        match report::performed(request) {
            Ok(report) => {
                codes.push(report.outcome);
                if format == Format::Human {
                    if index > 0 {
                        println!();
                    }
                    println!("{}", report.human.trim_end());
                }
                reports.push(report.json);
            }
            Err(problem) => {
                eprintln!("{}: {problem}", style::error(text!(language, "explain.error")));
                return Outcome::Unusable.into();
            }
        }
    }
    if format == Format::Json {
        match &reports[..] {
            [one] => println!("{}", pretty(one)),
            several => println!(
                "{}",
                pretty(&serde_json::json!({ "schema": "corsage.accounts/1", "accounts": several }))
            ),
        }
    }
    report::worst(&codes).into()
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The JSON Schema of what `--format json` prints.
#[cfg(feature = "schema")]
fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = generator.into_root_schema_for::<report::Explained<'_>>();
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
