//! `corsage infer`

use std::io::Write as _;

use corsage_report::Outcome;
use corsage_texts::Language;

use crate::foreign::{gather, told};
use crate::world::{self, ExitCode};

/// Arguments of `corsage infer`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage infer session.har > corsage.toml
  corsage infer access.jsonl

A HAR, as developer tools save it; or a log of JSON lines, each with `origin`, `method`, `host`, `path`, and if \
known `headers` (a list of names) and `credentials`, or as Corsage, Caddy, Traefik and nginx name them; or a log in \
the combined form, whose Referer tells whose pages asked. The policy grants what was seen and nothing else; what was \
seen and is not granted is told on standard error.

Exit codes:
  0  a policy is printed
  2  the file cannot be read
  3  it is neither of both, or has nothing of CORS in it")]
pub(crate) struct Args {
    /// The file, `-` for standard input
    file: String,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    let files = match gather(&args.file) {
        Ok(files) => files,
        Err(error) => return refuse(Outcome::Unusable, &error),
    };
    let text = files.first().map_or("", |(_, text)| text.as_str());
    match corsage_convert::infer::infer(text) {
        Ok(inferred) => {
            let mut lines = vec![format!("{} requests seen", inferred.seen)];
            lines.extend(inferred.unknown.map(str::to_owned));
            lines.extend(inferred.refused.iter().map(|refused| format!("not granted: {refused}")));
            let lines: String =
                lines.iter().map(|line| format!("{}\n", told(language, line))).collect();
            let _ = world::stderr().write_all(lines.as_bytes());
            let _ = world::stdout().write_all(inferred.text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            refuse(Outcome::Undecided, &told(language, &format!("{}: {error}", args.file)))
        }
    }
}

fn refuse(code: Outcome, error: &str) -> ExitCode {
    let _ = world::stderr().write_all(format!("{error}\n").as_bytes());
    ExitCode::from(code)
}
