//! `[[gateway.listen]]`

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::decode::{choice, record};

record! {
    /// An address to listen on. Its short form is the address alone: `listen = "0.0.0.0:8080"`.
    pub struct Listen, short form address {
        /// IP address and port.
        pub address: SocketAddr,
        /// TLS; without it the connection is not encrypted.
        pub tls: Option<ListenTls> = None,
        /// Protocols that clients may speak. Without TLS, `http2` means prior knowledge (h2c).
        pub protocols: Vec<Protocol> = vec![Protocol::Http1, Protocol::Http2],
        /// Whether a load balancer in front sends the PROXY protocol (version 1 or 2).
        pub proxy_protocol: ProxyProtocol = ProxyProtocol::Off,
    }
}

impl Listen {
    /// This address, without TLS.
    #[must_use]
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            protocols: vec![Protocol::Http1, Protocol::Http2],
            proxy_protocol: ProxyProtocol::Off,
        }
    }
}

record! {
    /// TLS towards clients. Certificates are read again on reload, and when their files change.
    pub struct ListenTls {
        /// Certificates; the first serves clients that ask for a name that none has (SNI).
        pub certificates: Vec<Certificate>,
        /// The oldest version that is spoken.
        pub min_version: TlsVersion = TlsVersion::Tls12,
        /// Whether clients must show a certificate.
        pub client_certificates: ClientCertificates = ClientCertificates::Ignore,
        /// Roots that clients' certificates must lead to: PEM files.
        pub client_roots: Vec<PathBuf> = Vec::new(),
    }
}

record! {
    /// A certificate and its key.
    pub struct Certificate {
        /// The certificate, followed by its chain: a PEM file.
        pub certificate: PathBuf,
        /// Its private key: a PEM file.
        pub key: PathBuf,
        /// Names to serve it for; empty for the names that it carries.
        pub names: Vec<String> = Vec::new(),
    }
}

choice! {
    /// A version of HTTP.
    pub enum Protocol {
        /// HTTP/1.1 and 1.0.
        Http1 = "http1",
        /// HTTP/2.
        Http2 = "http2",
    }
}

choice! {
    /// Whether the client's address comes by the PROXY protocol.
    pub enum ProxyProtocol {
        /// The peer is the client.
        Off = "off",
        /// Every connection begins with a PROXY header; one without it is closed.
        Required = "required",
    }
}

choice! {
    /// A version of TLS.
    pub enum TlsVersion {
        /// TLS 1.2.
        Tls12 = "1.2",
        /// TLS 1.3.
        Tls13 = "1.3",
    }
}

choice! {
    /// Whether clients show a certificate.
    pub enum ClientCertificates {
        /// They are not asked.
        Ignore = "ignore",
        /// They are asked, and let in without one. One that is shown must be good.
        Request = "request",
        /// They are not let in without one.
        Require = "require",
    }
}
