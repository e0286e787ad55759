//! Streams of HTTP/2 whose client takes nothing more.
//!
//! A slow reader of HTTP/1 blocks its socket, which the connection notes. On HTTP/2 the socket goes on
//! while one stream's window stays shut: whoever opens many streams and reads none would keep as many
//! upstream connections. So each stream is watched by itself, and given up by itself.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

thread_local! {
    /// What the stream that is being polled on this thread waits for.
    static WAITS_FOR: Cell<WaitsFor> = const { Cell::new(WaitsFor::Client) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitsFor {
    /// For room in its window; this is so as long as nobody says otherwise.
    Client,
    /// For the upstream.
    Upstream,
    /// For the client, who has taken something just now.
    Moved,
}

/// Says what the stream that is being polled waits for.
pub(crate) fn now_waits_for(what: WaitsFor) {
    WAITS_FOR.set(what);
}

/// Runs the streams of one connection, each for as long as its client takes something now and then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    pub(super) write_idle: Duration,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        tokio::spawn(Watched { stream, stalled: None, write_idle: self.write_idle });
    }
}

pin_project! {
    /// One stream. No async function: it would hold the stream twice.
    struct Watched<F> {
        #[pin]
        stream: F,
        stalled: Option<Pin<Box<Sleep>>>,
        write_idle: Duration,
    }
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        WAITS_FOR.set(WaitsFor::Client);
        if this.stream.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let waits_for = WAITS_FOR.get();
        if waits_for == WaitsFor::Upstream {
            *this.stalled = None;
            return Poll::Pending;
        }
        let until = Instant::now() + *this.write_idle;
        let stalled = this.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if waits_for == WaitsFor::Moved {
            stalled.as_mut().reset(until);
        }
        // Dropped, the stream is reset, and its upstream connection closed.
        stalled.as_mut().poll(cx)
    }
}
