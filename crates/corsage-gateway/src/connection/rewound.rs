//! The stream under HTTP/2: with bytes put back in front of it, and its frames watched.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::http2_watch::{Flood, FrameWatch, Patience};

pub(super) struct Rewound<S, F, L> {
    /// Bytes read while finding out which protocol is spoken.
    prefix: Bytes,
    stream: S,
    frames: FrameWatch,
    flooded: F,
    /// Asks the client to leave; may be called more than once.
    leave: L,
}

impl<S, F: Fn(Flood), L: Fn()> Rewound<S, F, L> {
    /// Calls `leave` before it comes to a flood of resets, and `flooded` once, if it comes to that; then it reads no
    /// more.
    pub(super) fn new(prefix: Bytes, stream: S, frames: FrameWatch, flooded: F, leave: L) -> Self {
        Self { prefix, stream, frames, flooded, leave }
    }

    fn noted(&mut self, new: &[u8]) -> io::Result<()> {
        match self.frames.received(new) {
            Ok(Patience::Enough) => Ok(()),
            Ok(Patience::AskToLeave) => {
                (self.leave)();
                Ok(())
            }
            Err(flood) => {
                (self.flooded)(flood);
                Err(io::Error::new(io::ErrorKind::InvalidData, "a flood of frames"))
            }
        }
    }
}

impl<S: AsyncRead + Unpin, F: Fn(Flood) + Unpin, L: Fn() + Unpin> AsyncRead for Rewound<S, F, L> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.prefix.is_empty() {
            let length = self.prefix.len().min(buf.remaining());
            let bytes = self.prefix.split_to(length);
            buf.put_slice(&bytes);
            return Poll::Ready(self.noted(&bytes));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        Poll::Ready(self.noted(&buf.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin, F: Fn(Flood) + Unpin, L: Fn() + Unpin> AsyncWrite for Rewound<S, F, L> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.frames.sent(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs))?;
        self.frames.sent(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
