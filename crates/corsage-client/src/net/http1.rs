//! HTTP/1.1 as browsers read it.
//!
//! Framing follows
//! [RFC 9112, 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3), as leniently as browsers do: equal
//! repeated `Content-Length`s are one, and a body on 204 or 304 is none.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use corsage::browser::{WireFailure, WireResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::connect::Stream;
use super::head::{Input, Version, parse_head};
use super::wire_error::WireError;

/// A longer head is no head.
const MAX_HEAD_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 16 * 1024;

/// A connection between two exchanges.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    buffer: BytesMut,
    idle: Duration,
}

/// A response's body, on the connection that it comes over.
#[derive(Debug)]
pub(crate) struct Http1Body {
    connection: Option<Connection>,
    framing: Framing,
    reuse: Reuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reuse {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    None,
    Length(u64),
    /// What remains of the present chunk; `None` before a chunk's size.
    Chunked(Option<u64>),
    UntilClose,
}

impl Connection {
    pub(crate) fn new(stream: Stream, idle: Duration) -> Self {
        Self { stream, buffer: BytesMut::new(), idle }
    }

    /// Whether the peer has closed, or said something out of turn.
    pub(crate) async fn is_stale(&mut self) -> bool {
        let mut byte = [0];
        !self.buffer.is_empty()
            || timeout(Duration::ZERO, self.stream.read(&mut byte)).await.is_ok()
    }

    pub(crate) async fn send(&mut self, head: &[u8], body: Option<&[u8]>) -> Result<(), WireError> {
        let broken =
            |error: std::io::Error| WireError::new(WireFailure::Connection, error.to_string());
        self.stream.write_all(head).await.map_err(broken)?;
        if let Some(body) = body {
            self.stream.write_all(body).await.map_err(broken)?;
        }
        self.stream.flush().await.map_err(broken)
    }

    /// The next final response's head; interim ones are passed over.
    pub(crate) async fn receive(
        mut self,
        method: &[u8],
    ) -> Result<(WireResponse, Http1Body), WireError> {
        loop {
            let (response, version) = self.head().await?;
            if (100..200).contains(&response.status) && response.status != 101 {
                continue;
            }
            let framing = framing(&response, method)?;
            let reuse = reuse(&response, version, framing);
            return Ok((response, Http1Body { connection: Some(self), framing, reuse }));
        }
    }

    async fn head(&mut self) -> Result<(WireResponse, Version), WireError> {
        loop {
            // Some servers send a line end too many after a body.
            while self.buffer.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                self.buffer.advance(1);
            }
            if let Some(head) = parse_head(&self.buffer, Input::Open)? {
                self.buffer.advance(head.length);
                return Ok((head.response, head.version));
            }
            if self.buffer.len() > MAX_HEAD_BYTES {
                return Err(WireError::new(
                    WireFailure::Malformed,
                    format!("the response's head is longer than {MAX_HEAD_BYTES} bytes"),
                ));
            }
            if self.fill().await? == 0 {
                if self.buffer.is_empty() {
                    return Err(WireError::new(
                        WireFailure::Connection,
                        "the connection was closed before a response came",
                    ));
                }
                let ended = parse_head(&self.buffer, Input::Ended)?;
                self.buffer.clear();
                if let Some(head) = ended {
                    return Ok((head.response, head.version));
                }
            }
        }
    }

    async fn fill(&mut self) -> Result<usize, WireError> {
        self.buffer.reserve(READ_BYTES);
        match timeout(self.idle, self.stream.read_buf(&mut self.buffer)).await {
            Ok(Ok(count)) => Ok(count),
            // A peer that closes TLS without saying so has closed all the same.
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(error)) => Err(WireError::new(WireFailure::Connection, error.to_string())),
            Err(_) => Err(WireError::new(
                WireFailure::TimedOut,
                format!("nothing came for {:?}", self.idle),
            )),
        }
    }
}

fn framing(response: &WireResponse, method: &[u8]) -> Result<Framing, WireError> {
    if method == b"HEAD" || matches!(response.status, 101 | 204 | 304) {
        return Ok(Framing::None);
    }
    let chunked = response.headers.get(b"transfer-encoding").is_some_and(|value| {
        value
            .rsplit(|byte| *byte == b',')
            .next()
            .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
    });
    if chunked {
        return Ok(Framing::Chunked(None));
    }
    let Some(value) = response.headers.get(b"content-length") else {
        return Ok(Framing::UntilClose);
    };
    let mut lengths = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let first = lengths.next().unwrap_or_default();
    if lengths.any(|other| other != first) {
        return Err(WireError::new(WireFailure::Malformed, "two different Content-Lengths"));
    }
    let number = std::str::from_utf8(first)
        .ok()
        .filter(|text| !text.starts_with('+'))
        .and_then(|text| text.parse().ok());
    // What is no number counts as absent, as in browsers.
    Ok(number.map_or(Framing::UntilClose, Framing::Length))
}

fn reuse(response: &WireResponse, version: Version, framing: Framing) -> Reuse {
    let connection = response.headers.get(b"connection").unwrap_or_default().to_ascii_lowercase();
    let says =
        |word: &[u8]| connection.split(|byte| *byte == b',').any(|item| item.trim_ascii() == word);
    let stays = if version == Version::Http10 { says(b"keep-alive") } else { !says(b"close") };
    if stays && framing != Framing::UntilClose && response.status != 101 {
        Reuse::Yes
    } else {
        Reuse::No
    }
}

impl Http1Body {
    /// The next piece, or `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, WireError> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        loop {
            match self.framing {
                Framing::None | Framing::Length(0) => {
                    self.framing = Framing::None;
                    return Ok(None);
                }
                Framing::Length(left) => {
                    let piece = piece(connection, left).await?;
                    self.framing = Framing::Length(left - piece.len() as u64);
                    return Ok(Some(piece));
                }
                Framing::UntilClose => {
                    if connection.buffer.is_empty() && connection.fill().await? == 0 {
                        self.framing = Framing::None;
                        return Ok(None);
                    }
                    return Ok(Some(connection.buffer.split().freeze()));
                }
                Framing::Chunked(Some(0)) => {
                    // The line end after a chunk.
                    while connection.buffer.len() < 2 {
                        more(connection).await?;
                    }
                    let end = if connection.buffer.starts_with(b"\r\n") { 2 } else { 1 };
                    connection.buffer.advance(end);
                    self.framing = Framing::Chunked(None);
                }
                Framing::Chunked(Some(left)) => {
                    let piece = piece(connection, left).await?;
                    self.framing = Framing::Chunked(Some(left - piece.len() as u64));
                    return Ok(Some(piece));
                }
                Framing::Chunked(None) => match chunk_size(connection).await? {
                    0 => {
                        trailers(connection).await?;
                        self.framing = Framing::None;
                        return Ok(None);
                    }
                    size => self.framing = Framing::Chunked(Some(size)),
                },
            }
        }
    }

    /// The connection, if the body has ended and both sides may go on.
    pub(crate) fn into_connection(mut self) -> Option<Connection> {
        let ended = matches!(self.framing, Framing::None | Framing::Length(0));
        if ended && self.reuse == Reuse::Yes { self.connection.take() } else { None }
    }
}

/// Reads on, where more has to come.
async fn more(connection: &mut Connection) -> Result<(), WireError> {
    match connection.fill().await? {
        0 => Err(WireError::new(
            WireFailure::Connection,
            "the connection was closed within the body",
        )),
        _ => Ok(()),
    }
}

/// What has come of these many bytes.
async fn piece(connection: &mut Connection, left: u64) -> Result<Bytes, WireError> {
    if connection.buffer.is_empty() {
        more(connection).await?;
    }
    let count = connection.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    Ok(connection.buffer.split_to(count).freeze())
}

/// The size of the chunk that begins.
async fn chunk_size(connection: &mut Connection) -> Result<u64, WireError> {
    loop {
        match httparse::parse_chunk_size(&connection.buffer) {
            Ok(httparse::Status::Complete((length, size))) => {
                connection.buffer.advance(length);
                return Ok(size);
            }
            Ok(httparse::Status::Partial) if connection.buffer.len() <= READ_BYTES => {
                more(connection).await?;
            }
            _ => {
                return Err(WireError::new(WireFailure::Malformed, "a chunk's size is no number"));
            }
        }
    }
}

/// Trailers are read, and dropped: no script sees them.
async fn trailers(connection: &mut Connection) -> Result<(), WireError> {
    loop {
        if let Some(end) = connection.buffer.iter().position(|byte| *byte == b'\n') {
            let line = connection.buffer.split_to(end + 1);
            if line.trim_ascii().is_empty() {
                return Ok(());
            }
        } else if connection.buffer.len() > MAX_HEAD_BYTES || connection.fill().await? == 0 {
            return Ok(());
        }
    }
}
