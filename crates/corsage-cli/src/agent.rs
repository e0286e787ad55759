//! `corsage agent`: fetches as a browser would, for a caller in any language, over JSON lines.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::eprintln;
use corsage::browser::Profile;
use corsage_client::{Browser, BuildError, Resolve};
use corsage_report::Outcome;

/// Arguments of `corsage agent`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Send names elsewhere: `*.test=127.0.0.1`, `api.test:80=127.0.0.1:8080` (repeatable)
    #[arg(long, value_name = "PATTERN=ADDRESS")]
    resolve: Vec<Resolve>,

    /// Trust the certificates in this PEM file too (repeatable)
    #[arg(long, value_name = "FILE")]
    cacert: Vec<PathBuf>,

    /// Whose behaviour to show: standard, chromium, firefox or webkit
    #[arg(long, value_name = "NAME", default_value = "standard")]
    browser: Profile,
}

pub(crate) fn run(args: Args) -> ExitCode {
    let browser = match browser(args) {
        Ok(browser) => browser,
        Err(problem) => {
            eprintln!("error: {problem}");
            return Outcome::Unusable.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime does not start: {error}");
            return Outcome::Undecided.into();
        }
    };
    runtime.block_on(corsage_agent::serve(browser));
    // Whatever still runs has been answered; nothing waits for it.
    runtime.shutdown_background();
    ExitCode::SUCCESS
}

fn browser(args: Args) -> Result<Browser, String> {
    let mut builder = Browser::builder().profile(args.browser);
    for rule in args.resolve {
        builder = builder.resolve_rule(rule);
    }
    for file in &args.cacert {
        let name = file.display();
        let pem = std::fs::read(file).map_err(|error| format!("--cacert {name}: {error}"))?;
        builder = builder
            .root_certificates(&pem)
            .map_err(|error: BuildError| format!("--cacert {name}: {error}"))?;
    }
    builder.build().map_err(|error| error.to_string())
}
