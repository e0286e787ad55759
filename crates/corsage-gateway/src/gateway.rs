//! A gateway from its start to its end.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use corsage_config::{Acceptor, AccessLog, Config, Threads};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::accept::accept;
use crate::control::Control;
use crate::judge::Judge;
use crate::lifecycle::open_log;
use crate::listener::{self, Listener, Neighbour};
use crate::live::{CompileError, Live};
use crate::observe::{LogSink, Metrics, Output, OwnLog};
use crate::worker::{Dealt, Phase, SetLogLevel, Shared, Worker};

/// Starts gateways.
///
/// ```no_run
/// use corsage_gateway::Gateway;
///
/// let config = corsage_config::parse(
///     r#"
///     [gateway]
///     listen = "127.0.0.1:0"
///     upstreams = "http://127.0.0.1:3000"
///     admin = { listen = "off" }
///
///     [[policy]]
///     allow_origins = ["https://app.example.com"]
///     "#,
///     "corsage.toml",
/// )?;
/// let gateway = Gateway::start(&config)?;
/// println!("http://{}", gateway.local_addrs()[0]);
/// gateway.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Gateway {
    inherited: Vec<std::net::TcpListener>,
    access_log: Option<Box<dyn Write + Send>>,
    set_log_level: Option<SetLogLevel>,
    own_log: Option<OwnLog>,
    neighbour: Neighbour,
    serves: Serves,
}

/// Whom a gateway serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Serves {
    /// Clients, on the addresses of its settings.
    Clients,
    /// Other proxies, which ask a [`Judge`].
    Judges,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("inherited", &self.inherited).finish_non_exhaustive()
    }
}

/// Why a gateway does not start, or does not take a new configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be put to work.
    #[error("{0}")]
    Config(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {addr}: {source}{}", if source.kind() == io::ErrorKind::AddrInUse {
        "; to take the place of a gateway that runs there, say so (`--replace`)"
    } else {
        ""
    })]
    Listen {
        /// Which.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no address to listen on.
    #[error("there is no address to listen on; name one, as in 127.0.0.1:8080")]
    NoListener,
    /// The access log cannot be written.
    #[error("the access log cannot be opened: {0}")]
    AccessLog(io::Error),
    /// The system gives no thread, or no socket.
    #[error("the system does not let a thread start: {0}")]
    Thread(io::Error),
}

impl From<CompileError> for StartError {
    fn from(error: CompileError) -> Self {
        Self::Config(error.to_string())
    }
}

impl Gateway {
    /// Starts a gateway with everything as usual: the access log, if any, goes to standard output.
    ///
    /// # Errors
    /// If an address is taken, or the configuration cannot be put to work.
    pub fn start(config: &Config) -> Result<RunningGateway, StartError> {
        Self::builder().run(config)
    }

    /// For what is not usual.
    #[must_use]
    pub fn builder() -> Self {
        Self {
            inherited: Vec::new(),
            access_log: None,
            set_log_level: None,
            own_log: None,
            neighbour: Neighbour::Respect,
            serves: Serves::Clients,
        }
    }

    /// Uses sockets that are open already, in the order of the settings' `listen`.
    #[must_use]
    pub fn listeners(mut self, sockets: Vec<std::net::TcpListener>) -> Self {
        self.inherited = sockets;
        self
    }

    /// Writes the access log to somewhere else than standard output.
    #[must_use]
    pub fn access_log(mut self, out: Box<dyn Write + Send>) -> Self {
        self.access_log = Some(out);
        self
    }

    /// Lets a reload, and `PUT /log-level`, set the level of the log: `set` gets a filter such as `debug`, and
    /// says what is wrong with it.
    #[must_use]
    pub fn log_level(
        mut self,
        set: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.set_log_level = Some(Box::new(set));
        self
    }

    /// Starts although another gateway listens on the same addresses, to take its place: both get connections until
    /// the other one ends. Without this, [`run`](Self::run) fails where somebody listens.
    #[must_use]
    pub fn replacing(mut self) -> Self {
        self.neighbour = Neighbour::Replace;
        self
    }

    /// Listens nowhere but on the admin address: requests are served by somebody else, who asks
    /// [`RunningGateway::judges`] about them.
    #[must_use]
    pub fn judging(mut self) -> Self {
        self.serves = Serves::Judges;
        self
    }

    /// Whether a configuration could be put to work here: certificates and keys are read, and belong together; the
    /// access log has a directory. Nothing is opened that is not closed again, and no address is taken.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn check(config: &Config) -> Result<(), StartError> {
        Live::compile(config, 1, &Metrics::default(), None)?;
        if let AccessLog::File(file) = &config.gateway.log.access {
            let directory = match file.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            let directory_is = std::fs::metadata(directory).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", directory.display()))
            });
            if !directory_is.map_err(StartError::AccessLog)?.is_dir() {
                let message = format!("{} is no directory", directory.display());
                return Err(StartError::AccessLog(io::Error::other(message)));
            }
        }
        Ok(())
    }

    /// Counts what the program's own log loses in the gateway's metrics.
    #[must_use]
    pub fn own_log(mut self, log: &OwnLog) -> Self {
        self.own_log = Some(log.clone());
        self
    }

    /// Starts the gateway: when this returns, it accepts connections.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn run(self, config: &Config) -> Result<RunningGateway, StartError> {
        let threads = threads(config);
        let mode = config.gateway.acceptor;
        let metrics = Arc::new(Metrics::default());
        let mut config = config.clone();
        if self.serves == Serves::Judges {
            config.gateway.listen.clear();
        }
        let live = Live::compile(&config, threads, &metrics, None)?;
        let (serving, sockets) = match self.serves {
            Serves::Clients if live.settings.listen.is_empty() => {
                return Err(StartError::NoListener);
            }
            Serves::Clients => {
                (threads, open(&live, self.inherited, threads, mode, self.neighbour)?)
            }
            Serves::Judges => (0, Vec::new()),
        };
        let mut local_addrs = Vec::new();
        for (sockets, listen) in sockets.iter().zip(&live.settings.listen) {
            let addr = sockets[0].socket.local_addr();
            local_addrs
                .push(addr.map_err(|source| StartError::Listen { addr: listen.address, source })?);
        }
        let admin = live.settings.admin.listen;
        let out = match self.access_log {
            Some(out) => Output::Stream(out),
            None => open_log(&live.settings.log.access).map_err(StartError::AccessLog)?,
        };
        if let Some(own) = self.own_log {
            let _ = metrics.own_log_lost.set(own.lost());
        }
        let lost = Arc::clone(&metrics.access_log_lost);
        let log = LogSink::new(lost, out, Vec::new).map_err(StartError::Thread)?;
        let shared =
            Arc::new(Shared::new(live, metrics, Arc::new(log), self.set_log_level, threads));

        let mut per_thread: Vec<Vec<(usize, Listener)>> =
            (0..serving).map(|_| Vec::new()).collect();
        let mut dealt_sockets = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            for (thread, socket) in sockets.into_iter().enumerate() {
                match mode {
                    Acceptor::PerThread => per_thread[thread].push((index, socket)),
                    Acceptor::Single => dealt_sockets.push((index, socket)),
                }
            }
        }
        let mut dealers = Vec::new();
        let mut handles = Vec::new();
        for (id, sockets) in per_thread.into_iter().enumerate() {
            let (dealer, dealt) = mpsc::unbounded_channel();
            dealers.push(dealer);
            let worker = Arc::new(Worker::new(id, Arc::clone(&shared)));
            handles.push(spawn(format!("corsage-{id}"), move || async move {
                worker.run(listeners(sockets), dealt).await;
            })?);
        }
        let control = Control::start(Arc::clone(&shared), admin, self.neighbour)?;
        if !dealt_sockets.is_empty() {
            let accept_shared = Arc::clone(&shared);
            handles.push(spawn("corsage-accept".to_owned(), move || async move {
                let turn = Arc::new(std::sync::atomic::AtomicUsize::new(0));
                let accepting = listeners(dealt_sockets).into_iter().map(|(index, listener)| {
                    let (turn, dealers) = (Arc::clone(&turn), dealers.clone());
                    accept(listener, Arc::clone(&accept_shared), move |stream, peer| {
                        let next = turn.fetch_add(1, Relaxed) % dealers.len();
                        if let Ok(stream) = stream.into_std() {
                            let _ = dealers[next].send(Dealt { stream, peer, listener: index });
                        }
                    })
                });
                futures_util::future::join_all(accepting).await;
            })?);
        }
        Ok(RunningGateway { shared, control, threads, handles: Mutex::new(handles), local_addrs })
    }
}

fn threads(config: &Config) -> usize {
    match config.gateway.threads {
        Threads::Count(count) => usize::from(count.max(1)),
        Threads::Auto => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
    }
}

/// The sockets of every listener.
fn open(
    live: &Live,
    inherited: Vec<std::net::TcpListener>,
    threads: usize,
    mode: Acceptor,
    neighbour: Neighbour,
) -> Result<Vec<Vec<Listener>>, StartError> {
    let count = match mode {
        Acceptor::PerThread => threads,
        Acceptor::Single => 1,
    };
    let mut inherited = inherited.into_iter();
    live.settings
        .listen
        .iter()
        .map(|listen| {
            let sockets = match inherited.next() {
                Some(socket) => listener::share(&socket, count),
                None => listener::bind(listen.address, count, neighbour),
            };
            sockets.map_err(|source| StartError::Listen { addr: listen.address, source })
        })
        .collect()
}

fn listeners(sockets: Vec<(usize, Listener)>) -> Vec<(usize, Listener<TcpListener>)> {
    let registered = sockets.into_iter().filter_map(|(index, socket)| {
        match socket.try_map(TcpListener::from_std) {
            Ok(listener) => Some((index, listener)),
            Err(error) => {
                tracing::error!(%error, "a listening socket is of no use");
                None
            }
        }
    });
    registered.collect()
}

/// A thread with a runtime of its own.
pub(crate) fn spawn<F>(
    name: String,
    run: impl FnOnce() -> F + Send + 'static,
) -> Result<JoinHandle<()>, StartError>
where
    F: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build()
        .map_err(StartError::Thread)?;
    std::thread::Builder::new()
        .name(name)
        .spawn(move || runtime.block_on(run()))
        .map_err(StartError::Thread)
}

/// A gateway that serves. Dropped, it ends at once; [`shutdown`](Self::shutdown) lets requests end.
#[derive(Debug)]
pub struct RunningGateway {
    shared: Arc<Shared>,
    control: Control,
    threads: usize,
    handles: Mutex<Vec<JoinHandle<()>>>,
    local_addrs: Vec<SocketAddr>,
}

impl RunningGateway {
    /// Where it listens, in the order of the settings' `listen`.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// Those who may be asked about requests that somebody else serves: one for each thread, and no more, of a gateway
    /// that is [`judging`](Gateway::judging).
    #[must_use]
    pub fn judges(&self) -> Vec<Judge> {
        (0..self.threads).map(|id| Judge::new(id, &self.shared)).collect()
    }

    /// Where `/metrics` and the rest are served.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.control.admin_addr()
    }

    /// Puts a new configuration in force, whole, between two requests. Addresses, threads and the
    /// way of accepting stay as they were.
    ///
    /// # Errors
    /// If it cannot be put to work; the old one stays in force then.
    pub fn reload(&self, config: &Config) -> Result<(), StartError> {
        let before = self.shared.live.load_full();
        let metrics = &self.shared.metrics;
        match Live::compile(config, self.threads, metrics, Some(&before)) {
            Ok(live) => {
                let log = &live.settings.log.access;
                if *log != before.settings.log.access {
                    self.shared.log.redirect(open_log(log).map_err(StartError::AccessLog)?);
                }
                let level = live.settings.log.level;
                if level != before.settings.log.level
                    && let Err(error) = self.shared.set_log_level(level.as_str())
                {
                    tracing::warn!(error, "the log's level stays as it was");
                }
                // Whoever sees the new policy at work is told of it by the metrics too.
                metrics.reloads_succeeded.fetch_add(1, Relaxed);
                metrics.last_reload_failed.store(false, Relaxed);
                self.shared.live.store(Arc::new(live));
                self.shared.refused.clear();
                self.control.reloaded();
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a new configuration was of no use, so that metrics tell.
    pub fn reload_failed(&self) {
        let metrics = &self.shared.metrics;
        metrics.reloads_failed.fetch_add(1, Relaxed);
        metrics.last_reload_failed.store(true, Relaxed);
    }

    /// Opens the access log's file again, after it was moved away.
    pub fn reopen_log(&self) {
        let live = self.shared.live.load();
        match open_log(&live.settings.log.access) {
            Ok(out) => self.shared.log.redirect(out),
            Err(error) => tracing::error!(%error, "the access log cannot be opened again"),
        }
    }

    /// The version in force: 1 at first, one more with every reload.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.shared.live.load().version
    }

    /// Ends as told by the settings: readiness fails, `drain_delay` passes, nothing more is
    /// accepted, what is under way may take `drain` to end. Blocks until then.
    pub fn shutdown(&self) {
        let live = self.shared.live.load_full();
        let settings = &live.settings;
        self.shared.closing.store(true, Relaxed);
        let ended = |limit: Duration, done: &dyn Fn() -> bool| {
            let since = Instant::now();
            while !done() && since.elapsed() < limit {
                std::thread::sleep(Duration::from_millis(10).min(limit));
            }
        };
        ended(settings.drain_delay, &|| self.is_ended());
        if !self.is_ended() {
            self.shared.phase.send_replace(Phase::Draining);
        }
        ended(settings.drain_timeout, &|| {
            self.is_ended() || self.shared.accepting.load(SeqCst) == 0
        });
        // The last connections are counted by the threads that they have been dealt to.
        let began = Instant::now();
        ended(settings.drain_timeout, &|| {
            self.is_ended()
                || (began.elapsed() > Duration::from_millis(50)
                    && self.shared.connections.load(Relaxed) == 0)
        });
        self.end();
    }

    /// Ends at once.
    pub fn end(&self) {
        self.shared.phase.send_replace(Phase::Ended);
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        for handle in handles.drain(..) {
            let _ = handle.join();
        }
        self.control.end();
        self.shared.log.flush();
    }

    /// Whether every serving thread still comes round. One that does not serves nobody.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.shared.stuck_threads().is_empty()
    }

    fn is_ended(&self) -> bool {
        *self.shared.phase.borrow() == Phase::Ended
    }
}

impl Drop for RunningGateway {
    fn drop(&mut self) {
        self.end();
    }
}
