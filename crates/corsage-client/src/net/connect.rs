//! Connections: name to address, TCP, TLS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use corsage::browser::WireFailure;
use corsage::terms::loopback::is_localhost_name;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::resolve::Resolve;
use super::wire_error::WireError;
use crate::settings::Reach;

/// TCP, or TLS over it.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection, and what is spoken over it.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) stream: Stream,
    pub(crate) peer: SocketAddr,
    pub(crate) protocol: Protocol,
}

/// As negotiated in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

pub(crate) async fn connect(
    url: &Url,
    rules: &[Resolve],
    reach: Reach,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<Connected, WireError> {
    let mut addresses = addresses(url, rules).await?;
    if reach == Reach::Loopback {
        // What a name resolves to counts, not what it says.
        addresses.retain(|address| address.ip().to_canonical().is_loopback());
        if addresses.is_empty() {
            let host = url.host_str().unwrap_or_default();
            let text =
                format!("not connected: {host} is not this machine, and no other may be asked");
            return Err(WireError::new(WireFailure::Connection, text));
        }
    }
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small messages must not wait for each other.
                let _ = stream.set_nodelay(true);
                let stream = secure(stream, url, tls).await?;
                let protocol = stream.protocol();
                return Ok(Connected { stream, peer: address, protocol });
            }
            Err(error) => last = Some((address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => {
            WireError::new(WireFailure::Connection, format!("{address}: {error}"))
        }
        None => WireError::new(WireFailure::Dns, "the name has no address"),
    })
}

async fn addresses(url: &Url, rules: &[Resolve]) -> Result<Vec<SocketAddr>, WireError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let host = url.host_str().unwrap_or_default();
    if let Some(address) = rules.iter().find_map(|rule| rule.apply(host, port)) {
        return Ok(vec![address]);
    }
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(vec![SocketAddr::new(IpAddr::V4(address), port)]),
        Some(Host::Ipv6(address)) => Ok(vec![SocketAddr::new(IpAddr::V6(address), port)]),
        // Browsers keep localhost on this machine, whatever a resolver says.
        Some(Host::Domain(name)) if is_localhost_name(name) => Ok(vec![
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
            SocketAddr::new(core::net::Ipv6Addr::LOCALHOST.into(), port),
        ]),
        Some(Host::Domain(name)) => match tokio::net::lookup_host((name, port)).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => Err(WireError::new(WireFailure::Dns, format!("{name}: {error}"))),
        },
        None => Err(WireError::new(WireFailure::Dns, "the URL has no host")),
    }
}

async fn secure(
    stream: TcpStream,
    url: &Url,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<Stream, WireError> {
    if url.scheme() != "https" {
        return Ok(Stream::Plain(stream));
    }
    let host =
        url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host.clone())
        .map_err(|error| WireError::new(WireFailure::Tls, format!("{host}: {error}")))?;
    match TlsConnector::from(Arc::clone(tls)).connect(name, stream).await {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(error) => {
            let asked = error.to_string().contains("CertificateRequired");
            let failure =
                if asked { WireFailure::ClientCertificateNeeded } else { WireFailure::Tls };
            Err(WireError::new(failure, why_tls_failed(&error, &host)))
        }
    }
}

/// The reasons that people meet, in their words; everything else in the library's.
fn why_tls_failed(error: &io::Error, host: &str) -> String {
    use rustls::{CertificateError as C, Error as E};
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<E>());
    match cause {
        Some(E::InvalidCertificate(C::UnknownIssuer)) => {
            "the certificate is not from an authority that is trusted here".to_owned()
        }
        Some(E::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. })) => {
            format!("the certificate is for another name than {host}")
        }
        Some(E::InvalidCertificate(C::Expired | C::ExpiredContext { .. })) => {
            "the certificate has expired".to_owned()
        }
        Some(E::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. })) => {
            "the certificate is not valid yet".to_owned()
        }
        Some(E::InvalidCertificate(C::Other(other)))
            if other.to_string().contains("CaUsedAsEndEntity") =>
        {
            "the certificate is self-signed".to_owned()
        }
        Some(E::InvalidMessage(_)) => {
            "what answers does not speak TLS; perhaps this is the port for http".to_owned()
        }
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed within the TLS handshake".to_owned()
        }
        _ => error.to_string(),
    }
}

impl Stream {
    fn protocol(&self) -> Protocol {
        match self {
            Self::Tls(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Protocol::Http2
            }
            _ => Protocol::Http1,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
