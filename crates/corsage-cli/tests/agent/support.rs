//! The agent as a child process, and a server that answers by a function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Nothing in these tests takes longer, unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Agent {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    kept: Vec<Value>,
}

impl Agent {
    pub(crate) fn start() -> Self {
        Self::start_with(&["--resolve", "*.test=127.0.0.1"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_corsage"))
            .arg("agent")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { input: child.stdin.take(), child, lines, kept: Vec::new() }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub(crate) fn send(&mut self, request: &Value) {
        self.write(format!("{request}\n").as_bytes());
    }

    /// The next line, whatever it answers.
    pub(crate) fn line(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("the agent says nothing");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// The reply to a request, in whatever order replies come.
    pub(crate) fn reply(&mut self, id: &Value) -> Value {
        if let Some(position) = self.kept.iter().position(|reply| reply["id"] == *id) {
            return self.kept.remove(position);
        }
        loop {
            let reply = self.line();
            if reply["id"] == *id {
                return reply;
            }
            self.kept.push(reply);
        }
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.send(request);
        self.reply(&request["id"])
    }

    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// How the process ended, and after how long.
    pub(crate) fn wait(&mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), started.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the agent does not end");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `fetch` of a page on `http://app.test`, with further members.
pub(crate) fn fetch(id: impl Into<Value>, url: &str, members: Value) -> Value {
    let mut request = json!({
        "op": "fetch", "id": id.into(), "url": url, "mode": "cors",
        "client": {"origin": "http://app.test", "url": "http://app.test/page", "global": "window"},
    });
    let Value::Object(members) = members else { panic!("members are an object") };
    request.as_object_mut().unwrap().extend(members);
    request
}

/// What a server got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// Request line and headers, each line ended.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.clone().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A server; requests are answered one after the other on each connection.
pub(crate) struct Server {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Server {
    /// Answers with the bytes of the function; without any, it says nothing and keeps the connection.
    pub(crate) fn start(answer: impl Fn(&Got) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&got), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || converse(stream, &seen, &*answer));
            }
        });
        Self { port, got }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://api.test:{}{path}", self.port)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

fn converse(stream: TcpStream, seen: &Mutex<Vec<Got>>, answer: &dyn Fn(&Got) -> Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = Vec::new();
            if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                return;
            }
            let line: String = line.iter().map(|byte| char::from(*byte)).collect();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let got = Got { head, body };
        let response = answer(&got);
        seen.lock().unwrap().push(got);
        if stream.write_all(&response).is_err() {
            return;
        }
    }
}

/// A readable response.
pub(crate) fn ok(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nAccess-Control-Allow-Origin: *\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A body as it is written in a reply.
pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
