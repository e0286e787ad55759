//! A client that sends the bytes it is given.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection to the gateway.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

/// A response as it came.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Trailers of a chunked body.
    pub(crate) trailers: Vec<(String, String)>,
    /// Whether the body ended as its head said.
    pub(crate) complete: bool,
}

impl Response {
    /// The values of a header, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A header's one value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} on {} lines: {all:?}", all.len());
        all.first().copied()
    }
}

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::try_connect(addr).unwrap()
    }

    pub(crate) fn try_connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_write_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// One request on a connection of its own.
    pub(crate) fn get(addr: SocketAddr, path: &str) -> Response {
        Self::once(addr, &format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"))
    }

    /// These bytes on a connection of their own.
    pub(crate) fn once(addr: SocketAddr, bytes: &str) -> Response {
        Self::once_as(addr, method(bytes), bytes)
    }

    /// These bytes, which hold a request of this method, on a connection of their own.
    pub(crate) fn once_as(addr: SocketAddr, method: &str, bytes: &str) -> Response {
        let mut client = Self::connect(addr);
        client.send(bytes.as_bytes());
        client.response(method).unwrap()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// The next final response.
    pub(crate) fn response(&mut self, method: &str) -> io::Result<Response> {
        loop {
            let (status, headers) = read_head(&mut self.stream)?;
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            return read_body(&mut self.stream, method, status, headers);
        }
    }

    /// Whether the peer closes without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => {
                matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
            }
        }
    }
}

fn method(bytes: &str) -> &str {
    bytes.split(' ').next().unwrap()
}

/// Status (0 for a request) and headers.
pub(crate) fn read_head(stream: &mut impl io::BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    let first = line(stream)?;
    let status = first
        .strip_prefix("HTTP/")
        .and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
        .unwrap_or(0);
    Ok((status, fields(stream)?))
}

fn fields(stream: &mut impl io::BufRead) -> io::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn line(stream: &mut impl io::BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn read_body(
    stream: &mut impl io::BufRead,
    method: &str,
    status: u16,
    headers: Vec<(String, String)>,
) -> io::Result<Response> {
    let mut response =
        Response { status, headers, body: Vec::new(), trailers: Vec::new(), complete: true };
    if method == "HEAD" || matches!(status, 101 | 204 | 304) {
        return Ok(response);
    }
    if response.header("transfer-encoding") == Some("chunked") {
        response.complete = false;
        loop {
            let Ok(size) = line(stream) else { return Ok(response) };
            let size = size.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            if size == 0 {
                if let Ok(trailers) = fields(stream) {
                    response.trailers = trailers;
                    response.complete = true;
                }
                return Ok(response);
            }
            let start = response.body.len();
            let read = (&mut *stream).take(size as u64).read_to_end(&mut response.body);
            if read.is_err() || response.body.len() - start < size || line(stream).is_err() {
                return Ok(response);
            }
        }
    }
    match response.header("content-length").map(|length| length.parse::<u64>().unwrap()) {
        Some(length) => {
            let _ = stream.take(length).read_to_end(&mut response.body);
            response.complete = response.body.len() as u64 == length;
        }
        None => {
            response.complete = stream.read_to_end(&mut response.body).is_ok();
        }
    }
    Ok(response)
}
