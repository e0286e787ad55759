//! [1xx responses](https://www.rfc-editor.org/rfc/rfc9110#section-15.2) on their way to a client.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use http::Response;

use super::Conn;
use super::state::MAX_WAITING;

/// Who is told of 1xx responses.
#[derive(Clone)]
pub(crate) enum Listener {
    /// Clients of HTTP/1.0, which know of none.
    Nobody,
    /// The connection, whose only request is the one being served.
    Http1(Arc<Conn>),
    /// One stream.
    Http2(Arc<Interim>),
}

/// Those of one HTTP/2 stream.
#[derive(Default)]
pub(crate) struct Interim {
    waiting: Mutex<Vec<Response<()>>>,
    any: AtomicBool,
    waker: AtomicWaker,
}

impl Interim {
    pub(crate) fn push(&self, response: Response<()>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_WAITING {
            waiting.push(response);
        }
        drop(waiting);
        self.any.store(true, Relaxed);
        self.waker.wake();
    }

    /// Wakes when there is something to take.
    pub(super) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(super) fn take(&self) -> Vec<Response<()>> {
        if !self.any.swap(false, Relaxed) {
            return Vec::new();
        }
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
