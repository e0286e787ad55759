//! The stream under hyper's HTTP/1 parser: it keeps the bytes of each request head for the guard,
//! writes 1xx responses, and dresses the answers that hyper gives by itself.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::departure::{Client, Presence};
use super::{Conn, Stream};
use crate::worker::Worker;
use crate::{preflight, respond};

pub(crate) struct Tap {
    io: Stream,
    conn: Arc<Conn>,
    worker: Arc<Worker>,
    /// Bytes read while finding out which protocol is spoken.
    prefix: Bytes,
    /// Bytes of ours to be written before anything of hyper's.
    ours: Bytes,
    /// How much of hyper's bytes stands behind `ours`: reported as written when `ours` is.
    replaced: usize,
    /// hyper has begun to write, and has not flushed since.
    hyper_writes: bool,
    client: Client,
}

impl Tap {
    pub(crate) fn new(io: Stream, conn: Arc<Conn>, worker: Arc<Worker>, prefix: Bytes) -> Self {
        Self {
            io,
            conn,
            worker,
            prefix,
            ours: Bytes::new(),
            replaced: 0,
            hyper_writes: false,
            client: Client::default(),
        }
    }

    pub(crate) fn into_inner(self) -> Stream {
        self.io
    }

    fn noted(&self, new: &[u8]) -> Room {
        let mut raw = self.conn.raw();
        let before = raw.is_partial();
        raw.read(new);
        let held = raw.held();
        drop(raw);
        if !before && held > 0 {
            self.conn.head_began();
        } else if before && held > 0 && !self.conn.is_busy() {
            // A head in several pieces, which may never end. The parser has a copy of its own.
            let shared = &self.worker.shared;
            let all = self.conn.head_share.settle(2 * held, &shared.heads);
            if all > shared.live.load().settings.limits.head_budget.as_usize() {
                return Room::None;
            }
        }
        Room::Enough
    }
}

impl Tap {
    /// The parser gives up at the first byte that cannot be; who sent the head, and from which page,
    /// may stand behind it. What has come by now is read for the answer's sake.
    fn read_on(&mut self, cx: &mut Context<'_>) {
        let mut buffer = [0; 2048];
        loop {
            let mut buf = ReadBuf::new(&mut buffer);
            let read = Pin::new(&mut self.io).poll_read(cx, &mut buf);
            if !matches!(read, Poll::Ready(Ok(()))) || buf.filled().is_empty() {
                return;
            }
            let mut raw = self.conn.raw();
            raw.read(buf.filled());
            if !raw.is_partial() {
                return;
            }
        }
    }
}

impl Tap {
    /// Writes what is ours; how much of hyper's is thereby written.
    fn poll_ours(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while self.ours.has_remaining() {
            let Poll::Ready(written) = Pin::new(&mut self.io).poll_write(cx, &self.ours)? else {
                self.conn.write_blocked();
                return Poll::Pending;
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.ours.advance(written);
        }
        self.conn.write_progressed();
        Poll::Ready(Ok(std::mem::take(&mut self.replaced)))
    }

    /// Puts hints before the response they belong to, and a full answer in place of one that
    /// hyper gives by itself, which has no headers.
    fn before(&mut self, cx: &mut Context<'_>, first: &[u8]) {
        if first.is_empty() {
        } else if self.conn.take_response_due() {
            // Anything else is the rest of an earlier response, and no place for a hint.
            if first.starts_with(b"HTTP/1.1 ") {
                self.ours = self.conn.take_informational();
            }
        } else if !self.conn.is_busy()
            && let Some(status) = automatic_answer(first)
        {
            self.read_on(cx);
            let raw = self.conn.raw();
            self.ours = respond::to_unparsed(status, raw.kept(), &self.conn, &self.worker);
            drop(raw);
            self.replaced = first.len();
        }
    }
}

/// hyper's own answer to what it cannot parse: a 4xx with no header but those of framing.
fn automatic_answer(bytes: &[u8]) -> Option<StatusCode> {
    let rest = bytes.strip_prefix(b"HTTP/1.1 ")?;
    let status = StatusCode::from_bytes(rest.get(..3)?).ok().filter(StatusCode::is_client_error)?;
    let head = bytes.strip_suffix(b"\r\n\r\n")?;
    head.split(|&byte| byte == b'\n')
        .skip(1)
        .all(|line| {
            let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
            matches!(name, b"content-length" | b"connection" | b"date")
        })
        .then_some(status)
}

impl Tap {
    /// There is no room for this head: its client is told so, and the connection ends.
    fn turn_away(&mut self, cx: &mut Context<'_>) -> io::Error {
        let raw = self.conn.raw();
        let overloaded = StatusCode::SERVICE_UNAVAILABLE;
        let answer = respond::to_unparsed(overloaded, raw.kept(), &self.conn, &self.worker);
        drop(raw);
        self.conn.raw().stop();
        // A few hundred bytes go out at once, or there is nobody who takes them.
        let _ = Pin::new(&mut self.io).poll_write(cx, &answer);
        io::Error::new(io::ErrorKind::QuotaExceeded, "too many heads that do not end")
    }

    /// Answers what has been read, if it is one whole preflight and nothing else is under way.
    fn answer_preflight(&mut self, cx: &mut Context<'_>, read: &[u8]) -> io::Result<Answered> {
        let is_alone = preflight::begins(read)
            && !self.hyper_writes
            && self.ours.is_empty()
            && self.conn.is_between_requests();
        let answer = is_alone.then(|| preflight::answer(read, &self.conn, &self.worker)).flatten();
        let Some(answer) = answer else {
            return Ok(Answered::No);
        };
        match Pin::new(&mut self.io).poll_write(cx, &answer)? {
            Poll::Ready(written) if written == answer.len() => {}
            Poll::Ready(written) => self.ours = Bytes::from(answer).slice(written..),
            Poll::Pending => {
                self.ours = answer.into();
                self.conn.write_blocked();
            }
        }
        Ok(Answered::Yes)
    }
}

/// Whether there is room for more of a head.
#[derive(PartialEq, Eq)]
enum Room {
    Enough,
    None,
}

/// Whether what was read has been dealt with.
#[derive(PartialEq, Eq)]
enum Answered {
    Yes,
    No,
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        loop {
            // Whoever does not take an answer to a preflight gets no other.
            if !this.ours.is_empty() && this.replaced == 0 && !this.conn.is_busy() {
                ready!(this.poll_ours(cx))?;
            }
            if !this.prefix.is_empty() {
                let length = this.prefix.len().min(buf.remaining());
                buf.put_slice(&this.prefix.split_to(length));
            }
            // The first head is whole if what is behind the prefix has come too.
            match Pin::new(&mut this.io).poll_read(cx, buf)? {
                Poll::Pending if buf.filled().len() == before => return Poll::Pending,
                _ => {}
            }
            let new = &buf.filled()[before..];
            if new.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if this.answer_preflight(cx, new)? == Answered::No {
                return match this.noted(new) {
                    Room::Enough => Poll::Ready(Ok(())),
                    Room::None => Poll::Ready(Err(this.turn_away(cx))),
                };
            }
            buf.set_filled(before);
        }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.hyper_writes = true;
        if this.ours.is_empty() {
            this.before(cx, buf);
        }
        match ready!(this.poll_ours(cx))? {
            0 => {}
            replaced => return Poll::Ready(Ok(replaced)),
        }
        note(&this.conn, Pin::new(&mut this.io).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.hyper_writes = true;
        if this.ours.is_empty()
            && let Some(first) = bufs.first()
        {
            this.before(cx, first);
        }
        match ready!(this.poll_ours(cx))? {
            0 => {}
            replaced => return Poll::Ready(Ok(replaced)),
        }
        note(&this.conn, Pin::new(&mut this.io).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.hyper_writes = false;
        if self.conn.is_to_be_looked_at() {
            let this = &mut *self;
            match this.client.look(this.io.socket(), &this.conn) {
                Presence::Here => {}
                Presence::Gone => {
                    this.conn.kill();
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
        }
        // hyper flushes only once all its bytes are written: the place for hints, which are to go
        // out while the final response is still being made.
        if self.replaced == 0 {
            if self.ours.is_empty() {
                self.ours = self.conn.take_informational();
            }
            ready!(self.poll_ours(cx))?;
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

fn note(conn: &Conn, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
    match &written {
        Poll::Pending => conn.write_blocked(),
        Poll::Ready(_) => conn.write_progressed(),
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_answers_are_taken_for_automatic() {
        let bare = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        assert_eq!(automatic_answer(bare), Some(StatusCode::BAD_REQUEST));
        let ours =
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(automatic_answer(ours), None);
        assert_eq!(automatic_answer(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
        assert_eq!(automatic_answer(b"HTTP/1.1 204 No Content\r\ndate: x\r\n\r\n"), None);
        assert_eq!(automatic_answer(b"HTTP/1.1 4"), None);
    }
}
