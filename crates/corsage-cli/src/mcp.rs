//! `corsage mcp`: the tools for assistants, over standard input and output.
//!
//! Every call runs this very program as a child: what an assistant is told is what the command prints, a call that hangs
//! or grows is ended, and nothing stays between two calls.

mod answer;
mod child;
mod tools;

use std::process::ExitCode;

use corsage_report::Outcome;
use rmcp::ServiceExt as _;

/// Arguments of `corsage mcp`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corsage mcp                             no network: consoles, archives, codes, policies, conversions
  corsage mcp --allow-network             explain_url and verify may ask servers on this machine
  corsage mcp --allow-network=anywhere    and any other

An assistant's configuration: {\"command\": \"corsage\", \"args\": [\"mcp\"]}")]
pub(crate) struct Args {
    /// Let tools ask servers: on this machine alone, unless `anywhere` is said
    #[arg(
        long,
        value_enum,
        value_name = "WHERE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "loopback"
    )]
    allow_network: Option<Reach>,
}

/// How far tools may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Reach {
    /// This machine
    Loopback,
    /// Any machine
    Anywhere,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            anstream::eprintln!("corsage mcp: {problem}");
            Outcome::Unusable.into()
        }
    }
}

fn serve(args: &Args) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let tools = tools::Tools::new(child::Program::new(program), args.allow_network);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let service =
            tools.serve(rmcp::transport::stdio()).await.map_err(|error| error.to_string())?;
        service.waiting().await.map_err(|error| error.to_string())?;
        Ok(())
    })
}
