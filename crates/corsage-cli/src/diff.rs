//! `corsage diff`

use std::io::Write as _;

use corsage_convert::compare::{Comparison, Verdict, compare};
use corsage_convert::{Format, report};
use corsage_report::{Colour, Outcome};
use corsage_texts::{Language, text};
use serde_json::json;

use crate::diff_report::{self, Compared, title};
use crate::foreign::{Circumstance, Gathered, Modelled, gather, model};
use crate::world::{self, ExitCode};

/// Arguments of `corsage diff`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage diff old.yaml new.yaml
  corsage diff git:HEAD:ingress.yaml ingress.yaml --fail-on wider
  corsage diff nginx.conf corsage.toml --format markdown
  corsage diff git:main:k8s/ k8s/ --format sarif > corsage.sarif

Two configurations are compared by what browsers would do. Each difference has a witness: an origin that a \
browser can have, one that anybody can register where there is one, with the request and what comes of it \
before and after.

Exit codes:
  0  no page can tell the two apart
  1  they differ (with --fail-on wider: a page gains)
  2  a file cannot be read, or the command is used wrongly
  3  undecided: a file has something in it that is not understood")]
pub(crate) struct Args {
    /// The first configuration: a file, a directory, `-`, or git:REVISION:PATH
    first: String,
    /// The second
    second: String,
    /// The first's format, where it is not recognised
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// The second's
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Printed::Human)]
    format: Printed,
    /// Which differences count for the exit code
    #[arg(long, value_enum, default_value_t = FailOn::Any)]
    fail_on: FailOn,
    #[command(flatten)]
    circumstance: Circumstance,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Printed {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// Tables, for a pull request
    Markdown,
    /// SARIF 2.1.0, for code scanning: each difference on the line that makes it
    Sarif,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Every difference
    Any,
    /// Only what lets a page do or read more
    Wider,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    let (files, others) = match (gather(&args.first), gather(&args.second)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => {
            return refuse(Outcome::Unusable, &format!("{error}\n"));
        }
        (Err(error), Err(more)) => return refuse(Outcome::Unusable, &format!("{error}\n{more}\n")),
    };
    let side = |name: &str, files, format| model(name, files, format, &args.circumstance);
    let first = side(&args.first, &files, args.from);
    let (first, second) = match (first, side(&args.second, &others, args.to)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), Err(_)) if is_the_same(args, &files, &others) => {
            let told = text!(language, "convert.same-bytes", why = error.trim_end());
            let _ = world::stderr().write_all(format!("{told}\n").as_bytes());
            let text = print(&[], &others, args.format, language);
            let _ = world::stdout().write_all(text.as_bytes());
            return Outcome::Passed.into();
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => return refuse(Outcome::Undecided, &error),
        (Err(error), Err(more)) => return refuse(Outcome::Undecided, &format!("{error}{more}")),
    };
    let pairs = match pairs(&first, &second) {
        Ok(pairs) => pairs,
        Err(error) => return refuse(Outcome::Unusable, &error),
    };
    let compared: Vec<Compared<'_>> = pairs
        .into_iter()
        .map(|(first, second)| {
            let comparison = compare(first.program.as_ref(), second.program.as_ref());
            Compared { first, second, comparison }
        })
        .collect();
    let text = print(&compared, &others, args.format, language);
    let _ = world::stdout().write_all(text.as_bytes());
    outcome(&compared, args.fail_on).into()
}

/// Whether both are the same texts, so that they do the same whatever that is: what other files bring in may differ.
fn is_the_same(args: &Args, first: &Gathered, second: &Gathered) -> bool {
    let texts = |files: &Gathered| files.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    let is_whole = |(_, text): &(String, String)| !text.to_ascii_lowercase().contains("include");
    args.from == args.to
        && texts(first) == texts(second)
        && (args.first == args.second || first.iter().all(is_whole))
}

fn refuse(outcome: Outcome, error: &str) -> ExitCode {
    let _ = world::stderr().write_all(error.as_bytes());
    outcome.into()
}

/// What is compared with what: one with one; in trees, what has the same format and the same file.
fn pairs<'m>(
    first: &'m [Modelled],
    second: &'m [Modelled],
) -> Result<Vec<(&'m Modelled, &'m Modelled)>, String> {
    if let ([first], [second]) = (first, second) {
        return Ok(vec![(first, second)]);
    }
    let base = |side: &Modelled| side.unit.name().rsplit('/').next().unwrap_or_default().to_owned();
    let mut pairs = Vec::new();
    for one in first {
        let same: Vec<&Modelled> =
            second.iter().filter(|other| other.unit.format == one.unit.format).collect();
        let partner = match same.as_slice() {
            [only] => Some(*only),
            several => several.iter().copied().find(|other| base(other) == base(one)),
        };
        match partner {
            Some(partner) => pairs.push((one, partner)),
            None => return Err(format!("{} has no partner to be compared with\n", title(one))),
        }
    }
    match second
        .iter()
        .find(|other| !pairs.iter().any(|(_, partner)| std::ptr::eq(*partner, *other)))
    {
        Some(left) => Err(format!("{} has no partner to be compared with\n", title(left))),
        None => Ok(pairs),
    }
}

fn print(
    compared: &[Compared<'_>],
    files: &Gathered,
    printed: Printed,
    language: Language,
) -> String {
    let mut text = String::new();
    match printed {
        Printed::Json => {
            let all: Vec<_> = compared
                .iter()
                .map(|one| {
                    json!({ "compared": one.title(), "comparison": report::to_json(&one.comparison) })
                })
                .collect();
            text = format!("{:#}\n", json!({ "comparisons": all }));
        }
        Printed::Human => {
            for one in compared {
                let told = report::human(&one.comparison, language);
                text.push_str(&format!("{}\n{told}", one.title()));
            }
        }
        Printed::Markdown => {
            for one in compared {
                let told = report::markdown(&one.comparison, language);
                text.push_str(&format!("## {}\n\n{told}\n", one.title()));
            }
        }
        Printed::Sarif => {
            let report = diff_report::report(compared, files);
            text = report.render(corsage_report::Format::Sarif, Colour::Plain);
        }
    }
    text
}

fn outcome(compared: &[Compared<'_>], fail_on: FailOn) -> Outcome {
    let differs = |comparison: &Comparison| match fail_on {
        FailOn::Any => comparison.verdict() != Verdict::Exact,
        FailOn::Wider => comparison.widens(),
    };
    if compared.iter().any(|one| differs(&one.comparison)) {
        Outcome::Failed
    } else if compared.iter().any(|one| one.comparison.undecided.is_some()) {
        Outcome::Undecided
    } else {
        Outcome::Passed
    }
}
