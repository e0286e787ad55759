//! The account of one request, from its head to its response's last byte; settled on drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::body::{BodyError, UploadProgress};
use crate::connection::Conn;
use crate::observe::{Finish, LogEntry, Outcome, RouteMetrics};
use crate::worker::Worker;

pub(crate) struct Exchange {
    pub(crate) conn: Arc<Conn>,
    pub(crate) worker: Arc<Worker>,
    pub(crate) route: Arc<RouteMetrics>,
    pub(crate) outcome: Outcome,
    pub(crate) status: StatusCode,
    pub(crate) upload: Option<Arc<UploadProgress>>,
    pub(crate) upstream: Option<Duration>,
    pub(crate) log: Option<LogEntry>,
    /// Counted among the requests that are with an upstream: all, and those of its group.
    pub(crate) tickets: [Option<Ticket>; 2],
    pub(crate) started: Instant,
    pub(crate) speaks: Speaks,
    bytes_out: u64,
    ending: Ending,
}

/// In what errors of ours are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// A line of text.
    Http,
    /// gRPC's own status.
    Grpc,
}

/// How far the response has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Nothing of an upstream's body is owed.
    Whole,
    /// An upstream's body is on its way.
    Owed,
}

impl Exchange {
    pub(crate) fn begin(conn: &Arc<Conn>, worker: &Arc<Worker>, route: &Arc<RouteMetrics>) -> Self {
        conn.request_began();
        if conn.head_share.is_taken() {
            conn.head_share.settle(0, &worker.shared.heads);
        }
        Self {
            conn: Arc::clone(conn),
            worker: Arc::clone(worker),
            route: Arc::clone(route),
            outcome: Outcome::Aborted,
            status: StatusCode::OK,
            upload: None,
            upstream: None,
            log: None,
            tickets: [None, None],
            started: Instant::now(),
            speaks: Speaks::Http,
            bytes_out: 0,
            ending: Ending::Whole,
        }
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.bytes_out += bytes as u64;
    }

    /// An upstream's body follows; it counts as broken off until it has ended.
    pub(crate) fn owes_body(&mut self) {
        self.ending = Ending::Owed;
    }

    pub(crate) fn completed(&mut self) {
        self.ending = Ending::Whole;
    }

    pub(crate) fn broke_off(&mut self, error: &BodyError) {
        tracing::debug!(%error, "the upstream's response broke off");
        if let Some(log) = &mut self.log {
            log.error = Some(match error {
                BodyError::Sender(_) => "upstream-broke-off",
                BodyError::TooLarge => "body-too-large",
                BodyError::TooSlow => "body-too-slow",
                BodyError::Idle => "upstream-idle",
                BodyError::Total => "request-timeout",
            });
        }
    }
}

/// A request that waits for, or has, an upstream.
pub(crate) struct Ticket(Arc<AtomicUsize>);

impl Ticket {
    /// One more of those that are counted here, unless there are as many as may be.
    pub(crate) fn take(count: &Arc<AtomicUsize>, limit: u32) -> Option<Self> {
        let ticket = Self(Arc::clone(count));
        let before = count.fetch_add(1, Relaxed);
        (before < limit as usize).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.ending == Ending::Owed {
            self.outcome = Outcome::Aborted;
        }
        let ended = Instant::now();
        let finish = Finish {
            status: self.status,
            outcome: self.outcome,
            bytes_in: self.upload.as_ref().map_or(0, |upload| upload.bytes()),
            bytes_out: self.bytes_out,
            duration: ended.saturating_duration_since(self.started),
            upstream: self.upstream,
        };
        let log = self.log.take().map(|entry| (entry, ended));
        settle(&self.worker, &self.route, log, &finish);
        self.conn.request_ended();
    }
}

/// Counts a request, and writes it down if that is wanted: with the moment of its end.
pub(crate) fn settle(
    worker: &Worker,
    route: &RouteMetrics,
    log: Option<(LogEntry, Instant)>,
    finish: &Finish,
) {
    route.request(worker.id, finish.outcome, finish.duration);
    if let Some((entry, ended)) = log {
        worker.log.line(|out| entry.write(out, ended, route, finish));
    }
}
