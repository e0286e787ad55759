//! The `corsage` command.

mod agent;
mod check;
mod check_foreign;
mod check_summary;
mod convert;
mod demo;
mod diff;
mod expect;
mod explain;
mod foreign;
mod format_argument;
mod infer;
mod serve;
mod shell;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    #[command(subcommand)]
    command: Command,
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
    /// A browser-faithful fetch over JSON lines on standard input and output
    Agent(agent::Args),
    /// Print a completion script for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(*args),
        Command::Explain(args) => explain::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Test(args) => expect::run(&args),
        Command::Infer(args) => infer::run(&args),
        Command::Agent(args) => agent::run(args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man => shell::man(),
    }
}
