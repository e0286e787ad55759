//! A server that answers as a test says, and the command.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        lines.find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    pub(crate) fn origin(&self) -> &str {
        self.header("origin").unwrap_or_default()
    }

    /// Whether the user asks.
    pub(crate) fn is_user(&self) -> bool {
        self.header("cookie").is_some_and(|it| it.contains("sid=1"))
    }
}

/// A server on loopback that remembers what it was asked.
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Each request is answered by this: it writes the whole response.
    pub(crate) fn raw(
        answer: impl Fn(&Asked, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard) = (Arc::new(answer), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, heard) = (answer.clone(), heard.clone());
                std::thread::spawn(move || serve(stream, &*answer, &heard));
            }
        });
        Self { port, asked }
    }

    /// Each request is answered by a status, lines of headers and a body.
    pub(crate) fn start(
        answer: impl Fn(&Asked) -> (u16, Vec<(&'static str, String)>, String) + Send + Sync + 'static,
    ) -> Self {
        Self::raw(move |asked, stream| {
            let (status, headers, body) = answer(asked);
            let mut head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let body = if asked.method == "HEAD" { "" } else { &*body };
            stream.write_all(format!("{head}\r\n{body}").as_bytes())
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    answer: &(dyn Fn(&Asked, &mut TcpStream) -> std::io::Result<()> + Send + Sync),
    heard: &Mutex<Vec<Asked>>,
) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut words = line.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut asked = Asked { method, path, headers, body: String::new(), at: Instant::now() };
        let length = asked.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        asked.body = String::from_utf8_lossy(&body).into_owned();
        heard.lock().unwrap().push(asked.clone());
        answer(&asked, &mut writer).ok()?;
    }
}

/// What the command said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The classes that were found, each with its severity.
    pub(crate) fn found(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["audits"].as_array().into_iter().flatten();
        let findings = findings.flat_map(|audit| audit["findings"].as_array().unwrap());
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        findings.map(|it| format!("{}:{}", text(&it["class"]), text(&it["severity"]))).collect()
    }
}

/// The command, in a hurry, with a user's cookie in `SESSION` and a token in `TOKEN`.
pub(crate) fn audit(args: &[&str]) -> Run {
    let output = command().arg("audit").args(["--rate", "2000"]).args(args).output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corsage"));
    command.env("CORSAGE_LANG", "en").env("SESSION", "sid=1").env("TOKEN", "t0ken-of-alice");
    command
}

/// What a user gets, and what the others do.
pub(crate) fn body(asked: &Asked) -> (u16, String) {
    match asked.is_user() {
        true => (200, r#"{"user":"alice","balance":"4711-euro"}"#.to_owned()),
        false => (401, r#"{"error":"sign in"}"#.to_owned()),
    }
}

/// A service whose policy is this function of the origin: what it answers as the allowed origin.
pub(crate) fn service(policy: impl Fn(&Asked) -> Option<String> + Send + Sync + 'static) -> Server {
    Server::start(move |asked| {
        let (status, body) = body(asked);
        let mut headers = vec![("vary", "Origin".to_owned())];
        if let Some(origin) = policy(asked) {
            headers.push(("access-control-allow-origin", origin));
            headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        if asked.path == "/login" {
            headers.push(("set-cookie", "sid=1; Secure; SameSite=None".to_owned()));
        }
        match asked.method.as_str() {
            "OPTIONS" => (204, headers, String::new()),
            _ => (status, headers, body),
        }
    })
}

/// Lets in whoever asks.
pub(crate) fn careless() -> Server {
    service(|asked| asked.header("origin").map(str::to_owned))
}

/// Lets in one page.
pub(crate) fn sound() -> Server {
    service(|asked| {
        (asked.origin() == "https://app.example.com").then(|| asked.origin().to_owned())
    })
}

/// Arguments that tell of the user and of the page that is meant to read.
pub(crate) const KNOWN: [&str; 4] =
    ["--intended", "https://app.example.com", "--cookie-env", "SESSION"];
