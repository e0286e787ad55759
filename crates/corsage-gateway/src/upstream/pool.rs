//! Connections to one server that wait for work. One pool per thread: no lock is ever contended.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::Either;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use tokio::sync::OwnedSemaphorePermit;

use super::Endpoint;
use super::heard::Heard;
use crate::body::RequestBody;
use crate::clock;

/// What a request gets back: the response, or why there is none and, if unsent, itself.
pub(crate) type Sent = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>;

/// One end of a connection to a server.
pub(crate) enum Sender {
    /// With the count of what the server has sent on it.
    Http1(http1::SendRequest<RequestBody>, Arc<Heard>),
    /// With a share in the count of the connection's streams.
    Http2(http2::SendRequest<RequestBody>, Arc<Streams>),
}

/// The streams of a connection are counted by who holds this.
#[derive(Debug, Default)]
pub(crate) struct Streams;

/// Streams on one connection before another is made. Servers take a hundred and more, and those beyond
/// what they take wait: behind streams of events, for ever.
const MAX_STREAMS: usize = 100;

impl Sender {
    pub(crate) fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Sent> + use<> {
        match self {
            Self::Http1(sender, _) => Either::Left(sender.try_send_request(request)),
            Self::Http2(sender, _) => Either::Right(sender.try_send_request(request)),
        }
    }
}

/// Whether a connection has served a request before: only then may it have gone stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Fresh,
    Reused,
}

/// A connection out of its pool, for one request. Dropped, it is closed, as it is in the middle of
/// a message; [`give_back`](Self::give_back) is for the end of one.
pub(crate) struct Lease {
    /// Absent once it has gone back.
    sender: Option<Sender>,
    born_ms: u64,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) usage: Usage,
    worker: usize,
    /// What the server had sent on the connection before the request went out.
    heard_before: u64,
    /// One of the connections that there may be at once.
    _place: Option<OwnedSemaphorePermit>,
}

impl Lease {
    pub(crate) fn new(
        sender: Sender,
        born_ms: u64,
        endpoint: Arc<Endpoint>,
        usage: Usage,
        worker: usize,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        endpoint.load.began();
        Self {
            sender: Some(sender),
            born_ms,
            endpoint,
            usage,
            worker,
            heard_before: 0,
            _place: place,
        }
    }

    /// Sends one request.
    pub(crate) fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Sent> + use<> {
        let sender = self.sender.as_mut().expect("a lease has its sender until it ends");
        if let Sender::Http1(_, heard) = sender {
            self.heard_before = heard.bytes();
        }
        sender.send(request)
    }

    /// Whether the server has sent anything since the request went out. Nobody knows that of one stream of HTTP/2.
    pub(crate) fn has_heard(&self) -> bool {
        match &self.sender {
            Some(Sender::Http1(_, heard)) => heard.bytes() != self.heard_before,
            Some(Sender::Http2(..)) | None => false,
        }
    }

    /// Whether a failure may be due to the connection alone: it was kept, and has ended meanwhile. One
    /// that goes on with other streams has nothing to do with it.
    pub(crate) fn is_stale(&self) -> bool {
        self.usage == Usage::Reused
            && match &self.sender {
                Some(Sender::Http2(sender, _)) => sender.is_closed(),
                Some(Sender::Http1(..)) | None => true,
            }
    }

    /// The response has ended; the connection may serve another request.
    pub(crate) fn give_back(mut self) {
        if let Some(Sender::Http1(sender, heard)) = self.sender.take() {
            self.endpoint.pool(self.worker).push(sender, heard, self.born_ms);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.load.ended();
    }
}

struct Idle {
    sender: http1::SendRequest<RequestBody>,
    heard: Arc<Heard>,
    born_ms: u64,
    since_ms: u64,
}

fn elapsed(since_ms: u64, now_ms: u64) -> Duration {
    Duration::from_millis(now_ms.saturating_sub(since_ms))
}

/// How long connections are kept, and how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) age: Option<Duration>,
    pub(crate) count: usize,
}

impl From<&corsage_config::Pool> for Limits {
    fn from(pool: &corsage_config::Pool) -> Self {
        Self {
            idle: pool.idle_timeout,
            age: pool.max_age,
            count: usize::try_from(pool.max_idle).unwrap_or(usize::MAX),
        }
    }
}

impl Limits {
    fn is_old(&self, born_ms: u64, now_ms: u64) -> bool {
        self.age.is_some_and(|age| elapsed(born_ms, now_ms) >= age)
    }

    fn is_stale(&self, since_ms: u64, now_ms: u64) -> bool {
        elapsed(since_ms, now_ms) >= self.idle
    }
}

/// The connections of one thread to one server.
#[derive(Default)]
pub(crate) struct Pool {
    http1: Vec<Idle>,
    http2: Vec<Shared>,
}

struct Shared {
    sender: http2::SendRequest<RequestBody>,
    born_ms: u64,
    streams: Arc<Streams>,
}

impl Shared {
    /// Requests that it carries.
    fn streams(&self) -> usize {
        Arc::strong_count(&self.streams) - 1
    }
}

impl Pool {
    /// The connection used last, so that those not needed grow old and go.
    pub(crate) fn take(&mut self, limits: &Limits) -> Option<(Sender, u64)> {
        let now_ms = clock::now_ms();
        if !self.http2.is_empty() {
            // Streams that an old one carries go on without it.
            self.http2.retain(|it| !it.sender.is_closed() && !limits.is_old(it.born_ms, now_ms));
            let shared = self.http2.iter().find(|it| it.streams() < MAX_STREAMS)?;
            let sender = Sender::Http2(shared.sender.clone(), Arc::clone(&shared.streams));
            return Some((sender, shared.born_ms));
        }
        let mut position = self.http1.len();
        while position > 0 {
            position -= 1;
            let idle = &self.http1[position];
            if idle.sender.is_closed() {
                self.http1.remove(position);
            } else if idle.sender.is_ready() {
                let idle = self.http1.remove(position);
                if limits.is_stale(idle.since_ms, now_ms) {
                    // All below have waited for longer still.
                    self.http1.drain(..position);
                    return None;
                }
                if !limits.is_old(idle.born_ms, now_ms) {
                    return Some((Sender::Http1(idle.sender, idle.heard), idle.born_ms));
                }
            }
            // Else its connection still finishes a message; it will be ready soon.
        }
        None
    }

    fn push(&mut self, sender: http1::SendRequest<RequestBody>, heard: Arc<Heard>, born_ms: u64) {
        if !sender.is_closed() {
            self.http1.push(Idle { sender, heard, born_ms, since_ms: clock::now_ms() });
        }
    }

    pub(super) fn share(
        &mut self,
        sender: &http2::SendRequest<RequestBody>,
        streams: &Arc<Streams>,
        born_ms: u64,
    ) {
        self.http2.push(Shared { sender: sender.clone(), born_ms, streams: Arc::clone(streams) });
    }

    /// Closes what is too much, too old, or has been idle for too long.
    pub(crate) fn prune(&mut self, limits: &Limits) {
        let now_ms = clock::now_ms();
        self.http1.retain(|idle| {
            !idle.sender.is_closed()
                && !limits.is_stale(idle.since_ms, now_ms)
                && !limits.is_old(idle.born_ms, now_ms)
        });
        let excess = self.http1.len().saturating_sub(limits.count);
        self.http1.drain(..excess);
        self.http1.shrink_to(16);
        // One that carries nothing is enough.
        let mut spare = false;
        self.http2.retain(|it| {
            !it.sender.is_closed() && (it.streams() > 0 || !std::mem::replace(&mut spare, true))
        });
    }

    /// Closes what carries nothing: its server is gone from the file.
    pub(crate) fn close_idle(&mut self) {
        self.http1.clear();
        self.http2.retain(|it| it.streams() > 0);
    }

    pub(crate) fn len(&self) -> usize {
        self.http1.len() + self.http2.iter().filter(|it| it.streams() == 0).count()
    }
}
