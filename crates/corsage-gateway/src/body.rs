//! Bodies on their way through: frames are passed on as they come, and counted; none is kept.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::client_stream::{ClientError, ClientStream};
use crate::clock;
use crate::connection::Conn;
use crate::exchange::Exchange;
use crate::forward;
use crate::upstream::Lease;

/// Why a body ended early.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The sender's fault, or its connection's.
    Sender(ClientError),
    /// More bytes than are allowed.
    TooLarge,
    /// The client stopped sending.
    TooSlow,
    /// The upstream stopped sending.
    Idle,
    /// The whole request took too long.
    Total,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender(error) => error.fmt(f),
            Self::TooLarge => f.write_str("the body is larger than allowed"),
            Self::TooSlow => f.write_str("the client stopped sending"),
            Self::Idle => f.write_str("the upstream stopped sending"),
            Self::Total => f.write_str("the request took longer than allowed"),
        }
    }
}

impl StdError for BodyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Sender(error) => Some(&**error),
            Self::TooLarge | Self::TooSlow | Self::Idle | Self::Total => None,
        }
    }
}

/// A request's body on its way to the upstream.
pub(crate) enum RequestBody {
    Empty,
    Client(Box<ClientBody>),
}

/// What a client sends.
pub(crate) struct ClientBody {
    incoming: ClientStream,
    conn: Arc<Conn>,
    progress: Arc<UploadProgress>,
    left: u64,
    idle_limit: Duration,
    /// When the client was first found to have sent nothing more, on [`clock::now_ms`].
    waiting_since: Option<u64>,
    idle: Option<Pin<Box<Sleep>>>,
}

impl ClientBody {
    /// The client has sent nothing more. It has some time for it until there is an answer; after that
    /// both sides may be silent for as long as the answer may: streams of gRPC are.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let since = *self.waiting_since.get_or_insert_with(clock::now_ms);
        if self.progress.is_answered() {
            return Poll::Pending;
        }
        let limit = self.idle_limit;
        let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        // Set once, and looked at when it rings: setting it for every piece would cost more.
        while idle.as_mut().poll(cx).is_ready() {
            let silence = Duration::from_millis(clock::now_ms().saturating_sub(since));
            match limit.checked_sub(silence) {
                Some(left) if !left.is_zero() => idle.as_mut().reset(Instant::now() + left),
                _ => {
                    self.progress.too_slow.store(true, Relaxed);
                    return Poll::Ready(Some(Err(BodyError::TooSlow)));
                }
            }
        }
        Poll::Pending
    }
}

/// How far an upload is, for whoever waits for the response.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// When the last piece was taken, on [`clock::now_ms`].
    last_ms: AtomicU64,
    too_large: AtomicBool,
    too_slow: AtomicBool,
    answered: AtomicBool,
    finished: AtomicBool,
    bytes: AtomicU64,
}

impl UploadProgress {
    pub(crate) fn last_ms(&self) -> u64 {
        self.last_ms.load(Relaxed)
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.too_large.load(Relaxed)
    }

    pub(crate) fn is_too_slow(&self) -> bool {
        self.too_slow.load(Relaxed)
    }

    /// The upstream's answer has begun.
    pub(crate) fn answered(&self) {
        self.answered.store(true, Relaxed);
    }

    fn is_answered(&self) -> bool {
        self.answered.load(Relaxed)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished.load(Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }
}

impl RequestBody {
    pub(crate) fn client(
        incoming: ClientStream,
        conn: Arc<Conn>,
        progress: Arc<UploadProgress>,
        limit: Option<u64>,
        idle_limit: Duration,
    ) -> Self {
        progress.last_ms.store(clock::now_ms(), Relaxed);
        Self::Client(Box::new(ClientBody {
            incoming,
            conn,
            progress,
            left: limit.unwrap_or(u64::MAX),
            idle_limit,
            waiting_since: None,
            idle: None,
        }))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Self::Client(body) = self.get_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut body.incoming).poll_frame(cx);
        if polled.is_pending() {
            return body.wait(cx);
        }
        body.waiting_since = None;
        body.progress.last_ms.store(clock::now_ms(), Relaxed);
        polled.map(|frame| {
            let mut frame = match frame {
                None => {
                    body.progress.finished.store(true, Relaxed);
                    return None;
                }
                Some(frame) => frame.map_err(BodyError::Sender),
            };
            if let Some(trailers) = frame.as_mut().ok().and_then(Frame::trailers_mut) {
                forward::trailers(trailers);
            }
            if let Some(data) = frame.as_ref().ok().and_then(Frame::data_ref) {
                let length = data.len() as u64;
                body.progress.bytes.fetch_add(length, Relaxed);
                if length > body.left {
                    body.progress.too_large.store(true, Relaxed);
                    return Some(Err(BodyError::TooLarge));
                }
                body.left -= length;
                if body.incoming.is_end_stream() {
                    body.progress.finished.store(true, Relaxed);
                }
            }
            Some(frame)
        })
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Client(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Client(body) => body.incoming.size_hint(),
        }
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        // What the client still sends is nobody's: it is read, so that the answer arrives.
        if !self.incoming.is_end_stream() && !self.progress.is_finished() {
            self.conn.linger();
        }
    }
}

/// A response's body on its way to the client. Its end is the exchange's end.
pub(crate) struct ResponseBody {
    source: Source,
    /// Absent where it goes on in a tunnel.
    exchange: Option<Exchange>,
}

enum Source {
    Empty,
    Full(Bytes),
    Upstream(Box<UpstreamBody>),
}

struct UpstreamBody {
    incoming: Incoming,
    /// Goes back to its pool at the end.
    lease: Option<Lease>,
    idle: Option<Pin<Box<Sleep>>>,
    idle_limit: Option<Duration>,
    total: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    /// The end of HTTP on this connection.
    pub(crate) fn tunnel() -> Self {
        Self { source: Source::Empty, exchange: None }
    }

    pub(crate) fn empty(exchange: Exchange) -> Self {
        Self { source: Source::Empty, exchange: Some(exchange) }
    }

    pub(crate) fn full(bytes: Bytes, mut exchange: Exchange) -> Self {
        exchange.sent(bytes.len());
        Self { source: Source::Full(bytes), exchange: Some(exchange) }
    }

    pub(crate) fn upstream(
        incoming: Incoming,
        lease: Lease,
        idle_limit: Option<Duration>,
        deadline: Option<Instant>,
        exchange: Exchange,
    ) -> Self {
        if incoming.is_end_stream() {
            lease.give_back();
            return Self { source: Source::Empty, exchange: Some(exchange) };
        }
        let mut exchange = exchange;
        exchange.owes_body();
        let total = deadline.map(|at| Box::pin(tokio::time::sleep_until(at)));
        let body = UpstreamBody { incoming, lease: Some(lease), idle: None, idle_limit, total };
        Self { source: Source::Upstream(Box::new(body)), exchange: Some(exchange) }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match &mut this.source {
            Source::Empty => Poll::Ready(None),
            Source::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                this.source = Source::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Source::Upstream(body) => {
                let polled = body.poll(cx);
                let Some(exchange) = &mut this.exchange else {
                    return polled;
                };
                match &polled {
                    Poll::Ready(Some(Ok(frame))) => {
                        exchange.sent(frame.data_ref().map_or(0, Bytes::len));
                        // After the last piece nobody asks for the end.
                        if body.incoming.is_end_stream() {
                            exchange.completed();
                        }
                    }
                    Poll::Ready(Some(Err(error))) => exchange.broke_off(error),
                    Poll::Ready(None) => exchange.completed(),
                    Poll::Pending => {}
                }
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Empty => true,
            Source::Full(bytes) => bytes.is_empty(),
            Source::Upstream(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Upstream(body) => body.incoming.size_hint(),
        }
    }
}

impl UpstreamBody {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(mut frame) => {
                self.idle = None;
                if let Some(trailers) =
                    frame.as_mut().and_then(|frame| frame.as_mut().ok()?.trailers_mut())
                {
                    forward::trailers(trailers);
                }
                let ended = match &frame {
                    None => true,
                    Some(Ok(_)) => self.incoming.is_end_stream(),
                    Some(Err(_)) => {
                        self.lease = None;
                        false
                    }
                };
                if ended && let Some(lease) = self.lease.take() {
                    lease.give_back();
                }
                Poll::Ready(
                    frame.map(|frame| frame.map_err(|error| BodyError::Sender(error.into()))),
                )
            }
            Poll::Pending => {
                if let (Some(limit), None) = (self.idle_limit, &self.idle) {
                    self.idle = Some(Box::pin(tokio::time::sleep(limit)));
                }
                let rings = |sleep: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>| {
                    sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
                };
                let late = if rings(&mut self.idle, cx) {
                    BodyError::Idle
                } else if rings(&mut self.total, cx) {
                    BodyError::Total
                } else {
                    return Poll::Pending;
                };
                self.lease = None;
                Poll::Ready(Some(Err(late)))
            }
        }
    }
}
