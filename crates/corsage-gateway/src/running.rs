//! A gateway that serves, from its first request to its last.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use corsage_config::Config;

use crate::control::Control;
use crate::judge::Judge;
use crate::live::Live;
use crate::observe::Output;
use crate::start::StartError;
use crate::worker::{Phase, Shared};

/// A gateway that serves. Dropped, it ends at once; [`shutdown`](Self::shutdown) lets requests end.
#[derive(Debug)]
pub struct RunningGateway {
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: Control,
    pub(crate) threads: usize,
    pub(crate) handles: Mutex<Vec<JoinHandle<()>>>,
    pub(crate) local_addrs: Vec<SocketAddr>,
}

impl RunningGateway {
    /// Where it listens, in the order of the settings' `listen`.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// Those who may be asked about requests that somebody else serves: one for each thread, and no more, of a gateway
    /// that is [`judging`](crate::Gateway::judging).
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
                    self.shared.log.redirect(Output::open(log).map_err(StartError::AccessLog)?);
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
        match Output::open(&live.settings.log.access) {
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
