//! `corsage demo`: two origins on this machine, a sample API behind the gateway, and a page.
//!
//! One list of scenarios is performed twice: here, through `corsage-client`, and on the page, by
//! the browser's own `fetch`. Either way the outcome and the wire are laid beside what the two
//! engines predicted without a network.

mod assets;
mod browsers;
mod calls;
mod demo_state;
mod gateway;
mod judge;
mod memory_gateway;
mod outcome;
mod page_server;
mod perform;
mod performed;
mod places;
mod predict;
mod reasons;
mod rules;
mod sample_api;
mod scenario;
mod tap;
mod terminal;
mod texts;
mod wire_log;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use corsage::browser::Profile;
use tokio::sync::mpsc;

use self::demo_state::{Demo, Runs};
use self::gateway::Running;
use self::places::{Listeners, Party};
use self::rules::Rules;
use self::tap::Tap;
use self::terminal::Format;
use self::texts::Texts;
use self::wire_log::WireLog;
use crate::exit;

/// Whom the terminal's client imitates.
const PROFILE: Profile = Profile::Standard;

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
    /// End after the table: 0 if every prediction held, 1 if one did not
    #[arg(long)]
    exit: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string(), exit::UNDECIDED),
    };
    match runtime.block_on(demonstrate(args)) {
        Ok(code) => code,
        Err(Trouble::Configuration(cause)) => failed(&cause, exit::USAGE),
        Err(Trouble::Environment(cause)) => failed(&cause, exit::UNDECIDED),
        // A reader that stops reading (`corsage demo | head`) is no fault of ours.
        Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Trouble::Output(error)) => failed(&error.to_string(), exit::UNDECIDED),
    }
}

fn failed(cause: &str, code: u8) -> ExitCode {
    anstream::eprintln!("corsage demo: {cause}");
    ExitCode::from(code)
}

/// Why the demo cannot go on, by who must act.
enum Trouble {
    /// What the user asked for: a port that is taken.
    Configuration(String),
    /// The machine, or a part of the demo itself.
    Environment(String),
    /// Standard output.
    Output(io::Error),
}

async fn demonstrate(args: &Args) -> Result<ExitCode, Trouble> {
    let (listeners, places) = Listeners::bind(args.port)
        .await
        .map_err(|error| Trouble::Configuration(error.to_string()))?;
    let environment = |error: io::Error| Trouble::Environment(error.to_string());

    let log = WireLog::default();
    let upstream = places::bind(0).await.map_err(environment)?;
    let upstream_address = upstream.local_addr().map_err(environment)?;
    tokio::spawn(sample_api::serve(upstream, places.origin_of(Party::Partner), log.clone()));

    let source = rules::source(&places);
    let rules = Rules::compile(&source).map_err(Trouble::Environment)?;
    let no_rules = Rules::compile("").map_err(Trouble::Environment)?;
    let start = |rules| Running::start(rules, upstream_address).map_err(Trouble::Environment);
    let (gateway, bare, bench) = (start(&rules)?, start(&no_rules)?, start(&rules)?);

    let tap = |gateway: &Running, pages| Tap {
        gateway: gateway.address(),
        log: log.clone(),
        pages,
        page_origin: places.page_origin(),
    };
    tokio::spawn(tap(&gateway, assets::no_pages).serve(listeners.api));
    if let Some(listener) = listeners.api_v6 {
        tokio::spawn(tap(&gateway, assets::no_pages).serve(listener));
    }
    tokio::spawn(tap(&gateway, assets::partner_pages).serve(listeners.partner));
    tokio::spawn(tap(&bare, assets::no_pages).serve(listeners.bare));
    tokio::spawn(tap(&bench, assets::no_pages).serve(listeners.bench));

    let (reports, mut reported) = mpsc::unbounded_channel();
    let scenarios = scenario::all().map_err(|error| Trouble::Environment(error.to_string()))?;
    let demo = Arc::new(Demo {
        places,
        scenarios,
        texts: Texts::english(),
        rules,
        no_rules,
        log,
        bench,
        reports,
        runs: Runs::default(),
    });
    tokio::spawn(page_server::serve(listeners.page, Arc::clone(&demo)));

    let mut performed = Vec::new();
    for scenario in &demo.scenarios {
        performed.push(performed::perform(&demo, scenario).await.map_err(Trouble::Environment)?);
    }
    terminal::table(&demo, &performed, args.format).map_err(Trouble::Output)?;
    if args.exit {
        let held = performed.iter().all(|performed| performed.judged.agree);
        return Ok(ExitCode::from(if held { exit::ALLOWED } else { exit::BLOCKED }));
    }

    // Heard from here on, so that whoever has read the address can also interrupt.
    let mut interruption = pin!(interruption().map_err(environment)?);
    terminal::serving(&demo, args.format).map_err(Trouble::Output)?;
    loop {
        tokio::select! {
            Some(report) = reported.recv() => {
                terminal::browser(&demo, &report, args.format).map_err(Trouble::Output)?;
            }
            () = &mut interruption => {
                terminal::ended(&demo, args.format).map_err(Trouble::Output)?;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

/// Ends when somebody presses Ctrl-C.
#[cfg(unix)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Ends when somebody presses Ctrl-C.
#[cfg(not(unix))]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // An error says that nobody can: then the window is closed instead.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
