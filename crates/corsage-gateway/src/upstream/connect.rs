//! From a server's name to a connection that speaks HTTP with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use std::{fmt, io};

use corsage_config::{Upstream, UpstreamProtocol};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::heard::{Counting, Heard};
use super::pool::Sender;
use crate::body::RequestBody;
use crate::gather::Gathering;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    Timeout(Duration),
    /// The system gives this process no more sockets: nothing is said of the server.
    Exhausted(io::Error),
    Resolve(io::Error),
    Tcp(io::Error),
    Tls(io::Error),
    /// The server did not agree to HTTP/2.
    NoHttp2,
    Handshake(hyper::Error),
}

impl ConnectError {
    /// A stable code, for logs and metrics.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "connect-timeout",
            Self::Exhausted(_) => "gateway-out-of-sockets",
            Self::Resolve(_) => "name-unresolved",
            Self::Tcp(_) => "connect-refused",
            Self::Tls(_) => "tls-failed",
            Self::NoHttp2 => "http2-not-agreed",
            Self::Handshake(_) => "handshake-failed",
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(limit) => write!(f, "no connection within {limit:?}"),
            Self::Exhausted(error) => write!(f, "the gateway can open no more sockets: {error}"),
            Self::Resolve(error) => write!(f, "the name does not resolve: {error}"),
            Self::Tcp(error) => write!(f, "no connection: {error}"),
            Self::Tls(error) => write!(f, "no TLS session: {error}"),
            Self::NoHttp2 => f.write_str("the server does not agree to HTTP/2"),
            Self::Handshake(error) => write!(f, "no HTTP session: {error}"),
        }
    }
}

/// Bytes that are read of a response while the client has not taken those before. Heads must fit too.
const READ_AHEAD: usize = 128 * 1024;

/// Header fields that hyper takes of a response without being told, and parses faster then.
const PARSED_HEADERS: usize = 100;

/// The same on one stream of HTTP/2. What a server sends to a client that does not read stays here.
const STREAM_WINDOW: u32 = 512 * 1024;
/// And on all streams together: many times more, or one client that does not read would hold up what
/// the same connection brings to all others.
const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;

/// How to reach one server.
pub(crate) struct Connector {
    /// Host without brackets, for the resolver.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Option<(TlsConnector, ServerName<'static>)>,
    pub(crate) protocol: UpstreamProtocol,
    /// Header fields that a response may have.
    pub(crate) header_count: usize,
    /// Kept for HTTP/2, whose connections live long: a ping finds the dead ones.
    pub(crate) ping_after: Duration,
    /// Connections that are open, but for those that have changed their protocol.
    pub(crate) open: Arc<AtomicU32>,
}

/// A connection that counts while it is open.
struct Open(Arc<AtomicU32>);

impl Open {
    fn count(open: &Arc<AtomicU32>) -> Self {
        open.fetch_add(1, Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Connector {
    pub(crate) async fn connect(&self, limit: Duration) -> Result<Sender, ConnectError> {
        match tokio::time::timeout(limit, self.dial()).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectError::Timeout(limit)),
        }
    }

    async fn dial(&self) -> Result<Sender, ConnectError> {
        let addresses = tokio::net::lookup_host((&*self.host, self.port))
            .await
            .map_err(|error| of_system(error, ConnectError::Resolve))?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return self.speak(stream).await,
                Err(error) => last = error,
            }
        }
        Err(of_system(last, ConnectError::Tcp))
    }

    async fn speak(&self, stream: TcpStream) -> Result<Sender, ConnectError> {
        stream.set_nodelay(true).map_err(ConnectError::Tcp)?;
        let stream = Gathering(stream);
        let Some((connector, name)) = &self.tls else {
            return self.handshake(stream).await;
        };
        let stream = connector.connect(name.clone(), stream).await.map_err(ConnectError::Tls)?;
        let agreed = stream.get_ref().1.alpn_protocol();
        if self.protocol == UpstreamProtocol::Http2 && agreed != Some(b"h2") {
            return Err(ConnectError::NoHttp2);
        }
        self.handshake(stream).await
    }

    async fn handshake<S>(&self, stream: S) -> Result<Sender, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match self.protocol {
            UpstreamProtocol::Http1 => {
                let heard = Arc::new(Heard::default());
                let io = TokioIo::new(Counting::new(stream, Arc::clone(&heard)));
                let mut http1 = http1::Builder::new();
                if self.header_count != PARSED_HEADERS {
                    http1.max_headers(self.header_count);
                }
                let (sender, connection) = http1
                    // What is read ahead of a client that reads slowly; hyper would take 400 KiB.
                    .max_buf_size(READ_AHEAD)
                    .handshake::<_, RequestBody>(io)
                    .await
                    .map_err(ConnectError::Handshake)?;
                let open = Open::count(&self.open);
                tokio::spawn(async move {
                    let _open = open;
                    // Whoever waits for a response hears of the error there.
                    let _ = connection.with_upgrades().await;
                });
                Ok(Sender::Http1(sender, heard))
            }
            UpstreamProtocol::Http2 => {
                let io = TokioIo::new(stream);
                let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                    .timer(hyper_util::rt::TokioTimer::new())
                    .keep_alive_interval(self.ping_after)
                    .initial_stream_window_size(STREAM_WINDOW)
                    .initial_connection_window_size(CONNECTION_WINDOW)
                    .handshake::<_, RequestBody>(io)
                    .await
                    .map_err(ConnectError::Handshake)?;
                let open = Open::count(&self.open);
                tokio::spawn(async move {
                    let _open = open;
                    let _ = connection.await;
                });
                Ok(Sender::Http2(sender, Arc::default()))
            }
        }
    }
}

/// Tells what our own system refuses from what the server does.
fn of_system(error: io::Error, otherwise: impl Fn(io::Error) -> ConnectError) -> ConnectError {
    match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(
            rustix::io::Errno::MFILE
            | rustix::io::Errno::NFILE
            | rustix::io::Errno::NOBUFS
            | rustix::io::Errno::NOMEM
            | rustix::io::Errno::ADDRNOTAVAIL,
        ) => ConnectError::Exhausted(error),
        _ => otherwise(error),
    }
}

/// The TLS side of an upstream, made once.
pub(crate) fn tls_connector(upstream: &Upstream) -> Result<TlsConnector, crate::tls::TlsError> {
    let mut config = crate::tls::client_config(&upstream.tls)?;
    config.alpn_protocols = vec![match upstream.protocol {
        UpstreamProtocol::Http1 => b"http/1.1".to_vec(),
        UpstreamProtocol::Http2 => b"h2".to_vec(),
    }];
    Ok(TlsConnector::from(Arc::new(config)))
}
