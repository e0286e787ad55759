//! `corsage check`

use std::io::{self, IsTerminal, Read as _, Write};
use std::process::ExitCode;

use corsage_config::{Colour, Config, Loader, Problems, Severity};
use serde_json::{Value as Json, json};

use crate::check_summary::summary;

/// Arguments of `corsage check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage check corsage.toml
  corsage check --deny warnings config/*.toml
  corsage check --show corsage.toml           all effective settings, defaults included
  generate-config | corsage check -           standard input; --format-of yaml for YAML
  corsage check --schema > corsage.schema.json

Exit codes:
  0  no errors (warnings and notes may have been printed)
  1  problems were found: errors, or what --deny asks for
  2  a file cannot be read, or the command is used wrongly")]
pub(crate) struct Args {
    /// Files to check; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["schema", "variables"])]
    files: Vec<String>,
    /// How to print problems
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
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
    /// Leave the `CORSAGE_*` variables of the environment out
    #[arg(long)]
    ignore_environment: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: the lines of the file, marked
    Human,
    /// One JSON document
    Json,
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

/// What became of one file.
enum Outcome {
    Held(Box<Config>),
    Broken(Problems),
    /// It holds, and cannot be put to work on this machine.
    Unfit {
        config: Box<Config>,
        cause: String,
    },
    Unreadable {
        file: String,
        cause: String,
    },
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if args.schema {
        return print(&format!("{:#}\n", corsage_config::json_schema()), ExitCode::SUCCESS);
    }
    if args.variables {
        let lines = corsage_config::variables().into_iter();
        let text: String = lines.map(|(name, field)| format!("{name:<44} {field}\n")).collect();
        return print(&text, ExitCode::SUCCESS);
    }
    let outcomes: Vec<Outcome> = args.files.iter().map(|file| check(file, args)).collect();
    let exit = exit_code(&outcomes, args.deny);
    match args.format {
        Format::Human => human(&outcomes, args, exit),
        Format::Json => print(&format!("{:#}\n", to_json(&outcomes, args)), ExitCode::from(exit)),
    }
}

fn check(file: &str, args: &Args) -> Outcome {
    let loader = match file {
        "-" => {
            let name = match args.format_of {
                Language::Toml => "<stdin>",
                Language::Yaml => "<stdin>.yaml",
            };
            let mut text = String::new();
            match io::stdin().read_to_string(&mut text) {
                Ok(_) => Ok(Loader::new().text(text, name)),
                Err(error) => Err(error.to_string()),
            }
        }
        _ => Loader::new().file(file).map_err(|error| error.cause),
    };
    let loader = match loader {
        Ok(loader) if args.ignore_environment => loader,
        Ok(loader) => loader.environment(std::env::vars_os()),
        Err(cause) => return Outcome::Unreadable { file: file.to_owned(), cause },
    };
    match loader.load() {
        Ok(config) => {
            let config = Box::new(config);
            // A file of policies alone is for others to serve.
            let serves = !config.gateway.upstreams.is_empty() && !args.elsewhere;
            match serves.then(|| corsage_gateway::Gateway::check(&config)) {
                Some(Err(error)) => Outcome::Unfit { config, cause: error.to_string() },
                Some(Ok(())) | None => Outcome::Held(config),
            }
        }
        Err(problems) => Outcome::Broken(problems),
    }
}

fn exit_code(outcomes: &[Outcome], deny: Option<Deny>) -> u8 {
    let fails_from = match deny {
        None => Severity::Error,
        Some(Deny::Warnings) => Severity::Warning,
        Some(Deny::Notes) => Severity::Note,
    };
    let mut exit = crate::exit::ALLOWED;
    for outcome in outcomes {
        match outcome {
            Outcome::Unreadable { .. } => return crate::exit::USAGE,
            Outcome::Broken(_) | Outcome::Unfit { .. } => exit = crate::exit::BLOCKED,
            Outcome::Held(config) if config.remarks.worst() >= Some(fails_from) => {
                exit = crate::exit::BLOCKED;
            }
            Outcome::Held(_) => {}
        }
    }
    exit
}

/// Problems go to standard error and what is in force to standard output, so that both can be kept.
fn human(outcomes: &[Outcome], args: &Args, exit: u8) -> ExitCode {
    let terminal =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let colour = if terminal { Colour::Ansi } else { Colour::Plain };
    let mut report = String::new();
    let mut shown = String::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Unreadable { file, cause } => {
                report.push_str(&format!("error: {file} cannot be read: {cause}\n"));
            }
            Outcome::Broken(problems) => report.push_str(&problems.render(colour)),
            Outcome::Unfit { config, cause } => {
                report.push_str(&config.remarks.render(colour));
                let file = config.remarks.file_name();
                report.push_str(&format!("error[cannot-start]: {file}: {cause}\n"));
            }
            Outcome::Held(config) => {
                if config.remarks.is_empty() {
                    let count = config.policies.entries().len();
                    let policies = if count == 1 { "policy" } else { "policies" };
                    report.push_str(&format!(
                        "{}: no problems, {count} {policies}\n",
                        config.remarks.file_name()
                    ));
                } else {
                    report.push_str(&config.remarks.render(colour));
                }
                if args.show {
                    if outcomes.len() > 1 {
                        shown.push_str(&format!("# {}\n", config.remarks.file_name()));
                    }
                    shown.push_str(&config.show_toml());
                } else {
                    let environment = std::env::vars_os();
                    let counts = |_: &_| !args.ignore_environment;
                    shown.push_str(&summary(config, environment.filter(counts)));
                }
            }
        }
    }
    // Nobody left to tell: the exit code still says it.
    let _ = anstream::stderr().write_all(report.as_bytes());
    print(&shown, ExitCode::from(exit))
}

fn to_json(outcomes: &[Outcome], args: &Args) -> Json {
    let files: Vec<Json> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Unreadable { file, cause } => {
                json!({ "file": file, "ok": false, "unreadable": cause, "problems": [] })
            }
            Outcome::Broken(problems) => {
                json!({ "file": problems.file_name(), "ok": false, "problems": problems.to_json() })
            }
            Outcome::Unfit { config, cause } => {
                json!({
                    "file": config.remarks.file_name(),
                    "ok": false,
                    "cannot_start": cause,
                    "problems": config.remarks.to_json(),
                })
            }
            Outcome::Held(config) => {
                let mut file = json!({
                    "file": config.remarks.file_name(),
                    "ok": true,
                    "problems": config.remarks.to_json(),
                    "fingerprint": format!("{:016x}", config.fingerprint()),
                });
                if args.show {
                    file["effective"] = config.show();
                }
                file
            }
        })
        .collect();
    json!({ "files": files })
}

/// A reader that stops reading is no fault of ours.
fn print(text: &str, exit: ExitCode) -> ExitCode {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => exit,
    }
}
