//! A thread that serves: its listening sockets, its connections, its share of the counts.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use corsage_enforce::News;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use crate::accept::accept;
use crate::clock;
use crate::connection::{Conn, Context, Overdue, serve};
use crate::listener::Listener;
use crate::live::Live;
use crate::observe::{LogBuffer, LogSink, Metrics};
use crate::refused_preflights::RefusedPreflights;

/// How often overdue connections are looked for, and log lines handed over.
const TICK: Duration = Duration::from_millis(500);
/// So many ticks apart it is looked whether a client that is being served is still there.
const LOOK_TICKS: u64 = 4;
/// While draining: a connection that has been silent for so long has no request on its way.
const DRAIN_SILENCE: Duration = Duration::from_secs(1);

/// A serving thread comes round twice a second. One that has not for so long does not serve.
const STUCK_MS: u64 = 10_000;

/// Sets the level of the log, by a filter such as `debug`; says what is wrong with the filter.
pub(crate) type SetLogLevel = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// What all threads share.
pub(crate) struct Shared {
    pub(crate) live: ArcSwap<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) refused: News,
    pub(crate) log: Arc<LogSink>,
    /// Responses say `Connection: close`.
    pub(crate) closing: AtomicBool,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) connections: AtomicUsize,
    /// Listening sockets from which connections still come.
    pub(crate) accepting: AtomicUsize,
    pub(crate) upstream_requests: Arc<AtomicUsize>,
    pub(crate) refused_preflights: RefusedPreflights,
    set_log_level: Option<SetLogLevel>,
    per_ip: Mutex<HashMap<IpAddr, usize>>,
    /// Bytes of heads that have begun and not ended, on all connections.
    pub(crate) heads: AtomicUsize,
    /// When each serving thread last came round, on [`clock::now_ms`]; 0 before it has begun, and once it has ended.
    pub(crate) rounds: Box<[AtomicU64]>,
}

/// What a gateway is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Accepting and answering.
    Serving,
    /// Answering what has been accepted.
    Draining,
    /// Dropping what is left.
    Ended,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("phase", &*self.phase.borrow()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(
        live: Live,
        metrics: Arc<Metrics>,
        log: Arc<LogSink>,
        set_log_level: Option<SetLogLevel>,
        threads: usize,
    ) -> Self {
        Self {
            live: ArcSwap::from_pointee(live),
            metrics,
            refused: News::default(),
            log,
            closing: AtomicBool::new(false),
            phase: watch::Sender::new(Phase::Serving),
            connections: AtomicUsize::new(0),
            accepting: AtomicUsize::new(0),
            upstream_requests: Arc::default(),
            refused_preflights: RefusedPreflights::default(),
            set_log_level,
            per_ip: Mutex::default(),
            heads: AtomicUsize::new(0),
            rounds: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The serving threads that have not come round for so long that they must be stuck.
    pub(crate) fn stuck_threads(&self) -> Vec<usize> {
        let now_ms = clock::now_ms();
        let is_stuck = |round: &AtomicU64| match round.load(Relaxed) {
            0 => false,
            round_ms => now_ms.saturating_sub(round_ms) > STUCK_MS,
        };
        (0..self.rounds.len()).filter(|&thread| is_stuck(&self.rounds[thread])).collect()
    }

    pub(crate) fn set_log_level(&self, filter: &str) -> Result<(), String> {
        match &self.set_log_level {
            Some(set) => set(filter),
            None => Err("the program around this gateway does not let its log level be set".into()),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        let max = self.live.load().settings.limits.connections;
        max.is_some_and(|max| self.connections.load(Relaxed) >= max as usize)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Relaxed)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_closing() && *self.phase.borrow() >= Phase::Draining
    }
}

pub(crate) struct Worker {
    pub(crate) id: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) log: LogBuffer,
    conns: Mutex<HashMap<u64, Arc<Conn>>>,
    ticks: AtomicU64,
}

impl Worker {
    pub(crate) fn new(id: usize, shared: Arc<Shared>) -> Self {
        let log = LogBuffer::new(Arc::clone(&shared.log));
        Self { id, shared, log, conns: Mutex::default(), ticks: AtomicU64::new(0) }
    }

    fn conns(&self) -> MutexGuard<'_, HashMap<u64, Arc<Conn>>> {
        self.conns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves until the gateway has ended.
    pub(crate) async fn run(
        self: Arc<Self>,
        listeners: Vec<(usize, Listener<TcpListener>)>,
        mut dealt: mpsc::UnboundedReceiver<Dealt>,
    ) {
        let mut accepting = tokio::task::JoinSet::new();
        for (index, listener) in listeners {
            let worker = Arc::clone(&self);
            let shared = Arc::clone(&self.shared);
            accepting.spawn(accept(listener, shared, move |stream, peer| {
                worker.open(Dealt { stream, peer, listener: index });
            }));
        }
        let mut phase = self.shared.phase.subscribe();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(connection) = dealt.recv() => self.open_std(connection),
                _ = ticks.tick() => self.tick(),
                changed = phase.changed() => {
                    let now = *phase.borrow_and_update();
                    if changed.is_err() || now == Phase::Ended {
                        break;
                    }
                    if now == Phase::Draining {
                        // Those that are accepted from now on see the phase themselves.
                        for conn in self.conns().values() {
                            conn.drain();
                        }
                    }
                }
            }
        }
        for conn in self.conns().values() {
            conn.kill();
        }
        self.log.hand_over();
        self.shared.rounds[self.id].store(0, Relaxed);
    }

    fn open_std(self: &Arc<Self>, dealt: Dealt<std::net::TcpStream>) {
        if let Ok(stream) = TcpStream::from_std(dealt.stream) {
            self.open(Dealt { stream, peer: dealt.peer, listener: dealt.listener });
        }
    }

    fn open(self: &Arc<Self>, dealt: Dealt<TcpStream>) {
        let Some(slot) = Slot::take(self, dealt.peer.ip()) else {
            self.shared.metrics.connections_refused.fetch_add(1, Relaxed);
            return;
        };
        let live = self.shared.live.load_full();
        tokio::spawn(serve(Context {
            worker: Arc::clone(self),
            live,
            listener: dealt.listener,
            stream: dealt.stream,
            peer: dealt.peer,
            slot,
        }));
    }

    fn tick(&self) {
        let now = clock::now_ms();
        self.shared.rounds[self.id].store(now, Relaxed);
        let live = self.shared.live.load();
        let timeouts = &live.settings.timeouts;
        let draining = self.shared.is_draining();
        let turn = self.ticks.fetch_add(1, Relaxed);
        for (key, conn) in &*self.conns() {
            if conn.is_busy() && (key + turn).is_multiple_of(LOOK_TICKS) {
                conn.look_for_client();
            }
            if let Some(overdue) = conn.overdue(now, timeouts) {
                if overdue == Overdue::Idle && !conn.is_draining() {
                    // HTTP/2 clients are told before; this one goes with the next tick.
                    conn.drain();
                    continue;
                }
                if overdue != Overdue::Idle {
                    self.shared.metrics.connections_timed_out.fetch_add(1, Relaxed);
                    tracing::debug!(peer = %conn.peer.addr, ?overdue, "connection timed out");
                }
                conn.kill();
            } else if draining && conn.idle_for(now).is_some_and(|idle| idle >= DRAIN_SILENCE) {
                conn.kill();
            } else if !conn.is_busy() {
                conn.raw().shrink();
            }
        }
        for group in &live.groups {
            for member in &group.cluster.members {
                member.endpoint.pool(self.id).prune(&group.pool);
            }
        }
        for endpoint in live.leaving.iter().filter_map(Weak::upgrade) {
            endpoint.pool(self.id).close_idle();
        }
        self.log.hand_over();
    }
}

/// A connection on its way to the thread that will serve it.
pub(crate) struct Dealt<S = std::net::TcpStream> {
    pub(crate) stream: S,
    pub(crate) peer: SocketAddr,
    /// Index into the settings' `listen`.
    pub(crate) listener: usize,
}

/// Waits for a phase, or for the end of whoever announces it.
pub(crate) async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    let _ = phase.wait_for(|phase| *phase >= wanted).await;
}

/// A place among the connections, given back on drop.
pub(crate) struct Slot {
    worker: Arc<Worker>,
    ip: IpAddr,
    counted: Counted,
    key: Option<u64>,
}

/// Whether this connection is counted by its address.
#[derive(PartialEq, Eq)]
enum Counted {
    PerIp,
    InTotal,
}

impl Slot {
    fn take(worker: &Arc<Worker>, ip: IpAddr) -> Option<Self> {
        let shared = &worker.shared;
        let live = shared.live.load();
        let limits = &live.settings.limits;
        if shared.connections.fetch_add(1, Relaxed)
            >= limits.connections.map_or(usize::MAX, |max| max as usize)
        {
            shared.connections.fetch_sub(1, Relaxed);
            return None;
        }
        let mut counted = Counted::InTotal;
        if let Some(max) = limits.connections_per_ip {
            let mut per_ip = shared.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            let count = per_ip.entry(ip).or_default();
            if *count >= max as usize {
                shared.connections.fetch_sub(1, Relaxed);
                return None;
            }
            *count += 1;
            counted = Counted::PerIp;
        }
        shared.metrics.connections_accepted.fetch_add(1, Relaxed);
        shared.metrics.connections.fetch_add(1, Relaxed);
        Some(Self { worker: Arc::clone(worker), ip, counted, key: None })
    }

    /// Lets the thread see the connection.
    pub(crate) fn register(&mut self, conn: &Arc<Conn>) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let key = NEXT.fetch_add(1, Relaxed);
        self.worker.conns().insert(key, Arc::clone(conn));
        self.key = Some(key);
        if self.worker.shared.is_draining() {
            conn.drain();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let shared = &self.worker.shared;
        if let Some(conn) = self.key.and_then(|key| self.worker.conns().remove(&key)) {
            conn.head_share.settle(0, &shared.heads);
        }
        if self.counted == Counted::PerIp {
            let mut per_ip = shared.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = per_ip.get_mut(&self.ip) {
                *count -= 1;
                if *count == 0 {
                    per_ip.remove(&self.ip);
                }
            }
        }
        shared.metrics.connections.fetch_sub(1, Relaxed);
        shared.connections.fetch_sub(1, Relaxed);
    }
}
