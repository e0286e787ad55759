//! Writes several small pieces as one.
//!
//! hyper hands over head and body apart, and a request without a body as a list of one; rustls hands over a record
//! as a list of one. The system call for lists costs more than copying what fits a few cache lines.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Above this, copying costs more than it saves.
const SMALL: usize = 1024;

/// A socket that writes so.
pub(crate) struct Gathering(pub(crate) TcpStream);

impl AsyncRead for Gathering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gathering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = Pin::new(&mut self.0);
        if let [only] = bufs {
            return socket.poll_write(cx, only);
        }
        let mut small = [0; SMALL];
        let mut length = 0;
        for buf in bufs {
            let Some(room) = small.get_mut(length..length + buf.len()) else {
                return socket.poll_write_vectored(cx, bufs);
            };
            room.copy_from_slice(buf);
            length += buf.len();
        }
        socket.poll_write(cx, &small[..length])
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn small_and_large_lists_arrive_whole_and_in_order() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let mut client = Gathering(client);
        let pieces = [vec![b'a'; 10], vec![b'b'; SMALL - 10], vec![b'c'; 1], vec![]];
        for count in 0..=pieces.len() {
            let list: Vec<IoSlice<'_>> =
                pieces[..count].iter().map(|piece| IoSlice::new(piece)).collect();
            let whole = pieces[..count].concat();
            assert_eq!(client.write_vectored(&list).await.unwrap(), whole.len());
            let mut got = vec![0; whole.len()];
            server.read_exact(&mut got).await.unwrap();
            assert_eq!(got, whole);
        }
    }
}
