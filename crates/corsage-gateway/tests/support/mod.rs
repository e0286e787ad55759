//! An upstream that records bytes, and clients that send them.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod frames;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corsage_gateway::{Gateway, RunningGateway};

/// An address that refuses connections, for as long as the socket lives: its port is taken.
pub(crate) fn nobody() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let addr = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, addr)
}

/// A server that answers every request alike, and remembers the bytes of each.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

impl Upstream {
    pub(crate) fn start(answer: impl Fn(&str, &mut TcpStream) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self { addr: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&this.seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, seen, answer) = (stream.unwrap(), Arc::clone(&seen), answer.clone());
                std::thread::spawn(move || record(stream, &seen, &answer));
            }
        });
        this
    }

    /// Answers 200.
    pub(crate) fn ok() -> Self {
        Self::start(|_, stream| {
            let _ = stream.write_all(OK.as_bytes());
        })
    }

    /// What has come since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

/// Bytes stay bytes: Latin-1 has a character for each.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn record(mut stream: TcpStream, seen: &Mutex<Vec<String>>, answer: &dyn Fn(&str, &mut TcpStream)) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        while let Some(length) = whole_request(&bytes) {
            let request = text(&bytes[..length]);
            bytes.drain(..length);
            seen.lock().unwrap().push(request.clone());
            answer(&request, &mut stream);
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => {
                if !bytes.is_empty() {
                    seen.lock().unwrap().push(text(&bytes));
                }
                return;
            }
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn whole_request(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let lines = text(&bytes[..head]).to_ascii_lowercase();
    let value = |name: &str| lines.split("\r\n").find_map(|line| line.strip_prefix(name));
    if value("transfer-encoding:").is_some() {
        let end = bytes[head..].windows(5).position(|window| window == b"0\r\n\r\n")?;
        return Some(head + end + 5);
    }
    let length = value("content-length:").map_or(0, |value| value.trim().parse().unwrap());
    (bytes.len() >= head + length).then_some(head + length)
}

/// A gateway in front of an upstream, with more lines for its settings, and policies.
pub(crate) fn gateway(upstream: SocketAddr, settings: &str, policies: &str) -> RunningGateway {
    let text = format!(
        "[gateway]\nlisten = \"127.0.0.1:0\"\nupstreams = \"http://{upstream}\"\nthreads = 1\n\
         {settings}\n[gateway.admin]\nlisten = \"127.0.0.1:0\"\n[gateway.log]\naccess = \"off\"\n{policies}\n"
    );
    let config =
        corsage_config::parse(&text, "test.toml").unwrap_or_else(|error| panic!("{error}"));
    Gateway::start(&config).unwrap()
}

pub(crate) const APP: &str = "[[policy]]\nname = \"app\"\nallow_origins = [\"https://app.example\", \"https://*.b.example\"]\n\
                       allow_methods = [\"PUT\"]\nallow_headers = [\"content-type\", \"x-a\"]\n";

/// What a client gets.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) text: String,
    pub(crate) closed: bool,
}

/// Sends bytes on a new connection; what comes until the end, or until nothing more comes.
pub(crate) fn send(addr: SocketAddr, bytes: &[u8], responses: usize) -> Got {
    let mut stream = TcpStream::connect(addr).unwrap();
    // The answer may come, and the connection end, before all is sent.
    let _ = stream.write_all(bytes);
    receive(&mut stream, responses)
}

/// Reads until so many responses are whole, and a moment longer.
pub(crate) fn receive(stream: &mut TcpStream, responses: usize) -> Got {
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut got = Vec::new();
    let mut buffer = [0; 65536];
    let mut closed = false;
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while Instant::now() < deadline {
        match stream.read(&mut buffer) {
            Ok(0) => {
                closed = true;
                break;
            }
            Ok(read) => got.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                closed = true;
                break;
            }
            Err(_) if count(&text(&got)) >= responses => break,
            Err(_) => {}
        }
    }
    Got { text: text(&got), closed }
}

/// What upstreams got, in lower case, without the identifiers that the gateway draws: any short word may
/// stand in those by chance.
pub(crate) fn without_drawn_ids(seen: &[String]) -> String {
    let is_drawn = |line: &&str| {
        line.strip_prefix("x-request-id: ")
            .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let text = seen.concat().to_ascii_lowercase();
    text.split("\r\n").filter(|line| !is_drawn(line)).collect::<Vec<_>>().join("\r\n")
}

pub(crate) fn count(text: &str) -> usize {
    text.match_indices("HTTP/1.")
        .filter(|(at, _)| {
            // Not a 1xx, and not a word in a text.
            let rest = &text.as_bytes()[at + "HTTP/1.".len()..];
            matches!(rest, [b'0' | b'1', b' ', b'2'..=b'5', b'0'..=b'9', ..])
        })
        .count()
}

impl Got {
    pub(crate) fn status(&self) -> u16 {
        self.text.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.split("\r\n").skip(1).find_map(|line| {
            let (this, value) = line.split_once(':')?;
            this.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}
