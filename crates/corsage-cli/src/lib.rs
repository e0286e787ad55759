//! The `corsage` command: arguments and exit codes. As a library it is for the program `corsage` and, without the
//! feature `native`, for hosts that run the command as WebAssembly.

#[cfg(feature = "native")]
mod agent;
#[cfg(feature = "native")]
mod audit;
#[cfg(feature = "configurations")]
mod check;
#[cfg(feature = "configurations")]
mod check_foreign;
#[cfg(feature = "configurations")]
mod check_summary;
#[cfg(feature = "configurations")]
mod convert;
#[cfg(feature = "native")]
mod demo;
#[cfg(feature = "configurations")]
mod diff;
#[cfg(feature = "configurations")]
mod diff_report;
#[cfg(feature = "configurations")]
mod expect;
mod explain;
#[cfg(feature = "ext-proc")]
mod ext_proc;
#[cfg(feature = "configurations")]
mod foreign;
#[cfg(feature = "configurations")]
mod format_argument;
#[cfg(feature = "translated-help")]
mod help;
#[cfg(not(feature = "translated-help"))]
#[path = "help_left_out.rs"]
mod help;
#[cfg(feature = "configurations")]
mod infer;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "native")]
mod serve;
#[cfg(feature = "native")]
mod shell;
#[cfg(feature = "native")]
mod verify;
pub mod world;

use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use corsage_texts::Language;

use world::ExitCode;

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
        self.lang.unwrap_or_else(|| Language::of_environment(world::variable))
    }
}

#[derive(Subcommand)]
enum Command {
    /// Two origins on loopback, a sample API behind the gateway, and a page: see CORS happen
    #[cfg(feature = "native")]
    Demo(demo::Args),
    /// The gateway: a reverse proxy that answers preflights and adds the headers
    #[cfg(feature = "native")]
    Serve(Box<serve::Args>),
    /// The policy as a service that Envoy asks, by ext_proc or ext_authz
    #[cfg(feature = "ext-proc")]
    ExtProc(ext_proc::Args),
    /// What a browser would do with this request, and what to change
    Explain(Box<explain::Args>),
    /// Check policy files: every problem at once, each with its place and its way out
    #[cfg(feature = "configurations")]
    Check(check::Args),
    /// One policy, another program: read, written, read back, compared
    #[cfg(feature = "configurations")]
    Convert(convert::Args),
    /// Two configurations of any programs, compared by what browsers would do
    #[cfg(feature = "configurations")]
    Diff(diff::Args),
    /// Whether a server does what a policy says
    #[cfg(feature = "native")]
    Verify(Box<verify::Args>),
    /// Expectations beside a policy, in memory or against a server
    #[cfg(feature = "configurations")]
    Test(expect::Args),
    /// The smallest policy that grants what was seen
    #[cfg(feature = "configurations")]
    Infer(infer::Args),
    /// What a browser can really exploit in a live service: found, proved, and nothing else
    #[cfg(feature = "native")]
    Audit(Box<audit::Args>),
    /// A browser-faithful fetch over JSON lines on standard input and output
    #[cfg(feature = "native")]
    Agent(agent::Args),
    /// The tools for assistants: a server of the Model Context Protocol on standard input and output
    #[cfg(feature = "mcp")]
    Mcp(mcp::Args),
    /// Print a completion script for a shell
    #[cfg(feature = "native")]
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    #[cfg(feature = "native")]
    Man,
}

/// Runs the command with these arguments, the first of which is its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match parse(Cli::command(), &arguments) {
        Ok(cli) => perform(cli),
        Err(told) => {
            let language = help::asked_for(&arguments)
                .unwrap_or_else(|| Language::of_environment(world::variable));
            // Only now is there something to tell.
            let told = match language {
                Language::English => told,
                _ => {
                    parse(help::told_in(language, Cli::command()), &arguments).err().unwrap_or(told)
                }
            };
            tell(language, &told)
        }
    }
}

fn parse(mut command: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches))
        .map_err(|error| error.format(&mut command))
}

/// What is wrong with the arguments, or the help that was asked for.
fn tell(language: Language, told: &clap::Error) -> ExitCode {
    if let Some(text) = help::refused(language, told) {
        eprintln!("{text}");
        return ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2));
    }
    tell_as_clap_does(told)
}

#[cfg(feature = "native")]
fn tell_as_clap_does(told: &clap::Error) -> ExitCode {
    told.exit()
}

#[cfg(all(not(feature = "native"), feature = "help"))]
fn tell_as_clap_does(told: &clap::Error) -> ExitCode {
    let text = told.render();
    if told.use_stderr() {
        eprintln!("{}", text.ansi().to_string().trim_end());
    } else {
        println!("{}", text.ansi().to_string().trim_end());
    }
    ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2))
}

/// Without words for it, whoever has a module with the feature `help` asks that one.
#[cfg(not(any(feature = "native", feature = "help")))]
fn tell_as_clap_does(_: &clap::Error) -> ExitCode {
    /// No other end of the command.
    const NOT_UNDERSTOOD: u8 = 250;
    ExitCode::from(NOT_UNDERSTOOD)
}

fn perform(cli: Cli) -> ExitCode {
    let language = cli.language();
    match cli.command {
        #[cfg(feature = "native")]
        Command::Demo(args) => demo::run(&args, language),
        #[cfg(feature = "native")]
        Command::Serve(args) => serve::run(*args, language),
        #[cfg(feature = "ext-proc")]
        Command::ExtProc(args) => ext_proc::run(args, language),
        Command::Explain(args) => explain::run(&args.speaking(language)),
        #[cfg(feature = "configurations")]
        Command::Check(args) => check::run(&args, language),
        #[cfg(feature = "configurations")]
        Command::Convert(args) => convert::run(&args, language),
        #[cfg(feature = "configurations")]
        Command::Diff(args) => diff::run(&args, language),
        #[cfg(feature = "native")]
        Command::Verify(args) => verify::run(&args, language),
        #[cfg(feature = "configurations")]
        Command::Test(args) => expect::run(&args, language),
        #[cfg(feature = "configurations")]
        Command::Infer(args) => infer::run(&args, language),
        #[cfg(feature = "native")]
        Command::Audit(args) => audit::run(&args, language),
        #[cfg(feature = "native")]
        Command::Agent(args) => agent::run(args),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::run(&args),
        #[cfg(feature = "native")]
        Command::Completions(args) => shell::completions(&args),
        #[cfg(feature = "native")]
        Command::Man => shell::man(language),
    }
}
