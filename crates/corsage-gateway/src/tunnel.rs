//! After `101 Switching Protocols`: bytes both ways, until one side ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Response, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::body::ResponseBody;
use crate::exchange::Exchange;
use crate::observe::Outcome;
use crate::upstream::Called;
use crate::{clock, forward};

/// Passes the upstream's 101 on, and what follows it.
pub(crate) fn open(
    called: Called,
    client: OnUpgrade,
    idle: Option<Duration>,
    mut exchange: Exchange,
) -> Response<ResponseBody> {
    let Called { mut response, lease } = called;
    exchange.status = response.status();
    exchange.outcome = Outcome::Upgraded;
    let upstream = hyper::upgrade::on(&mut response);
    let (mut head, _) = response.into_parts();
    head.extensions.clear();
    let protocol = head.headers.get(header::UPGRADE).cloned();
    forward::switching(&mut head.headers);
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if let Some(protocol) = protocol {
        head.headers.insert(header::UPGRADE, protocol);
    }
    let conn = Arc::clone(&exchange.conn);
    conn.tunnel(async move {
        // The exchange ends with the tunnel; the lease keeps the server's load count.
        let _lease = lease;
        let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else {
            return;
        };
        let moved = Arc::new(AtomicU64::new(clock::now_ms()));
        let mut client = Watched { io: TokioIo::new(client), moved: Arc::clone(&moved) };
        let mut upstream = Watched { io: TokioIo::new(upstream), moved: Arc::clone(&moved) };
        tokio::select! {
            copied = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {
                if let Ok((_, sent)) = copied {
                    exchange.sent(usize::try_from(sent).unwrap_or(usize::MAX));
                }
            }
            () = silent_for(idle, &moved) => {}
        }
        drop(exchange);
    });
    Response::from_parts(head, ResponseBody::tunnel())
}

/// Ends when nothing has moved for so long.
async fn silent_for(limit: Option<Duration>, moved: &AtomicU64) {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    let mut left = limit;
    while !left.is_zero() {
        tokio::time::sleep(left).await;
        let silence = Duration::from_millis(clock::now_ms().saturating_sub(moved.load(Relaxed)));
        left = limit.saturating_sub(silence);
    }
}

/// A stream that notes when something comes out of it.
struct Watched<S> {
    io: S,
    moved: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if read.is_ready() {
            self.moved.store(clock::now_ms(), Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
