//! One HTTP message out, one response head back. Bodies are not read: CORS never looks at them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use corsage::browser::{Header, SendCredentials, WireFailure, WireRequest, WireResponse};
use corsage_diagnosis::Failure;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Position;

use super::arguments::{Planned, Resolve};

/// No browser reads a longer head.
const MAX_HEAD_BYTES: usize = 256 * 1024;

/// Interim responses are skipped, but not without end.
const MAX_INTERIM: usize = 16;

/// The network as one page sees it.
pub(super) struct Network {
    resolve: Vec<Resolve>,
    timeout: Duration,
    /// For the host that the page asks first; the command cannot know of others.
    cookies: Option<(String, String)>,
    tls: TlsConnector,
}

impl Network {
    /// Prepares trust in the system's certificates, and those of `--cacert`.
    pub(super) fn new(planned: &Planned) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // What the system holds and cannot be read helps nobody.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(file) = &planned.cacert {
            let certificates = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| {
                    format!("--cacert {}: no certificates can be read: {error}", file.display())
                })?;
            roots.add_parsable_certificates(certificates);
        }
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let host = planned.url.host_str().unwrap_or_default().to_owned();
        let cookies = (!planned.cookies.is_empty()).then(|| (host, planned.cookies.join("; ")));
        Ok(Self {
            resolve: planned.resolve.clone(),
            timeout: planned.timeout,
            cookies,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Sends a message and reads the head of its response.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<WireResponse, Failure> {
        match tokio::time::timeout(self.timeout, self.exchange(wire)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure {
                kind: WireFailure::TimedOut,
                text: format!("no answer within {} s", self.timeout.as_secs_f64()),
            }),
        }
    }

    async fn exchange(&self, wire: &WireRequest) -> Result<WireResponse, Failure> {
        let host = wire.url.host_str().unwrap_or_default();
        let port = wire.url.port_or_known_default().unwrap_or_default();
        let stream = self.connect(host, port).await?;
        if wire.url.scheme() != "https" {
            return talk(stream, self.message(wire)).await;
        }
        let failed = |text: String| Failure { kind: WireFailure::Tls, text };
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| failed(error.to_string()))?;
        let stream =
            self.tls.connect(name, stream).await.map_err(|error| failed(error.to_string()))?;
        talk(stream, self.message(wire)).await
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Failure> {
        let fixed = self
            .resolve
            .iter()
            .find(|resolve| resolve.host.eq_ignore_ascii_case(host) && resolve.port == port);
        let addresses: Vec<SocketAddr> = match fixed {
            Some(resolve) => vec![SocketAddr::new(resolve.address, port)],
            None => tokio::net::lookup_host((host.trim_matches(['[', ']']), port))
                .await
                .map_err(|error| Failure { kind: WireFailure::Dns, text: error.to_string() })?
                .collect(),
        };
        let mut problem =
            Failure { kind: WireFailure::Dns, text: format!("{host} has no address") };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => problem = connection(&error),
            }
        }
        Err(problem)
    }

    /// The message as bytes.
    fn message(&self, wire: &WireRequest) -> Vec<u8> {
        let mut bytes = wire.method.clone();
        let target = &wire.url[Position::BeforePath..Position::AfterQuery];
        let host = &wire.url[Position::BeforeHost..Position::AfterPort];
        bytes.extend_from_slice(format!(" {target} HTTP/1.1\r\nHost: {host}\r\n").as_bytes());
        let mut line = |name: &[u8], value: &[u8]| {
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        for header in wire.headers.iter() {
            line(&header.name, &header.value);
        }
        if wire.credentials == SendCredentials::Include
            && let Some((host, cookies)) = &self.cookies
            && wire.url.host_str() == Some(host)
        {
            line(b"Cookie", cookies.as_bytes());
        }
        if !wire.headers.iter().any(|header| header.name.eq_ignore_ascii_case(b"user-agent")) {
            line(b"User-Agent", concat!("corsage/", env!("CARGO_PKG_VERSION")).as_bytes());
        }
        if wire.body.is_some() || matches!(wire.method.as_slice(), b"POST" | b"PUT") {
            let length = wire.body.as_ref().map_or(0, |body| body.len());
            line(b"Content-Length", length.to_string().as_bytes());
        }
        line(b"Connection", b"close");
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(wire.body.as_deref().unwrap_or_default());
        bytes
    }
}

fn connection(error: &io::Error) -> Failure {
    Failure { kind: WireFailure::Connection, text: error.to_string() }
}

/// Writes the message and reads heads until a final one.
async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    message: Vec<u8>,
) -> Result<WireResponse, Failure> {
    stream.write_all(&message).await.map_err(|error| connection(&error))?;
    stream.flush().await.map_err(|error| connection(&error))?;
    let mut bytes = Vec::new();
    for _ in 0..MAX_INTERIM {
        let end = loop {
            if let Some(end) = head_end(&bytes) {
                break end;
            }
            let malformed =
                |text: &str| Failure { kind: WireFailure::Malformed, text: text.to_owned() };
            if bytes.len() > MAX_HEAD_BYTES {
                return Err(malformed("the response's head does not end"));
            }
            if bytes.len() >= 5 && !bytes.starts_with(b"HTTP/") {
                return Err(malformed("the answer is not HTTP"));
            }
            match stream.read_buf(&mut bytes).await {
                Ok(0) if bytes.is_empty() => {
                    return Err(Failure {
                        kind: WireFailure::Connection,
                        text: "the connection was closed without an answer".to_owned(),
                    });
                }
                Ok(0) => return Err(malformed("the response's head is cut short")),
                Ok(_) => {}
                Err(error) => return Err(connection(&error)),
            }
        };
        let response = parse(&bytes[..end])?;
        // 101 would be a final answer to an upgrade, which is never asked for here.
        if !(100..200).contains(&response.status) {
            return Ok(response);
        }
        bytes.drain(..end);
    }
    Err(Failure { kind: WireFailure::Malformed, text: "interim responses without end".to_owned() })
}

/// Where a head ends: after an empty line. Bare line feeds end lines too.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut line_is_empty = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if line_is_empty => return Some(index + 1),
            b'\n' => line_is_empty = true,
            b'\r' => {}
            _ => line_is_empty = false,
        }
    }
    None
}

fn parse(head: &[u8]) -> Result<WireResponse, Failure> {
    let malformed = |text: &str| Failure { kind: WireFailure::Malformed, text: text.to_owned() };
    let mut lines =
        head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let status_line = lines.next().unwrap_or_default();
    let mut words = status_line.splitn(3, |&byte| byte == b' ');
    let version = words.next().unwrap_or_default();
    let status = words
        .next()
        .and_then(|word| std::str::from_utf8(word).ok())
        .and_then(|word| word.parse().ok())
        .filter(|status| (100..1000).contains(status));
    let (true, Some(status)) = (version.starts_with(b"HTTP/"), status) else {
        return Err(malformed("the status line cannot be read"));
    };
    let mut headers: Vec<Header> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // An obsolete continuation belongs to the line before.
            if let Some(header) = headers.last_mut() {
                header.value.push(b' ');
                header.value.extend_from_slice(line.trim_ascii());
            }
            continue;
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Err(malformed("a header line has no colon"));
        };
        headers.push(Header {
            name: line[..colon].to_vec(),
            value: line[colon + 1..].trim_ascii().to_vec(),
        });
    }
    Ok(WireResponse {
        status,
        status_text: words.next().unwrap_or_default().to_vec(),
        headers: headers.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{head_end, parse};

    #[test]
    fn heads_are_read_as_browsers_do() {
        let head = b"HTTP/1.1 200 OK\r\nA: 1\r\nA:  2 \r\nB: x\r\n y\r\n\r\nbody";
        let end = head_end(head).expect("an end");
        assert_eq!(&head[end..], b"body");
        let response = parse(&head[..end]).expect("a response");
        assert_eq!((response.status, response.status_text.as_slice()), (200, &b"OK"[..]));
        let lines: Vec<(&[u8], &[u8])> = response
            .headers
            .iter()
            .map(|line| (line.name.as_slice(), line.value.as_slice()))
            .collect();
        assert_eq!(lines, [(&b"A"[..], &b"1"[..]), (b"A", b"2"), (b"B", b"x y")]);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for head in
            [&b"SSH-2.0-x\r\n\r\n"[..], b"HTTP/1.1 99 x\r\n\r\n", b"HTTP/1.1 200 x\r\nno\r\n\r\n"]
        {
            assert!(parse(head).is_err());
        }
        assert_eq!(head_end(b"HTTP/1.1 200 OK\r\nA: 1\r\n"), None);
    }
}
