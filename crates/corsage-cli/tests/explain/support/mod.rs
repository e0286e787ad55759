//! A scripted HTTP server on a raw socket, and the real command.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;

/// One answer: the first that fits a request is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) to: To,
    pub(crate) host: Option<String>,
    pub(crate) path: Option<String>,
    /// Preflights for this method only.
    pub(crate) asks: Option<String>,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    #[serde(default)]
    pub(crate) body: String,
    /// Hang up without an answer.
    #[serde(default)]
    pub(crate) close: bool,
}

impl Answer {
    /// What a preflight is answered with.
    pub(crate) fn preflight(status: u16, headers: &[&str]) -> Self {
        Self {
            to: To::Preflight,
            host: None,
            path: None,
            asks: None,
            status,
            headers: headers.iter().map(|line| (*line).to_owned()).collect(),
            body: String::new(),
            close: false,
        }
    }

    /// A page for host `localhost`.
    pub(crate) fn page(path: &str, header: &str, body: &str) -> Self {
        Self {
            to: To::Any,
            host: Some("localhost".to_owned()),
            path: Some(path.to_owned()),
            asks: None,
            status: 200,
            headers: vec!["content-type: text/html".to_owned(), header.to_owned()],
            body: body.to_owned(),
            close: false,
        }
    }
}

fn ok() -> u16 {
    200
}

/// Which requests an answer is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum To {
    #[default]
    Any,
    /// OPTIONS with Access-Control-Request-Method.
    Preflight,
    /// Everything else.
    Request,
    /// Without Origin.
    Plain,
    /// From an origin that nobody has.
    Stranger,
}

/// A running server; it ends when dropped.
pub(crate) struct Server {
    port: u16,
    closed: u16,
    stop: Arc<AtomicBool>,
}

/// What a run of the command came to.
pub(crate) struct Run {
    pub(crate) exit: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Server {
    pub(crate) fn start(answers: Vec<Answer>, page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("address").port();
        // Bound and dropped: nothing listens there.
        let closed = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let answers: Arc<[Answer]> = answers.into();
        let stop = Arc::new(AtomicBool::new(false));
        // A third host of this machine, where it has one: most have only the first.
        let other = TcpListener::bind(("127.0.0.2", port)).ok();
        for listener in std::iter::once(listener).chain(other) {
            let (stopped, page, answers) =
                (Arc::clone(&stop), page.to_owned(), Arc::clone(&answers));
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    let (answers, page) = (Arc::clone(&answers), page.clone());
                    std::thread::spawn(move || serve(stream, &answers, (port, closed), &page));
                }
            });
        }
        Self { port, closed, stop }
    }

    /// Runs `corsage explain` against this server. Every host name leads here.
    pub(crate) fn explain(&self, page: &str, args: &[String], format: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corsage"));
        command.env("CORSAGE_LANG", "en");
        command.args(["explain", "--from", page, "--format", format, "--color", "never"]);
        for host in ["api.example", "files.example", "idp.example"] {
            for port in [self.port, self.closed] {
                command.args(["--resolve", &format!("{host}:{port}:127.0.0.1")]);
            }
        }
        for arg in args {
            command.arg(self.filled(arg));
        }
        let output = command.output().expect("the command runs");
        Run {
            exit: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A text that does not depend on which ports were free, without the options that lead every
    /// host name here.
    #[allow(dead_code, reason = "not every test compares text")]
    pub(crate) fn normal(&self, text: &str) -> String {
        let text = text
            .replace(&self.port.to_string(), "PORT1")
            .replace(&self.closed.to_string(), "PORT2");
        let mut words = Vec::new();
        let mut skip = false;
        for word in text.split(' ') {
            match (skip, word) {
                (true, _) => {
                    skip = false;
                    // The last option of a line ends it.
                    if let Some((_, rest)) = word.split_once('\n') {
                        let last: String = words.pop().unwrap_or_default();
                        words.push(format!("{last}\n{rest}"));
                    }
                }
                (false, "--resolve") => skip = true,
                (false, word) => words.push(word.to_owned()),
            }
        }
        words.join(" ")
    }

    /// Puts this server's address into a text.
    pub(crate) fn filled(&self, text: &str) -> String {
        text.replace("{url}", &format!("http://api.example:{}", self.port))
            .replace("{port}", &self.port.to_string())
            .replace("{closed}", &self.closed.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = TcpStream::connect(("127.0.0.2", self.port));
    }
}

fn serve(mut stream: TcpStream, answers: &[Answer], (port, closed): (u16, u16), page: &str) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
        // A TLS handshake, or garbage: not HTTP.
        if bytes.first().is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            return;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + 4 + length {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let preflight = method == "OPTIONS" && header("access-control-request-method").is_some();
    let host = header("host").unwrap_or_default();
    let fits = |answer: &&Answer| {
        let to = match answer.to {
            To::Any => true,
            To::Preflight => preflight,
            To::Request => !preflight,
            To::Plain => header("origin").is_none(),
            To::Stranger => header("origin").is_some_and(|origin| origin.ends_with(".invalid")),
        };
        let asked = header("access-control-request-method");
        to && answer.asks.as_ref().is_none_or(|method| asked.as_ref() == Some(method))
            && answer.host.as_ref().is_none_or(|wanted| host.split(':').next() == Some(wanted))
            && answer.path.as_ref().is_none_or(|wanted| path == wanted)
    };
    let Some(answer) = answers.iter().find(fits).filter(|answer| !answer.close) else { return };
    let mut text = format!("HTTP/1.1 {} -\r\n", answer.status);
    for line in &answer.headers {
        let line = line.replace("{page}", page).replace("{port}", &port.to_string());
        text.push_str(&format!("{line}\r\n"));
    }
    let body =
        answer.body.replace("{port}", &port.to_string()).replace("{closed}", &closed.to_string());
    if answer.status != 204 && answer.status != 304 {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("connection: close\r\n\r\n");
    if method != "HEAD" {
        text.push_str(&body);
    }
    let _ = stream.write_all(text.as_bytes());
}
