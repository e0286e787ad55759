//! A running application, and what it is told.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corsage::server::{Policy, PolicyDraft, RecordDecisions, RecordedDecision, SharedPolicy};
use http::{HeaderMap, StatusCode};

/// How long `/slow` may take, and how long it takes.
pub(super) const TIME_LIMIT: Duration = Duration::from_millis(50);
/// How long a lookup may take.
pub const LOOKUP_LIMIT: Duration = Duration::from_secs(1);
pub(super) const SLOW: Duration = Duration::from_secs(60);

/// The header in which the observer writes the decision.
pub(super) const DECISION: &str = "x-decision";

/// The names and values of what `/own` sets itself.
pub(super) const OWN: [(&str, &str); 4] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "PUT"),
    ("vary", "accept-encoding"),
    ("vary", "accept-language"),
];

/// An adapter, and how its application is started.
#[derive(Clone, Copy)]
pub struct Adapter {
    /// Its name in reports.
    pub name: &'static str,
    /// Starts the application on a free port.
    pub(super) start: fn(&Options) -> Result<Server, String>,
}

/// What an application is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The policy at first.
    pub policy: Policy,
    /// Whether decisions are recorded.
    pub record: RecordDecisions,
    /// Who is asked about origins that the policy does not list. The gateway asks nobody.
    pub tenants: Option<Tenants>,
}

/// Knows one host. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct Tenants(Arc<AtomicUsize>);

/// A running application. It runs until the process ends.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    pub(super) stage: SharedStage,
    pub(super) replace: Box<dyn Fn(Policy) -> Result<(), String> + Send + Sync>,
}

/// What the handler of `/stage` is to answer, and whether it was asked.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// The status of its answer.
    pub status: StatusCode,
    /// The headers of its answer.
    pub headers: HeaderMap,
    /// Whether a request has reached it.
    pub reached: bool,
}

#[derive(Clone, Default)]
pub(super) struct SharedStage(Arc<Mutex<Stage>>);

impl Adapter {
    /// Starts its application.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn start(&self, options: &Options) -> Result<Server, String> {
        (self.start)(options).map_err(|error| format!("{} does not start: {error}", self.name))
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Tenants {
    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// The lookup, which takes its time, panics over one origin, and never answers about another.
    pub(super) fn lookup(
        &self,
    ) -> impl Fn(String) -> Lookup + Clone + Send + Sync + use<> + 'static {
        let Self(asked) = self.clone();
        move |origin| {
            asked.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                if origin.ends_with("://forgotten.example") {
                    std::future::pending::<()>().await;
                }
                assert!(!origin.ends_with("://fatal.example"), "on purpose");
                origin.ends_with("://tenant.example")
            })
        }
    }
}

/// What a lookup waits for.
pub(super) type Lookup = Pin<Box<dyn Future<Output = bool> + Send>>;

impl Server {
    /// Puts another policy in force.
    ///
    /// # Errors
    /// Why it could not.
    pub fn replace(&self, policy: Policy) -> Result<(), String> {
        (self.replace)(policy)
    }

    /// What the handler of `/stage` answers, and whether it was asked.
    pub fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock()
    }

    /// One whose policy is replaced through a [`SharedPolicy`].
    pub(super) fn of(address: SocketAddr, stage: SharedStage, policy: SharedPolicy) -> Self {
        let replace = Box::new(move |new| {
            policy.replace_with(new);
            Ok(())
        });
        Self { address, stage, replace }
    }
}

impl SharedStage {
    pub(super) fn lock(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handler of `/stage`.
    pub(super) fn enter(&self) -> (StatusCode, HeaderMap) {
        let mut stage = self.lock();
        stage.reached = true;
        (stage.status, stage.headers.clone())
    }
}

/// A free port, as a socket that async runtimes take.
pub(super) fn listen() -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.set_nonblocking(true).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, address))
}

/// Runs an application on a thread of its own, until the process ends.
pub(super) fn run<F, T>(application: impl FnOnce() -> F + Send + 'static)
where
    F: Future<Output = T>,
{
    std::thread::spawn(move || {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => drop(runtime.block_on(application())),
            Err(error) => panic!("no runtime: {error}"),
        }
    });
}

/// The policy of `/public`.
pub(super) fn public_policy() -> Result<Policy, String> {
    PolicyDraft::new().origins(["*"]).compile().map_err(|errors| errors.to_string())
}

/// What the observer writes.
pub(super) fn describe(decision: &RecordedDecision) -> String {
    decision.outcome().to_string()
}
