//! `corsage explain`: what a browser would do with a request, performed for real, and what to
//! change.

mod arguments;
mod catalogue;
mod console;
mod copied;
mod curl;
mod fetch_call;
mod har;
mod network;
mod page;
mod perform;
mod policies;
mod render;
mod rerun;
mod style;
mod values;

use std::process::ExitCode;

use anstream::{eprintln, println};
use corsage_diagnosis::account::Verdict;
use corsage_diagnosis::{Account, Language};
use corsage_report::Outcome;
use corsage_texts::text;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

pub(crate) use arguments::Args;
use arguments::{Format, Plan};

pub(crate) fn run(args: &Args) -> ExitCode {
    args.color.apply();
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{}: {problem}", style::error("error"));
            return Outcome::Unusable.into();
        }
    };
    match plan {
        Plan::Schema => {
            println!("{}", schema());
            ExitCode::SUCCESS
        }
        Plan::Code(code) => {
            println!("{}", catalogue::code(code, args.format));
            ExitCode::SUCCESS
        }
        Plan::Console(text) => match console::console(&text, args.format) {
            Some((text, outcome)) => {
                println!("{text}");
                outcome.into()
            }
            None => {
                eprintln!(
                    "{}: {}",
                    style::error("error"),
                    text!(Language::English, "account.console-unknown")
                );
                Outcome::Unusable.into()
            }
        },
        Plan::Perform(request) => {
            let account = match perform::perform(&request) {
                Ok(observation) => {
                    corsage_diagnosis::account(&observation, &request.profiles, Language::English)
                }
                Err(problem) => {
                    eprintln!("{}: {problem}", style::error("error"));
                    return Outcome::Unusable.into();
                }
            };
            let rerun = rerun::command_line(&request);
            match args.format {
                Format::Human => {
                    println!("{}", render::human(&account, &rerun, request.detail).trim_end());
                }
                Format::Json => println!("{}", json(&account, &rerun)),
            }
            {
                let outcome = match account.verdict {
                    Verdict::Allowed => Outcome::Passed,
                    Verdict::Blocked => Outcome::Failed,
                    Verdict::Undecided => Outcome::Undecided,
                };
                outcome.into()
            }
        }
    }
}

/// What `--format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "corsage explain --format json")]
struct Explained<'a> {
    #[serde(flatten)]
    account: &'a Account,
    /// The command line that does the same again, without secrets.
    rerun: &'a str,
}

fn json(account: &Account, rerun: &str) -> String {
    serde_json::to_string_pretty(&Explained { account, rerun }).unwrap_or_default()
}

/// The JSON Schema of what `--format json` prints.
fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = generator.into_root_schema_for::<Explained<'_>>();
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
