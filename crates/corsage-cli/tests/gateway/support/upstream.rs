//! Upstreams: a thread a connection, and whatever the test does with it.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A server of the test's own making.
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Upstream {
    /// Gives each connection to `serve`.
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (serve, count) = (Arc::new(serve), Arc::clone(&connections));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, SeqCst);
                let _ = stream.set_nodelay(true);
                let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { addr, connections }
    }

    /// Answers each request of each connection by these bytes.
    pub(crate) fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(move |stream| {
            let mut stream = BufReader::new(stream);
            while let Ok(request) = read_request(&mut stream) {
                if stream.get_mut().write_all(&answer(&request)).is_err() {
                    return;
                }
            }
        })
    }

    /// Says `ok` to everything.
    pub(crate) fn ok() -> Self {
        Self::answering(|_| respond("200 OK", "X-Served-By: upstream\r\n", b"ok"))
    }
}

/// A request as the upstream got it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// A response with a length.
pub(crate) fn respond(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len())
        .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The next request of a connection, in full.
pub(crate) fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request { line, headers, body: Vec::new() };
    if request.all("transfer-encoding").contains(&"chunked") {
        loop {
            let mut size = String::new();
            if io::BufRead::read_line(stream, &mut size)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let size =
                u64::from_str_radix(size.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
            io::Read::take(&mut *stream, size).read_to_end(&mut request.body)?;
            let mut end = String::new();
            while io::BufRead::read_line(stream, &mut end)? > 2 {
                end.clear();
            }
            if size == 0 {
                return Ok(request);
            }
        }
    }
    if let Some(length) =
        request.all("content-length").first().and_then(|length| length.parse().ok())
    {
        request.body = vec![0; length];
        stream.read_exact(&mut request.body)?;
    }
    Ok(request)
}
