//! The stream under hyper's HTTP/1 parser: it keeps the bytes of each request head for the guard,
//! writes 1xx responses, and dresses the answers that hyper gives by itself.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Conn;

/// Makes the whole answer to a head that did not parse, from its status and its bytes.
pub(crate) type Dress = Arc<dyn Fn(StatusCode, &[u8]) -> Bytes + Send + Sync>;

pub(crate) struct Tap<S> {
    io: S,
    conn: Arc<Conn>,
    dress: Dress,
    /// Bytes read while finding out which protocol is spoken.
    prefix: Bytes,
    /// Bytes of ours to be written before anything of hyper's.
    ours: Bytes,
    /// How much of hyper's bytes stands behind `ours`: reported as written when `ours` is.
    replaced: usize,
}

impl<S> Tap<S> {
    pub(crate) fn new(io: S, conn: Arc<Conn>, prefix: Bytes, dress: Dress) -> Self {
        Self { io, conn, dress, prefix, ours: Bytes::new(), replaced: 0 }
    }

    pub(crate) fn into_inner(self) -> S {
        self.io
    }

    fn noted(&self, new: &[u8]) {
        let mut raw = self.conn.raw();
        let before = raw.is_partial();
        raw.read(new);
        if !before && raw.is_partial() {
            drop(raw);
            self.conn.head_began();
        }
    }
}

impl<S: AsyncRead + Unpin> Tap<S> {
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

impl<S: AsyncRead + AsyncWrite + Unpin> Tap<S> {
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
            self.ours = (self.dress)(status, self.conn.raw().kept());
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

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.prefix.is_empty() {
            let length = this.prefix.len().min(buf.remaining());
            let bytes = this.prefix.split_to(length);
            buf.put_slice(&bytes);
            this.noted(&bytes);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        let new = &buf.filled()[before..];
        if !new.is_empty() {
            this.noted(new);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
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
