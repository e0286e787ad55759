//! `corsage completions` and `corsage man`: made from the command's own definition.

use std::io;
use std::process::ExitCode;

use clap::CommandFactory;
use corsage_texts::Language;

/// Arguments of `corsage completions`.
#[derive(clap::Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(crate) fn completions(args: &CompletionsArgs) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Cli::command(), "corsage", &mut script);
    print(&script)
}

pub(crate) fn man(language: Language) -> ExitCode {
    let mut page = Vec::new();
    match clap_mangen::Man::new(crate::help::told_in(language, crate::Cli::command()))
        .render(&mut page)
    {
        Ok(()) => print(&page),
        Err(_) => ExitCode::FAILURE,
    }
}

/// A reader that stops reading (`corsage man | head`) is no fault of ours.
fn print(bytes: &[u8]) -> ExitCode {
    match io::Write::write_all(&mut io::stdout(), bytes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
