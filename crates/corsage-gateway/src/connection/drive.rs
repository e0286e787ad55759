//! From an accepted socket to its end: TLS, which HTTP, and hyper's connection.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use corsage_config::{Listen, Protocol, ProxyProtocol};
use http::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::http2;
use super::http2_watch::FrameWatch;
use super::proxy_protocol;
use super::rewound::Rewound;
use super::{Conn, Peer, Scheme, Stream, Tap, Trust};
use crate::gather::Gathering;
use crate::live::Live;
use crate::proxy;
use crate::worker::{Slot, Worker};

/// [The preface](https://www.rfc-editor.org/rfc/rfc9113#section-3.4) by which HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Header fields that hyper parses without being told, and faster then; the guard counts them.
const PARSED_HEADERS: usize = 100;
/// How long, and for how much, the rest of a refused request is read before closing: closing
/// with bytes unread resets the connection, and takes the answer with it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 256 * 1024;

/// A connection to be served.
pub(crate) struct Context {
    pub(crate) worker: Arc<Worker>,
    pub(crate) live: Arc<Live>,
    pub(crate) listener: usize,
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) slot: Slot,
}

/// Serves a connection to its end.
pub(crate) async fn serve(context: Context) {
    let Context { worker, live, listener, mut stream, mut peer, mut slot } = context;
    let Some(settings) = live.settings.listen.get(listener) else {
        return;
    };
    // Small responses must not wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    if settings.proxy_protocol == ProxyProtocol::Required {
        let limit = live.settings.timeouts.request_head;
        match tokio::time::timeout(limit, proxy_protocol::read(&mut stream)).await {
            Ok(Ok(client)) => peer = client.unwrap_or(peer),
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "no PROXY header");
                return;
            }
            Err(_) => return,
        }
    }
    let tls = live.tls.get(listener).cloned().flatten();
    let ip = peer.ip().to_canonical();
    let conn = Arc::new(Conn::new(
        Peer {
            addr: peer,
            forwarded_for: HeaderValue::from_str(&ip.to_string())
                .unwrap_or_else(|_| HeaderValue::from_static("unknown")),
            scheme: if tls.is_some() { Scheme::Https } else { Scheme::Http },
            trust: trust(&live, ip),
        },
        4 * live.settings.limits.header_bytes.as_usize(),
    ));
    slot.register(&conn);
    let protocols = Protocols::of(settings);
    let served = pin!(async {
        let Some(config) = tls else {
            let agreed = match protocols {
                Protocols::Http1 => Agreed::Http1,
                Protocols::Http2 => Agreed::Http2,
                Protocols::Both => Agreed::Unknown,
            };
            return speak(Stream::Plain(Gathering(stream)), agreed, &conn, &worker, &live).await;
        };
        if let Some((stream, agreed)) =
            shake_hands(stream, config, protocols, &conn, &worker, &live).await
        {
            speak(stream, agreed, &conn, &worker, &live).await;
        }
    });
    until_killed(&conn, served).await;
    drop(slot);
}

/// A TLS session, and what is spoken in it; `None` if there is none.
async fn shake_hands(
    stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    protocols: Protocols,
    conn: &Conn,
    worker: &Worker,
    live: &Live,
) -> Option<(Stream, Agreed)> {
    let limit = live.settings.timeouts.tls_handshake;
    let accepted = TlsAcceptor::from(config).accept(Gathering(stream));
    let error = match tokio::time::timeout(limit, accepted).await {
        Ok(Ok(stream)) => {
            let agreed = match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Agreed::Http2,
                None if protocols == Protocols::Http2 => Agreed::Http2,
                _ => Agreed::Http1,
            };
            return Some((Stream::Tls(Box::new(stream)), agreed));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "too slow".to_owned(),
    };
    worker.shared.metrics.tls_handshake_failures.fetch_add(1, Relaxed);
    tracing::debug!(peer = %conn.peer.addr, error, "no TLS session");
    None
}

/// What a listener speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocols {
    Http1,
    Http2,
    Both,
}

impl Protocols {
    fn of(listen: &Listen) -> Self {
        let speaks = |protocol| listen.protocols.contains(&protocol);
        match (speaks(Protocol::Http1), speaks(Protocol::Http2)) {
            (true, false) => Self::Http1,
            (false, true) => Self::Http2,
            _ => Self::Both,
        }
    }
}

fn trust(live: &Live, ip: IpAddr) -> Trust {
    if live.settings.trusted_proxies.iter().any(|network| network.contains(&ip)) {
        Trust::Trusted
    } else {
        Trust::Stranger
    }
}

/// Runs a connection until it is told to stop at once.
async fn until_killed(conn: &Conn, mut served: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|cx| {
        conn.is_woken_by(cx.waker());
        if conn.is_killed() { Poll::Ready(()) } else { served.as_mut().poll(cx) }
    })
    .await;
}

/// What ALPN has settled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agreed {
    Unknown,
    Http1,
    Http2,
}

async fn speak(
    mut stream: Stream,
    agreed: Agreed,
    conn: &Arc<Conn>,
    worker: &Arc<Worker>,
    live: &Live,
) {
    let (http2, prefix) = match agreed {
        Agreed::Http2 => (true, Bytes::new()),
        Agreed::Http1 => (false, Bytes::new()),
        Agreed::Unknown => match read_preface(&mut stream, conn).await {
            Ok(read) => (read == PREFACE, read),
            Err(_) => return,
        },
    };
    let limits = &live.settings.limits;
    if http2 {
        conn.raw().stop();
        let flooded = {
            let (worker, conn) = (Arc::clone(worker), Arc::clone(conn));
            move |flood| {
                worker.shared.metrics.rejected("http2-flood");
                tracing::debug!(peer = %conn.peer.addr, ?flood, "flooded by frames");
            }
        };
        let leaving = Arc::clone(conn);
        let leave = move || {
            if !leaving.is_draining() {
                leaving.drain();
            }
        };
        let watch = FrameWatch::new(limits.http2_resets);
        let io = Rewound::new(prefix, stream, watch, flooded, leave);
        http2::serve(io, conn, worker, live).await;
        return;
    }
    let io = TokioIo::new(Tap::new(stream, Arc::clone(conn), Arc::clone(worker), prefix));
    let service = proxy::service(Arc::clone(conn), Arc::clone(worker));
    let mut http1 = hyper::server::conn::http1::Builder::new();
    if usize::from(limits.header_count) > PARSED_HEADERS {
        http1.max_headers(usize::from(limits.header_count));
    }
    let mut connection = http1
        // Every poll would ask for the time.
        .auto_date_header(false)
        // Clients that end their side after the request still want their answer.
        .half_close(true)
        .max_header_size(limits.header_bytes.as_usize())
        .max_buf_size((2 * limits.header_bytes.as_usize()).max(64 * 1024))
        .serve_connection(io, service)
        .with_upgrades();
    // Draining needs no word to hyper here: responses carry `Connection: close` by then.
    let ended = poll_fn(|cx| Pin::new(&mut connection).poll(cx)).await;
    if let Some(mut tunnel) = conn.take_tunnel() {
        tunnel.join_next().await;
    } else if (ended.is_err() || conn.lingers())
        && let Some(parts) = connection.into_parts()
    {
        Box::pin(linger(parts.io.into_inner().into_inner())).await;
    }
}

/// Reads the rest of what a client sends, for a while, so that it gets to read its answer.
async fn linger(mut stream: Stream) {
    let _ = tokio::time::timeout(LINGER, async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut left = LINGER_BYTES;
        let mut buffer = [0; 4096];
        while let Ok(read) = stream.read(&mut buffer).await {
            left = left.saturating_sub(read);
            if read == 0 || left == 0 {
                return;
            }
        }
    })
    .await;
}

/// Reads until it is certain whether HTTP/2 is spoken without having been agreed upon.
async fn read_preface(stream: &mut Stream, conn: &Conn) -> io::Result<Bytes> {
    let mut read = BytesMut::with_capacity(PREFACE.len());
    while read.len() < PREFACE.len() && PREFACE.starts_with(&read) {
        let before = read.len();
        if poll_read_limited(stream, &mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if before == 0 {
            conn.establishing();
        }
    }
    conn.established();
    Ok(read.freeze())
}

async fn poll_read_limited(stream: &mut Stream, read: &mut BytesMut) -> io::Result<usize> {
    let limit = (PREFACE.len() - read.len()) as u64;
    stream.take(limit).read_buf(read).await
}
