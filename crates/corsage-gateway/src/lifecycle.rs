//! A gateway as a service: signals, reload, and what the service manager is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use corsage_config::{Config, Watch};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::gateway::Gateway;
use crate::listener;
use crate::running::RunningGateway;
use crate::start::StartError;

/// Changes come in bursts: an editor writes, renames, and sets modes. This long after the last of
/// them the file is read.
const SETTLE: Duration = Duration::from_millis(200);

/// Where a service's configuration comes from.
pub trait Source: Send + Sync + 'static {
    /// Reads it again.
    ///
    /// # Errors
    /// The whole report, for people.
    fn load(&self) -> Result<Config, String>;

    /// The file to watch, if there is one.
    fn file(&self) -> Option<&Path>;
}

impl Gateway {
    /// Serves until SIGTERM or SIGINT, and lets requests end then; a second signal ends at once.
    ///
    /// SIGHUP, and a change of the file if the settings say so, read the configuration again. SIGUSR1
    /// opens the access log again. Sockets passed by `LISTEN_FDS` are used; a service manager that
    /// listens (`NOTIFY_SOCKET`) is told what happens. `started` is called once connections are
    /// accepted.
    ///
    /// # Errors
    /// If the gateway does not start. What goes wrong later is logged.
    pub fn serve(
        self,
        config: &Config,
        source: &impl Source,
        started: impl FnOnce(&RunningGateway),
    ) -> Result<(), StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        runtime.block_on(async {
            // Before anything is served: a signal that comes early must not kill.
            let mut signals = Signals::new().map_err(StartError::Thread)?;
            raise_descriptors();
            let inherited = listener::inherited().map_err(StartError::Thread)?;
            let gateway = Arc::new(self.listeners(inherited).run(config)?);
            let mut changes = Changes::watch(source.file(), config);
            // What changed between its reading and its being watched has made no event.
            if source.load().is_ok_and(|now| now.fingerprint() != config.fingerprint()) {
                reload(&gateway, source, &mut changes);
            }
            started(&gateway);
            tell(&[NotifyState::Ready]);
            let mut watchdog = watchdog();
            loop {
                tokio::select! {
                    _ = signals.terminate.recv() => break,
                    _ = signals.interrupt.recv() => break,
                    _ = signals.hangup.recv() => {
                        reload(&gateway, source, &mut changes);
                    }
                    _ = signals.user1.recv() => gateway.reopen_log(),
                    () = changes.settled() => {
                        if changes.are_real() {
                            reload(&gateway, source, &mut changes);
                        }
                    }
                    () = tick(&mut watchdog) => still_here(&gateway),
                }
            }
            tell(&[NotifyState::Stopping]);
            tracing::info!("shutting down; a second signal ends at once");
            let (done, mut ended) = mpsc::channel(1);
            let draining = Arc::clone(&gateway);
            let drain = thread::spawn(move || {
                draining.shutdown();
                let _ = done.blocking_send(());
            });
            loop {
                tokio::select! {
                    _ = ended.recv() => break,
                    _ = signals.terminate.recv() => gateway.end(),
                    _ = signals.interrupt.recv() => gateway.end(),
                    () = tick(&mut watchdog) => still_here(&gateway),
                }
            }
            let _ = drain.join();
            Ok(())
        })
    }
}

/// Two descriptors a request: the soft limit of 1,024 that systems start with is for programs that use `select`.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, current = limit.current, "the limit of open files stays low");
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    user1: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
        })
    }
}

fn reload(gateway: &RunningGateway, source: &impl Source, changes: &mut Changes) {
    let reloading = NotifyState::monotonic_usec_now();
    if let Ok(now) = reloading {
        tell(&[NotifyState::Reloading, now]);
    }
    // Before it is read: a change while it is read is a change.
    changes.contents = changes.read();
    let result = source.load().and_then(|config| {
        gateway.reload(&config).map_err(|error| error.to_string())?;
        changes.follow(&config);
        Ok(config)
    });
    match result {
        Ok(config) => {
            for remark in config.remarks.iter() {
                tracing::warn!(field = remark.field, "{}; {}", remark.cause, remark.way_out);
            }
            tracing::info!(version = gateway.version(), "configuration reloaded");
        }
        Err(report) => {
            gateway.reload_failed();
            tracing::error!(
                version = gateway.version(),
                "configuration not reloaded, the old one stays in force:\n{report}"
            );
        }
    }
    tell(&[NotifyState::Ready]);
}

/// Tells the service manager, if there is one.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}

/// The service manager restarts what does not say this: a gateway with a thread that is stuck must not.
fn still_here(gateway: &RunningGateway) {
    if gateway.is_alive() {
        tell(&[NotifyState::Watchdog]);
    }
}

/// Twice as often as the service manager wants to hear from us.
fn watchdog() -> Option<tokio::time::Interval> {
    let every = sd_notify::watchdog_enabled()? / 2;
    (!every.is_zero()).then(|| tokio::time::interval(every))
}

async fn tick(watchdog: &mut Option<tokio::time::Interval>) {
    match watchdog {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}

/// Changes of the files that a configuration is made of.
struct Changes {
    file: Option<PathBuf>,
    files: Vec<PathBuf>,
    contents: u64,
    events: mpsc::UnboundedReceiver<()>,
    /// When the last of those changes came that have not been dealt with.
    last: Option<Instant>,
    sender: mpsc::UnboundedSender<()>,
    /// Watches as long as it lives.
    watcher: Option<notify::RecommendedWatcher>,
}

impl Changes {
    fn watch(file: Option<&Path>, config: &Config) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let mut changes = Self {
            file: file.map(Path::to_owned),
            files: Vec::new(),
            contents: 0,
            events,
            last: None,
            sender,
            watcher: None,
        };
        changes.follow(config);
        changes
    }

    /// Watches what this configuration names, and remembers what is in it.
    fn follow(&mut self, config: &Config) {
        let before = std::mem::take(&mut self.files);
        self.files = self.file.iter().cloned().collect();
        for tls in config.gateway.listen.iter().filter_map(|listen| listen.tls.as_ref()) {
            for certificate in &tls.certificates {
                self.files.extend([certificate.certificate.clone(), certificate.key.clone()]);
            }
            self.files.extend_from_slice(&tls.client_roots);
        }
        for tls in config.gateway.upstreams.iter().map(|upstream| &upstream.tls) {
            self.files.extend_from_slice(&tls.roots);
            self.files.extend(tls.certificate.iter().chain(&tls.key).cloned());
        }
        if self.files != before {
            self.contents = self.read();
        } else if self.watcher.is_some() && config.gateway.reload == Watch::Watch {
            return;
        }
        self.watcher = None;
        if config.gateway.reload == Watch::Watch && !self.files.is_empty() {
            match self.watcher() {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(error) => {
                    tracing::warn!(%error, "files cannot be watched; send SIGHUP after a change");
                }
            }
        }
    }

    fn watcher(&self) -> notify::Result<notify::RecommendedWatcher> {
        let sender = self.sender.clone();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // Reading a file is an event too, and ours would follow each other for ever.
                if event.is_ok_and(|event| !event.kind.is_access()) {
                    let _ = sender.send(());
                }
            })?;
        // Directories, not files: editors replace files, and Kubernetes swaps a symbolic link.
        let mut directories: Vec<&Path> = self
            .files
            .iter()
            .map(|file| match file.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            })
            .collect();
        directories.sort_unstable();
        directories.dedup();
        for directory in directories {
            notify::Watcher::watch(&mut watcher, directory, notify::RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    }

    /// Waits for changes to come, and to end. May be dropped while it waits: what has come is
    /// remembered.
    async fn settled(&mut self) {
        if self.last.is_none() {
            if self.events.recv().await.is_none() {
                std::future::pending::<()>().await;
            }
            self.last = Some(Instant::now());
        }
        while let Some(last) = self.last
            && tokio::time::timeout_at(last + SETTLE, self.events.recv()).await.is_ok()
        {
            self.last = Some(Instant::now());
        }
        self.last = None;
    }

    /// Whether what we read has changed: other files may share the directory.
    fn are_real(&self) -> bool {
        self.read() != self.contents
    }

    fn read(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        for file in &self.files {
            std::fs::read(file).ok().hash(&mut hasher);
        }
        hasher.finish()
    }
}
