//! `corsage infer`

use std::io::Write as _;

use corsage_report::Outcome;

use crate::foreign::gather;
use crate::world::{self, ExitCode};

/// Arguments of `corsage infer`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage infer session.har > corsage.toml
  corsage infer access.jsonl

A HAR, as developer tools save it; or a log of JSON lines, each with `origin`, `method`, `host`, `path`, and if \
known `headers` (a list of names) and `credentials`. The policy grants what was seen and nothing else; what was \
seen and is not granted is told on standard error.

Exit codes:
  0  a policy is printed
  2  the file cannot be read
  3  it is neither of both, or has nothing of CORS in it")]
pub(crate) struct Args {
    /// The file, `-` for standard input
    file: String,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let files = match gather(&args.file) {
        Ok(files) => files,
        Err(error) => return refuse(Outcome::Unusable, &error),
    };
    let text = files.first().map_or("", |(_, text)| text.as_str());
    match corsage_convert::infer::infer(text) {
        Ok(inferred) => {
            let mut told = format!("{} requests seen\n", inferred.seen);
            for refused in &inferred.refused {
                told.push_str(&format!("not granted: {refused}\n"));
            }
            let _ = world::stderr().write_all(told.as_bytes());
            let _ = world::stdout().write_all(inferred.text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => refuse(Outcome::Undecided, &format!("{}: {error}", args.file)),
    }
}

fn refuse(code: Outcome, error: &str) -> ExitCode {
    let _ = world::stderr().write_all(format!("{error}\n").as_bytes());
    ExitCode::from(code)
}
