//! What is known of one client connection, shared by its task, its requests and the reaper.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use corsage_config::Timeouts;
use http::{HeaderValue, Version};
use tokio::task::JoinSet;

use super::head_share::HeadShare;
use crate::clock;
use crate::guard::RawHead;

/// 1xx responses that wait for a client: an upstream that never stops hinting must not fill our memory.
pub(super) const MAX_WAITING: usize = 16;

/// How a client reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Who the client is, as the connection tells.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) addr: SocketAddr,
    /// The address as `X-Forwarded-For` has it: made once, cloned for every request.
    pub(crate) forwarded_for: HeaderValue,
    pub(crate) scheme: Scheme,
    /// Whether the peer's own `X-Forwarded-*` are to be believed.
    pub(crate) trust: Trust,
}

/// Whether an address belongs to the trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Trusted,
    Stranger,
}

/// Values of [`Conn::before_answer`]: an answer is under way, or the client knows none that come before it.
const NOTHING: u8 = 0;
const INTERIM: u8 = 1;
/// This connection has not spoken HTTP/1 yet.
const OTHERWISE: u8 = 2;

/// One client connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) peer: Peer,
    /// Requests that are being served.
    active: AtomicU32,
    /// When the connection began to wait for what it waits for, on [`clock::now_ms`].
    waiting_since: AtomicU64,
    /// Inside a TLS handshake, or the first bytes by which the protocol is told.
    establishing: AtomicBool,
    /// When the client stopped taking what we send; 0 while it takes it.
    write_blocked_since: AtomicU64,
    /// A response head is on its way from the service to the wire.
    response_due: AtomicBool,
    /// Read the rest of what the client sends before closing, so that it sees the answer.
    linger: AtomicBool,
    draining: AtomicBool,
    killed: AtomicBool,
    /// Whether the client of HTTP/1 is still there is to be looked at.
    look: AtomicBool,
    /// What may be sent to the client before its answer.
    before_answer: AtomicU8,
    /// Of the connection's task, which is the same for as long as it lives.
    waker: OnceLock<Waker>,
    raw: Mutex<RawHead>,
    /// Of all heads that have begun and not ended.
    pub(crate) head_share: HeadShare,
    informational: Mutex<Vec<Bytes>>,
    has_informational: AtomicBool,
    /// What goes on after the connection has changed its protocol.
    tunnel: Mutex<Option<JoinSet<()>>>,
}

impl Conn {
    pub(crate) fn new(peer: Peer, raw_limit: usize) -> Self {
        Self {
            peer,
            active: AtomicU32::new(0),
            waiting_since: AtomicU64::new(clock::now_ms()),
            establishing: AtomicBool::new(false),
            write_blocked_since: AtomicU64::new(0),
            response_due: AtomicBool::new(false),
            linger: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            look: AtomicBool::new(false),
            before_answer: AtomicU8::new(OTHERWISE),
            waker: OnceLock::new(),
            raw: Mutex::new(RawHead::new(raw_limit)),
            head_share: HeadShare::default(),
            informational: Mutex::new(Vec::new()),
            has_informational: AtomicBool::new(false),
            tunnel: Mutex::new(None),
        }
    }

    pub(crate) fn raw(&self) -> MutexGuard<'_, RawHead> {
        // A panic while watching leaves a record that is no worse than none.
        self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection's task begins.
    pub(super) fn is_woken_by(&self, waker: &Waker) {
        self.waker.get_or_init(|| waker.clone());
    }

    fn wake(&self) {
        // What has not been polled yet will be, without a word.
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn request_began(&self) {
        self.active.fetch_add(1, Relaxed);
    }

    pub(crate) fn request_ended(&self) {
        if self.active.fetch_sub(1, Relaxed) == 1 {
            self.waiting_since.store(clock::now_ms(), Relaxed);
        }
    }

    /// A request has come and gone without having been counted as one that is being served.
    pub(crate) fn answered(&self) {
        self.waiting_since.store(clock::now_ms(), Relaxed);
    }

    /// Whether nothing of a request has come in, and nothing of a response is to go out.
    pub(crate) fn is_between_requests(&self) -> bool {
        !self.is_busy() && !self.response_due.load(Relaxed) && self.raw().is_between_messages()
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.active.load(Relaxed) > 0
    }

    /// The first bytes of a head have come in: the time for the whole of it runs from now.
    pub(crate) fn head_began(&self) {
        self.waiting_since.store(clock::now_ms(), Relaxed);
    }

    /// As [`head_began`](Self::head_began), for what comes before a head.
    pub(crate) fn establishing(&self) {
        self.head_began();
        self.establishing.store(true, Relaxed);
    }

    pub(crate) fn established(&self) {
        self.establishing.store(false, Relaxed);
    }

    pub(crate) fn response_head_follows(&self) {
        self.response_due.store(true, Relaxed);
    }

    /// Whether what hyper writes now was made by the service; asks once per response.
    pub(crate) fn take_response_due(&self) -> bool {
        let is_due = self.response_due.load(Relaxed) && self.response_due.swap(false, Relaxed);
        if is_due {
            self.before_answer.store(NOTHING, Relaxed);
        }
        is_due
    }

    /// A request of HTTP/1 is being served; its client knows 1xx responses, or does not.
    pub(crate) fn serves(&self, version: Version) {
        let before = if version == Version::HTTP_11 { INTERIM } else { NOTHING };
        self.before_answer.store(before, Relaxed);
    }

    pub(super) fn may_be_told_to_go_on(&self) -> bool {
        self.before_answer.load(Relaxed) == INTERIM
    }

    /// Has the connection's task look whether the client of HTTP/1 is still there.
    pub(crate) fn look_for_client(&self) {
        if self.before_answer.load(Relaxed) != OTHERWISE {
            self.look.store(true, Relaxed);
            self.wake();
        }
    }

    pub(super) fn is_to_be_looked_at(&self) -> bool {
        self.look.load(Relaxed) && self.look.swap(false, Relaxed)
    }

    pub(crate) fn linger(&self) {
        self.linger.store(true, Relaxed);
    }

    pub(crate) fn lingers(&self) -> bool {
        self.linger.load(Relaxed)
    }

    pub(crate) fn write_blocked(&self) {
        if self.write_blocked_since.load(Relaxed) == 0 {
            self.write_blocked_since.store(clock::now_ms(), Relaxed);
        }
    }

    pub(crate) fn write_progressed(&self) {
        if self.write_blocked_since.load(Relaxed) != 0 {
            self.write_blocked_since.store(0, Relaxed);
        }
    }

    /// Answer what is being served, then close.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Relaxed);
        self.wake();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// Close now.
    pub(crate) fn kill(&self) {
        self.killed.store(true, Relaxed);
        self.wake();
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Relaxed)
    }

    /// Queues a 1xx response's bytes, to be written before the final response.
    pub(crate) fn push_informational(&self, bytes: Bytes) {
        let mut queue = self.informational.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() < MAX_WAITING {
            queue.push(bytes);
        }
        drop(queue);
        self.has_informational.store(true, Relaxed);
        self.wake();
    }

    pub(crate) fn take_informational(&self) -> Bytes {
        if !self.has_informational.swap(false, Relaxed) {
            return Bytes::new();
        }
        let mut queue = self.informational.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *queue).concat().into()
    }

    /// Goes on as a tunnel once hyper lets go of the connection.
    pub(crate) fn tunnel(&self, tunnel: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = JoinSet::new();
        tasks.spawn(tunnel);
        *self.tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some(tasks);
    }

    pub(crate) fn take_tunnel(&self) -> Option<JoinSet<()>> {
        self.tunnel.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What the connection has waited for too long, if it has.
    pub(crate) fn overdue(&self, now_ms: u64, timeouts: &Timeouts) -> Option<Overdue> {
        let longer = |since: u64, limit: Duration| {
            since != 0 && u128::from(now_ms.saturating_sub(since)) > limit.as_millis()
        };
        if longer(self.write_blocked_since.load(Relaxed), timeouts.response_write_idle) {
            return Some(Overdue::Write);
        }
        if self.is_busy() {
            return None;
        }
        let since = self.waiting_since.load(Relaxed);
        if longer(since, timeouts.request_head)
            && (self.establishing.load(Relaxed) || self.raw().is_partial())
        {
            return Some(Overdue::Head);
        }
        longer(since, timeouts.keep_alive).then_some(Overdue::Idle)
    }

    /// Whether the connection has waited for a request for so long that none is on its way.
    pub(crate) fn idle_for(&self, now_ms: u64) -> Option<Duration> {
        (!self.is_busy())
            .then(|| Duration::from_millis(now_ms.saturating_sub(self.waiting_since.load(Relaxed))))
    }
}

/// What a connection took too long for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// A request head begun and not completed.
    Head,
    /// A response that is not taken.
    Write,
    /// Nothing at all: an idle connection, which is no fault.
    Idle,
}
