//! `conformance`: runs cases kept as data through Corsage's engines.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use conformance::{audit_bed, config_cases, convert, loads, loads_table, oracle, server_cases};
use corsage_audit::Depth;

/// Cases kept as data, through every engine.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What real browsers did, case by case, beside what the browser half does
    Oracle {
        /// A directory with cases.jsonl and chromium.jsonl, firefox.jsonl, webkit.jsonl (or .gz)
        directory: PathBuf,
        /// Only this browser
        #[arg(long)]
        browser: Option<String>,
        /// Only this case, with all that happened
        #[arg(long)]
        id: Option<String>,
        /// How many disagreements to print
        #[arg(long, default_value_t = 20)]
        show: usize,
        /// Print the ambient differences instead of the disagreements
        #[arg(long)]
        ambient: bool,
    },
    /// Print docs/loads.md, made by the engine
    LoadsTable,
    /// What real browsers did with images, scripts, frames and the rest, beside what the browser half predicts
    Loads {
        /// A directory with cases.jsonl and chromium.jsonl, firefox.jsonl, webkit.jsonl (or .gz)
        directory: PathBuf,
        /// Only this browser
        #[arg(long)]
        browser: Option<String>,
        /// Only this case
        #[arg(long)]
        id: Option<String>,
        /// How many disagreements to print
        #[arg(long, default_value_t = 20)]
        show: usize,
        /// What the consoles said instead, beside what `corsage explain` predicts and reads
        #[arg(long, conflicts_with_all = ["browser", "id"])]
        console: bool,
    },
    /// One policy, one request, and what must come of it
    ServerCases {
        /// A file of the format in `conformance/data/server-cases.jsonl`
        file: PathBuf,
    },
    /// One configuration, and what a validator must say
    ConfigCases {
        /// A file of the format in `conformance/data/config-errors.jsonl`
        file: PathBuf,
    },
    /// Services with known faults, audited; the report is for the bed's scorer
    AuditBed {
        /// A folder with audit-input.json, whose bed listens already
        folder: PathBuf,
        /// The bed's port for http
        #[arg(long, default_value_t = 8180)]
        http: u16,
        /// The bed's port for https
        #[arg(long, default_value_t = 8143)]
        https: u16,
        /// Where the report goes
        #[arg(long)]
        out: PathBuf,
        /// Ask more of targets that seem sound
        #[arg(long)]
        deep: bool,
    },
    /// What real programs answered, given a configuration, beside what the models predict
    Convert {
        /// A file of configurations, requests and recorded answers, a line each (or .gz)
        file: PathBuf,
        /// Only this format
        #[arg(long)]
        format: Option<String>,
        /// Only this configuration
        #[arg(long)]
        id: Option<String>,
        /// How many configurations that are predicted wrongly to print
        #[arg(long, default_value_t = 3)]
        show: usize,
        /// How many refused configurations to print
        #[arg(long, default_value_t = 0)]
        show_refused: usize,
        /// Print which texts are taken for another format
        #[arg(long)]
        recognise: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Oracle { directory, browser, id, show, ambient } => {
            let told = if ambient { oracle::Told::Ambient } else { oracle::Told::Disagreements };
            oracle::run(&directory, browser.as_deref(), id.as_deref(), told, show)
        }
        Command::LoadsTable => {
            let text = loads_table::document();
            Ok(conformance::Report { text, passed: true })
        }
        Command::Loads { directory, show, console: true, .. } => {
            loads::run_console(&directory, show)
        }
        Command::Loads { directory, browser, id, show, .. } => {
            loads::run(&directory, browser.as_deref(), id.as_deref(), show)
        }
        Command::ServerCases { file } => server_cases::run(&file),
        Command::ConfigCases { file } => config_cases::run(&file),
        Command::AuditBed { folder, http, https, out, deep } => {
            let depth = if deep { Depth::Deep } else { Depth::Usual };
            let bed = audit_bed::Bed { folder, http, https, out, depth };
            match tokio::runtime::Runtime::new() {
                Ok(runtime) => runtime.block_on(audit_bed::run(&bed)),
                Err(error) => Err(error.to_string()),
            }
        }
        Command::Convert { file, format, id, show, show_refused, recognise } => convert::run(
            &file,
            &convert::Shown {
                format: format.as_deref(),
                id: id.as_deref(),
                wrong: show,
                refused: show_refused,
                recognise,
            },
        ),
    };
    match result {
        Ok(report) => {
            print!("{}", report.text);
            ExitCode::from(u8::from(!report.passed))
        }
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}
