//! `corsage check`

use std::process::ExitCode;

/// Arguments of `corsage check`.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> ExitCode {
    ExitCode::from(crate::exit::USAGE)
}
