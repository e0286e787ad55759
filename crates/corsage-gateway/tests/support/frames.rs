//! HTTP/2 by hand: frames as the test wants them, and as much of the answer as tells its outcome.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame of any kind.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block: literal fields, nothing indexed, nothing compressed.
pub(crate) fn block<N: AsRef<[u8]>, V: AsRef<[u8]>>(fields: &[(N, V)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        // Literal, not indexed, by a new name.
        bytes.push(0);
        string(&mut bytes, name.as_ref());
        string(&mut bytes, value.as_ref());
    }
    bytes
}

fn string(bytes: &mut Vec<u8>, text: &[u8]) {
    match u8::try_from(text.len()) {
        Ok(short @ ..127) => bytes.push(short),
        _ => {
            bytes.push(127);
            let mut left = text.len() - 127;
            while left >= 128 {
                bytes.push(u8::try_from(left % 128).unwrap() | 128);
                left /= 128;
            }
            bytes.push(u8::try_from(left).unwrap());
        }
    }
    bytes.extend_from_slice(text);
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Status(u16),
    Reset(u32),
    GoneAway(u32),
    Closed,
    Nothing,
}

pub(crate) struct Http2 {
    stream: TcpStream,
    over: Arc<AtomicBool>,
}

impl Http2 {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut this = Self { stream, over: Arc::default() };
        this.send(PREFACE);
        this.send(&frame(4, 0, 0, b""));
        this
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends a whole request.
    pub(crate) fn request(
        &mut self,
        stream: u32,
        headers: &[(Vec<u8>, Vec<u8>)],
        body: Option<&str>,
        trailers: &[(Vec<u8>, Vec<u8>)],
    ) {
        let end = if body.is_none() && trailers.is_empty() { 1 } else { 0 };
        let block_bytes = block(headers);
        let mut pieces: Vec<&[u8]> = block_bytes.chunks(16_384).collect();
        if pieces.is_empty() {
            pieces.push(b"");
        }
        let last = pieces.len() - 1;
        for (n, piece) in pieces.into_iter().enumerate() {
            let kind = if n == 0 { 1 } else { 9 };
            let flags = if n == 0 { end } else { 0 } | if n == last { 4 } else { 0 };
            self.send(&frame(kind, flags, stream, piece));
        }
        if let Some(body) = body {
            let end = u8::from(trailers.is_empty());
            self.send(&frame(0, end, stream, body.as_bytes()));
        }
        if !trailers.is_empty() {
            self.send(&frame(1, 5, stream, &block(trailers)));
        }
    }

    /// Reads until it is known what becomes of a stream.
    pub(crate) fn answer(&mut self, stream: u32) -> Answer {
        self.stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        loop {
            let mut head = [0; 9];
            match self.stream.read_exact(&mut head) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Answer::Nothing;
                }
                Err(_) => return Answer::Closed,
            }
            let length =
                usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let mut payload = vec![0; length];
            if self.stream.read_exact(&mut payload).is_err() {
                return Answer::Closed;
            }
            let this = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let code = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().unwrap());
            match head[3] {
                // What comes before the answer is none.
                1 if this == stream && status(&payload) < 200 => {}
                1 if this == stream => return Answer::Status(status(&payload)),
                3 if this == stream => return Answer::Reset(code(0)),
                // Without a fault, it is the end of an idle connection.
                7 if code(4) != 0 => return Answer::GoneAway(code(4)),
                4 if head[4] == 0 => self.send(&frame(4, 1, 0, b"")),
                _ => {}
            }
        }
    }

    /// Reads what comes, so that the gateway is never held up by it.
    pub(crate) fn read_aside(&self) {
        let (mut stream, over) = (self.stream.try_clone().unwrap(), Arc::clone(&self.over));
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
            over.store(true, Relaxed);
        });
    }

    /// Whether the gateway has ended the connection.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }
}

/// The first field of a response's block is its status: from the static table, or as a literal of
/// that name, compressed or not.
fn status(block: &[u8]) -> u16 {
    // Updates of the table's size may stand before it.
    let start = block.iter().position(|byte| byte & 0xe0 != 0x20).unwrap_or(0);
    let block = &block[start..];
    match block[0] {
        0x88 => 200,
        0x89 => 204,
        0x8a => 206,
        0x8b => 304,
        0x8c => 400,
        0x8d => 404,
        0x8e => 500,
        0x48 | 0x08 | 0x18 => {
            let length = usize::from(block[1] & 127);
            let value = &block[2..2 + length];
            if block[1] & 128 == 0 {
                std::str::from_utf8(value).unwrap().parse().unwrap()
            } else {
                digits(value)
            }
        }
        other => panic!("no status at {other:#x}"),
    }
}

/// Three digits in the code of HPACK: 0, 1 and 2 in five bits, the others in six.
fn digits(bytes: &[u8]) -> u16 {
    let bits: Vec<u16> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| u16::from(byte >> n & 1))).collect();
    let mut bits = bits.into_iter();
    let mut number = 0;
    for _ in 0..3 {
        let mut code = (0..5).fold(0, |code, _| code << 1 | bits.next().unwrap());
        if code > 2 {
            code = (code << 1 | bits.next().unwrap()) - 0x19 + 3;
        }
        number = number * 10 + code;
    }
    number
}
