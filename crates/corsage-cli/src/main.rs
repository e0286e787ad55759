//! The `corsage` command.

mod agent;
mod audit;
mod check;
mod check_foreign;
mod check_summary;
mod convert;
mod demo;
mod diff;
mod diff_report;
mod expect;
mod explain;
mod foreign;
mod format_argument;
mod infer;
mod serve;
mod shell;
mod verify;

use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Parser, Subcommand};
use corsage_texts::Language;

/// A gateway allocates a dozen times a request: this costs a fifth of what the system's allocator does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// CORS as browsers do it: predict, explain, serve.
#[derive(Parser)]
#[command(
    name = "corsage",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Cli {
    /// The language of what people read: en or ru
    /// [default: that of `CORSAGE_LANG`, `LC_ALL`, `LC_MESSAGES` or `LANG`]
    #[arg(
        long,
        global = true,
        value_name = "LANGUAGE",
        value_parser = PossibleValuesParser::new(Language::ALL.map(Language::tag))
            .try_map(|tag| tag.parse::<Language>())
    )]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// What was asked for, else what the environment says. What machines read is in English whatever is asked for.
    fn language(&self) -> Language {
        self.lang.unwrap_or_else(|| Language::of_environment(|name| std::env::var(name).ok()))
    }
}

#[derive(Subcommand)]
enum Command {
    /// Two origins on loopback, a sample API behind the gateway, and a page: see CORS happen
    Demo(demo::Args),
    /// The gateway: a reverse proxy that answers preflights and adds the headers
    Serve(Box<serve::Args>),
    /// What a browser would do with this request, and what to change
    Explain(Box<explain::Args>),
    /// Check policy files: every problem at once, each with its place and its way out
    Check(check::Args),
    /// One policy, another program: read, written, read back, compared
    Convert(convert::Args),
    /// Two configurations of any programs, compared by what browsers would do
    Diff(diff::Args),
    /// Whether a server does what a policy says
    Verify(Box<verify::Args>),
    /// Expectations beside a policy, in memory or against a server
    Test(expect::Args),
    /// The smallest policy that grants what was seen
    Infer(infer::Args),
    /// What a browser can really exploit in a live service: found, proved, and nothing else
    Audit(Box<audit::Args>),
    /// A browser-faithful fetch over JSON lines on standard input and output
    Agent(agent::Args),
    /// Print a completion script for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let language = cli.language();
    match cli.command {
        Command::Demo(args) => demo::run(&args, language),
        Command::Serve(args) => serve::run(*args, language),
        Command::Explain(args) => explain::run(&args.speaking(language)),
        Command::Check(args) => check::run(&args, language),
        Command::Convert(args) => convert::run(&args, language),
        Command::Diff(args) => diff::run(&args, language),
        Command::Verify(args) => verify::run(&args),
        Command::Test(args) => expect::run(&args),
        Command::Infer(args) => infer::run(&args),
        Command::Audit(args) => audit::run(&args, language),
        Command::Agent(args) => agent::run(args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man => shell::man(),
    }
}
