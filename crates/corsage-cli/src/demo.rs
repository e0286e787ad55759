//! `corsage demo`

use std::process::ExitCode;

use corsage_demo::{Format, Options, Until, policy_file};

/// Arguments of `corsage demo`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage demo                  perform every scenario, then serve the page
  corsage demo --port 8080      the page at http://127.0.0.1:8080, the others on the ports after it
  corsage demo --exit           perform every scenario and end; 0 if every prediction held")]
pub(crate) struct Args {
    /// The page's port; the others take the next four
    /// [default: free ports]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Another proxy in the gateway's place, which wears the policies of --print-policy, before the sample API on the
    /// fifth port after the page's
    #[arg(long, value_name = "ADDR", requires = "port")]
    through: Option<std::net::SocketAddr>,
    /// Print the policies, and end
    #[arg(long, requires = "port")]
    print_policy: bool,
    /// End after the table: 0 if every prediction held, 1 if one did not
    #[arg(long)]
    exit: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: FormatArgument,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum FormatArgument {
    /// For people.
    #[default]
    Human,
    /// One JSON value a line: the scenarios, the address, then each browser that has run them.
    Json,
}

pub(crate) fn run(args: &Args, language: corsage_texts::Language) -> ExitCode {
    if let Some(policy) = args.port.filter(|_| args.print_policy).and_then(policy_file) {
        anstream::print!("{policy}");
        return ExitCode::SUCCESS;
    }
    let mut options = Options::default();
    options.through = args.through;
    options.port = args.port;
    options.until = if args.exit { Until::Performed } else { Until::Interrupted };
    options.format = match args.format {
        FormatArgument::Human => Format::Human,
        FormatArgument::Json => Format::Json,
    };
    // What machines read is in English.
    if options.format == Format::Human {
        options.language = language;
    }
    corsage_demo::run(&options).into()
}
