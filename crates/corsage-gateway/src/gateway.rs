//! A gateway that is to be started.

use std::fmt;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use corsage_config::{Acceptor, AccessLog, Config, Threads};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::accept::accept;
use crate::control::Control;
use crate::listener::{self, Listener, Neighbour};
use crate::live::Live;
use crate::observe::{LogSink, Metrics, Output, OwnLog};
use crate::running::RunningGateway;
use crate::start::{StartError, spawn};
use crate::worker::{Dealt, SetLogLevel, Shared, Worker};

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
    /// Other proxies, which ask a [`Judge`](crate::Judge).
    Judges,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("inherited", &self.inherited).finish_non_exhaustive()
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
        let out = match self.access_log {
            Some(out) => Output::Stream(out),
            None => Output::open(&live.settings.log.access).map_err(StartError::AccessLog)?,
        };
        if let Some(own) = self.own_log {
            let _ = metrics.own_log_lost.set(own.lost());
        }
        let lost = Arc::clone(&metrics.access_log_lost);
        let log = LogSink::new(lost, out, Vec::new).map_err(StartError::Thread)?;
        let shared =
            Arc::new(Shared::new(live, metrics, Arc::new(log), self.set_log_level, threads));

        let (handles, control) = start_threads(&shared, sockets, serving, self.neighbour)?;
        Ok(RunningGateway { shared, control, threads, handles: Mutex::new(handles), local_addrs })
    }
}

/// A thread for each worker, one that deals connections out if that is how they are accepted, and the one beside them.
fn start_threads(
    shared: &Arc<Shared>,
    sockets: Vec<Vec<Listener>>,
    serving: usize,
    neighbour: Neighbour,
) -> Result<(Vec<JoinHandle<()>>, Control), StartError> {
    let settings = &shared.live.load_full().settings;
    let mut per_thread: Vec<Vec<(usize, Listener)>> = (0..serving).map(|_| Vec::new()).collect();
    let mut dealt_sockets = Vec::new();
    for (index, sockets) in sockets.into_iter().enumerate() {
        for (thread, socket) in sockets.into_iter().enumerate() {
            match settings.acceptor {
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
        let worker = Arc::new(Worker::new(id, Arc::clone(shared)));
        handles.push(spawn(format!("corsage-{id}"), move || async move {
            worker.run(listeners(sockets), dealt).await;
        })?);
    }
    let control = Control::start(Arc::clone(shared), settings.admin.listen, neighbour)?;
    if !dealt_sockets.is_empty() {
        let shared = Arc::clone(shared);
        handles.push(spawn("corsage-accept".to_owned(), move || {
            deal(shared, dealt_sockets, dealers)
        })?);
    }
    Ok((handles, control))
}

/// Accepts connections for all workers, who get them in turn.
async fn deal(
    shared: Arc<Shared>,
    sockets: Vec<(usize, Listener)>,
    dealers: Vec<mpsc::UnboundedSender<Dealt>>,
) {
    let (turn, dealers) = (&AtomicUsize::new(0), &dealers);
    let accepting = listeners(sockets).into_iter().map(|(index, listener)| {
        accept(listener, Arc::clone(&shared), move |stream, peer| {
            let next = turn.fetch_add(1, Relaxed) % dealers.len();
            if let Ok(stream) = stream.into_std() {
                let _ = dealers[next].send(Dealt { stream, peer, listener: index });
            }
        })
    });
    futures_util::future::join_all(accepting).await;
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
