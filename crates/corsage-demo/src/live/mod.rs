//! Two origins on this machine, a sample API behind the gateway, and a page.
//!
//! One list of scenarios is performed twice: here, through `corsage-client`, and on the page, by
//! the browser's own `fetch`. Either way the outcome and the wire are laid beside what the two
//! engines predicted without a network.

mod api_server;
mod assets;
mod browsers;
mod demo_state;
mod gateway;
mod judge;
mod listeners;
mod page_server;
mod perform;
mod performed;
mod tap;
mod terminal;
mod texts;
mod wire_log;

pub use terminal::Format;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use corsage::browser::Profile;
use corsage_report::Outcome;
use corsage_texts::Language;
use tokio::sync::mpsc;

use self::demo_state::{BrowserReport, Demo, Runs};
use self::gateway::Running;
use self::listeners::Listeners;
use self::tap::Tap;
use crate::prediction::places::{Party, Places};
use crate::prediction::rules::Rules;
use crate::prediction::scenario;

use self::texts::Texts;
use self::wire_log::WireLog;

/// Whom the terminal's client imitates.
const PROFILE: Profile = Profile::Standard;

/// What is to be shown, and how.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The page's port, the others after it; free ports if none is named.
    pub port: Option<u16>,
    /// Whether to end after the table.
    pub until: Until,
    /// How to print.
    pub format: Format,
    /// Another proxy that wears the demo's policies, in the gateway's place.
    pub through: Option<SocketAddr>,
    /// The terminal's language. The page speaks its browser's, or what is chosen there.
    pub language: Language,
}

/// When the demo ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// After every scenario has been performed; it passes if every prediction held.
    Performed,
    /// When somebody presses Ctrl-C; till then the page is served.
    #[default]
    Interrupted,
}

/// The demo's policy file, with the origins of a run whose page has this port: for another proxy to wear, in front of the
/// sample API, which listens on the fifth port after the page's.
#[must_use]
pub fn policy_file(port: u16) -> Option<String> {
    let places = Places::after(port)?;
    Some(Rules::source_for(&places))
}

/// Shows everything, and says how it ended.
#[must_use]
pub fn run(options: &Options) -> Outcome {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string(), Outcome::Undecided),
    };
    match runtime.block_on(demonstrate(options)) {
        Ok(outcome) => outcome,
        Err(Trouble::Configuration(cause)) => failed(&cause, Outcome::Unusable),
        Err(Trouble::Environment(cause)) => failed(&cause, Outcome::Undecided),
        // A reader that stops reading (`corsage demo | head`) is no fault of ours.
        Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Passed,
        Err(Trouble::Output(error)) => failed(&error.to_string(), Outcome::Undecided),
    }
}

fn failed(cause: &str, outcome: Outcome) -> Outcome {
    anstream::eprintln!("corsage demo: {cause}");
    outcome
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

async fn demonstrate(options: &Options) -> Result<Outcome, Trouble> {
    let (listeners, places) = Listeners::bind(options.port)
        .await
        .map_err(|error| Trouble::Configuration(error.to_string()))?;
    let environment = |error: io::Error| Trouble::Environment(error.to_string());

    let log = WireLog::default();
    let upstream = listeners::bind_upstream(options.port).await.map_err(environment)?;
    let upstream_address = upstream.local_addr().map_err(environment)?;
    tokio::spawn(api_server::serve(upstream, places.origin_of(Party::Partner), log.clone()));

    let source = Rules::source_for(&places);
    let rules = Rules::compile(&source).map_err(Trouble::Environment)?;
    let no_rules = Rules::compile("").map_err(Trouble::Environment)?;
    let start = |rules| Running::start(rules, upstream_address).map_err(Trouble::Environment);
    let (gateway, bare, bench) = (start(&rules)?, start(&no_rules)?, start(&rules)?);

    let tap = |gateway, pages| Tap {
        gateway,
        log: log.clone(),
        pages,
        page_origin: places.page_origin(),
    };
    let front = options.through.unwrap_or_else(|| gateway.address());
    tokio::spawn(tap(front, assets::no_pages).serve(listeners.api));
    if let Some(listener) = listeners.api_v6 {
        tokio::spawn(tap(front, assets::no_pages).serve(listener));
    }
    tokio::spawn(tap(front, assets::partner_pages).serve(listeners.partner));
    tokio::spawn(tap(bare.address(), assets::no_pages).serve(listeners.bare));
    tokio::spawn(tap(bench.address(), assets::no_pages).serve(listeners.bench));

    let (reports, reported) = mpsc::unbounded_channel();
    let scenarios = scenario::all().map_err(|error| Trouble::Environment(error.to_string()))?;
    let demo = Arc::new(Demo {
        places,
        scenarios,
        texts: Texts::of(options.language),
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
    terminal::table(&demo, &performed, options.format).map_err(Trouble::Output)?;
    if options.until == Until::Performed {
        let held = performed.iter().all(|performed| performed.judged.agree);
        return Ok(if held { Outcome::Passed } else { Outcome::Failed });
    }

    serve(&demo, reported, options.format).await
}

/// Until somebody interrupts, what browsers report is printed.
async fn serve(
    demo: &Demo,
    mut reported: mpsc::UnboundedReceiver<BrowserReport>,
    format: Format,
) -> Result<Outcome, Trouble> {
    // Heard from here on, so that whoever has read the address can also interrupt.
    let interrupted = interruption().map_err(|error| Trouble::Environment(error.to_string()))?;
    let mut interruption = pin!(interrupted);
    terminal::serving(demo, format).map_err(Trouble::Output)?;
    loop {
        tokio::select! {
            Some(report) = reported.recv() => {
                terminal::browser(demo, &report, format).map_err(Trouble::Output)?;
            }
            () = &mut interruption => {
                terminal::ended(demo, format).map_err(Trouble::Output)?;
                return Ok(Outcome::Passed);
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
