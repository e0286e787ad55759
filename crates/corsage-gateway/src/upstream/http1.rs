//! A connection of HTTP/1 to a server.
//!
//! hyper splits one in two: what takes requests, and a future that moves bytes. That future is given no task of its
//! own: whoever waits for something turns it. A task would have to be woken, and queued, for each turn, and would wake
//! and queue whoever waits for the same once more.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Request;
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::pool::Sent;
use crate::body::RequestBody;

pub(crate) struct Http1 {
    sender: SendRequest<RequestBody>,
    mover: Mover,
}

/// What moves the bytes, and returns once the connection has ended.
type Moves = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Mover {
    Held(Moves),
    /// It has a task of its own.
    Away,
    Ended,
}

impl Http1 {
    pub(super) fn new(
        sender: SendRequest<RequestBody>,
        moves: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { sender, mover: Mover::Held(Box::pin(moves)) }
    }

    /// Moves what can be moved now.
    fn turn(&mut self, cx: &mut Context<'_>) {
        if let Mover::Held(moves) = &mut self.mover
            && moves.as_mut().poll(cx).is_ready()
        {
            self.mover = Mover::Ended;
        }
    }

    /// Sends a request, and waits for the response's head.
    pub(super) fn send(&mut self, request: Request<RequestBody>) -> impl Future<Output = Sent> {
        let response = self.sender.try_send_request(request);
        async move {
            let mut response = pin!(response);
            poll_fn(|cx| {
                self.turn(cx);
                response.as_mut().poll(&mut self.brought(cx))
            })
            .await
        }
    }

    /// The next piece of a response that comes over this connection.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut body = Pin::new(body);
        let polled = body.as_mut().poll_frame(&mut self.brought(cx));
        if polled.is_ready() || matches!(self.mover, Mover::Away) {
            return polled;
        }
        self.turn(cx);
        body.poll_frame(&mut self.brought(cx))
    }

    /// For whoever waits for what only a turn can bring: nobody needs to wake them besides.
    fn brought<'w>(&self, cx: &Context<'w>) -> Context<'w> {
        match self.mover {
            Mover::Away => Context::from_waker(cx.waker()),
            Mover::Held(_) | Mover::Ended => Context::from_waker(Waker::noop()),
        }
    }

    /// From now on the bytes move whether somebody waits or not: those of a request whose response has come first.
    pub(super) fn let_go(&mut self) {
        match std::mem::replace(&mut self.mover, Mover::Away) {
            Mover::Held(moves) => drop(tokio::spawn(moves)),
            other => self.mover = other,
        }
    }

    /// Waits until the connection has ended, or is nobody's to move.
    pub(super) async fn ended(&mut self) {
        poll_fn(|cx| {
            self.turn(cx);
            if matches!(self.mover, Mover::Held(_)) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// What has become of a connection that nobody uses.
    pub(super) fn look(&mut self) -> Rest {
        self.turn(&mut Context::from_waker(Waker::noop()));
        if matches!(self.mover, Mover::Ended) || self.sender.is_closed() {
            Rest::Closed
        } else if self.sender.is_ready() {
            Rest::Ready
        } else {
            Rest::Busy
        }
    }
}

/// In what state a connection is that nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It can take a request.
    Ready,
    /// It still finishes a message.
    Busy,
    Closed,
}
