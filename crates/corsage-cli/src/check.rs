//! `corsage check`

use std::io::{self, Write as _};
#[cfg(feature = "native")]
use std::time::Duration;

use corsage_config::{Config, Loader};
use corsage_report::{Colour, Format, Outcome, Problem, Problems, Report, Severity};
use corsage_texts::text;
use serde_json::{Value as Json, json};

use crate::check_foreign;
use crate::check_summary::summary;
use crate::foreign::Circumstance;
#[cfg(feature = "native")]
use crate::foreign::gather;
use crate::format_argument::FormatArgument;
use crate::world::{self, ExitCode};

/// The code under which it is told that a file holds, and cannot be put to work on this machine.
const CANNOT_START: &str = "cannot-start";

/// How often watched files are looked at: soon enough for an eye, seldom enough for a battery.
#[cfg(feature = "native")]
const WATCH_INTERVAL: Duration = Duration::from_millis(300);

/// Arguments of `corsage check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage check corsage.toml
  corsage check --deny warnings config/*.toml
  corsage check --show corsage.toml           all effective settings, defaults included
  generate-config | corsage check -           standard input; --format-of yaml for YAML
  corsage check --format sarif config/*.toml > corsage.sarif
  corsage check ingress.yaml nginx.conf       files of other programs, by what they do to browsers
  corsage check --schema > corsage.schema.json
  corsage check --watch corsage.toml          again whenever it changes

Exit codes:
  0  no errors (warnings and notes may have been printed)
  1  problems were found: errors, or what --deny asks for
  2  a file cannot be read, or the command is used wrongly")]
pub(crate) struct Args {
    /// Files to check; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["schema", "variables"])]
    files: Vec<String>,
    /// How to print problems
    #[arg(long, value_enum, default_value_t)]
    format: FormatArgument,
    /// Print all effective settings of each file, rather than its policies in short: TOML, or JSON with
    /// `--format json`
    #[arg(long)]
    show: bool,
    /// What else counts as a failure
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// What standard input holds
    #[arg(long, value_enum, default_value_t = Language::Toml)]
    format_of: Language,
    /// Print the JSON Schema of the file, for editors
    #[arg(long, conflicts_with_all = ["files", "variables", "show"])]
    schema: bool,
    /// Print the variables of the environment that set something
    #[arg(long, conflicts_with_all = ["files", "show"])]
    variables: bool,
    /// The files that the configuration names are on another machine: do not look at certificates, keys and the
    /// log's directory
    #[arg(long)]
    elsewhere: bool,
    /// Check again whenever a file changes, until the command is ended
    #[cfg(feature = "native")]
    #[arg(long, conflicts_with_all = ["schema", "variables"])]
    watch: bool,
    /// Leave the `CORSAGE_*` variables of the environment out
    #[arg(long)]
    ignore_environment: bool,
    #[command(flatten)]
    circumstance: Circumstance,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
    /// Warnings and notes
    Notes,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    /// TOML
    Toml,
    /// YAML
    Yaml,
}

/// One file, as it was found.
struct Checked {
    problems: Problems,
    /// What it says, if it has no errors.
    config: Option<Box<Config>>,
    /// Why it cannot be put to work on this machine, if it cannot.
    cannot_start: Option<String>,
}

pub(crate) fn run(args: &Args, language: corsage_texts::Language) -> ExitCode {
    #[cfg(feature = "native")]
    if args.watch {
        return watch(args, language);
    }
    once(args, language)
}

#[cfg(feature = "native")]
fn watch(args: &Args, language: corsage_texts::Language) -> ExitCode {
    if args.files.iter().any(|file| file == "-") {
        let cause = "standard input cannot be watched: name files";
        let _ = world::stderr().write_all(format!("{cause}\n").as_bytes());
        return Outcome::Unusable.into();
    }
    // Editors replace files as often as they write them, and a time that a file system keeps may stay the same.
    let texts = || args.files.iter().map(|file| gather(file).ok()).collect::<Vec<_>>();
    loop {
        let seen = texts();
        once(args, language);
        while texts() == seen {
            std::thread::sleep(WATCH_INTERVAL);
        }
    }
}

fn once(args: &Args, language: corsage_texts::Language) -> ExitCode {
    if args.schema {
        return print(&format!("{:#}\n", corsage_config::json_schema()), Outcome::Passed);
    }
    if args.variables {
        let lines = corsage_config::variables().into_iter();
        let text: String = lines.map(|(name, field)| format!("{name:<44} {field}\n")).collect();
        return print(&text, Outcome::Passed);
    }
    let (foreign, own): (Vec<&String>, Vec<&String>) =
        args.files.iter().partition(|file| check_foreign::is_foreign(file));
    let checked: Vec<Checked> = own.into_iter().map(|file| check(file, args)).collect();
    let mut report = Report::new("corsage check");
    for file in &checked {
        let unfit = file
            .cannot_start
            .as_ref()
            .map(|cause| Problem::new(Severity::Error, CANNOT_START).cause(cause.clone()));
        report.add(file.problems.clone().with(unfit));
    }
    // People are told of a file of ours what is in force too; machines get one report of all.
    let mut others = Report::new("corsage check");
    let is_human = args.format.0 == Format::Human;
    for file in foreign {
        let into = if is_human { &mut others } else { &mut report };
        if let Err((outcome, told)) = check_foreign::check(file, &args.circumstance, into) {
            let _ = world::stderr().write_all(told.as_bytes());
            return outcome.into();
        }
    }
    let fails_from = match args.deny {
        None => Severity::Error,
        Some(Deny::Warnings) => Severity::Warning,
        Some(Deny::Notes) => Severity::Note,
    };
    let outcome = report.outcome(fails_from).max(others.outcome(fails_from));
    match args.format.0 {
        Format::Human => {
            if !others.files().is_empty() {
                let told: String = others
                    .files()
                    .iter()
                    .map(|file| file.render_in(language, Colour::Plain))
                    .collect();
                let _ = world::stdout().write_all(told.as_bytes());
            }
            human(&checked, args, outcome, language)
        }
        Format::Json => print(&format!("{:#}\n", to_json(&report, &checked, args)), outcome),
        Format::Junit => print(&report.to_junit(fails_from), outcome),
        format => print(&report.render(format, Colour::Plain), outcome),
    }
}

fn check(file: &str, args: &Args) -> Checked {
    let loader = match file {
        "-" => {
            let name = match args.format_of {
                Language::Toml => "<stdin>",
                Language::Yaml => "<stdin>.yaml",
            };
            world::stdin_text().map(|text| Loader::new().text(text, name))
        }
        _ => from_file(file),
    };
    let loader = match loader {
        Ok(loader) if args.ignore_environment => loader,
        Ok(loader) => loader.environment(world::variables()),
        Err(cause) => {
            return Checked {
                problems: Problems::unreadable(file, &cause),
                config: None,
                cannot_start: None,
            };
        }
    };
    match loader.load() {
        Ok(config) => {
            // A file of policies alone is for others to serve.
            let serves = (!config.gateway.upstreams.is_empty()
                || !config.gateway.groups.is_empty())
                && !args.elsewhere;
            let cannot_start = if serves { cannot_start(&config) } else { None };
            Checked {
                problems: config.remarks.clone(),
                config: Some(Box::new(config)),
                cannot_start,
            }
        }
        Err(problems) => Checked { problems, config: None, cannot_start: None },
    }
}

/// Relative names in the file are beside it, where there are files.
#[cfg(feature = "native")]
fn from_file(file: &str) -> Result<Loader, String> {
    Loader::new().file(file).map_err(|error| error.cause)
}

#[cfg(not(feature = "native"))]
fn from_file(file: &str) -> Result<Loader, String> {
    world::read_text(file).map(|text| Loader::new().text(text, file))
}

/// Why a gateway cannot be started with a configuration on this machine.
#[cfg(feature = "native")]
fn cannot_start(config: &Config) -> Option<String> {
    corsage_gateway::Gateway::check(config).err().map(|error| error.to_string())
}

/// Nothing is served from where files are lent.
#[cfg(not(feature = "native"))]
fn cannot_start(_: &Config) -> Option<String> {
    None
}

/// Problems go to standard error and what is in force to standard output, so that both can be kept.
fn human(
    checked: &[Checked],
    args: &Args,
    outcome: Outcome,
    language: corsage_texts::Language,
) -> ExitCode {
    let terminal =
        world::stderr_is_terminal() && world::variable("NO_COLOR").is_none_or(|v| v.is_empty());
    let colour = if terminal { Colour::Ansi } else { Colour::Plain };
    let mut report = String::new();
    let mut shown = String::new();
    for Checked { problems, config, cannot_start } in checked {
        let Some(config) = config else {
            report.push_str(&problems.render_in(language, colour));
            continue;
        };
        if let Some(cause) = cannot_start {
            report.push_str(&problems.render_in(language, colour));
            let file = problems.file_name();
            let cause = language.retell("problems", cause).unwrap_or_else(|| cause.clone());
            let error = text!(language, "report.error");
            report.push_str(&format!("{error}[{CANNOT_START}]: {file}: {cause}\n"));
            continue;
        }
        if problems.is_empty() {
            let count = config.policies.entries().len();
            let policies = text!(language, "check.policies", count count);
            report.push_str(&format!("{}, {policies}\n", problems.summary_in(language)));
        } else {
            report.push_str(&problems.render_in(language, colour));
        }
        if args.show {
            if checked.len() > 1 {
                shown.push_str(&format!("# {}\n", problems.file_name()));
            }
            shown.push_str(&config.show_toml());
        } else {
            let environment = world::variables();
            let counts = |_: &_| !args.ignore_environment;
            shown.push_str(&summary(config, environment.filter(counts), language));
        }
    }
    // Nobody left to tell: the exit code still says it.
    let _ = world::stderr().write_all(report.as_bytes());
    print(&shown, outcome)
}

/// The report, and of every file that holds what is in force.
fn to_json(report: &Report, checked: &[Checked], args: &Args) -> Json {
    let mut json = report.to_json();
    for (index, file) in checked.iter().enumerate() {
        let Some(config) = &file.config else { continue };
        let object = &mut json["files"][index];
        if let Some(cause) = &file.cannot_start {
            *object = json!({
                "file": file.problems.file_name(),
                "ok": false,
                "cannot_start": cause,
                "problems": file.problems.to_json(),
            });
            continue;
        }
        object["fingerprint"] = format!("{:016x}", config.fingerprint()).into();
        if args.show {
            object["effective"] = config.show();
        }
    }
    json
}

/// A reader that stops reading is no fault of ours.
fn print(text: &str, outcome: Outcome) -> ExitCode {
    match world::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => outcome.into(),
    }
}
