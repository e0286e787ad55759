//! A page in a real Chromium that tries to read every response.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readable {
    Yes,
    No,
}

pub(crate) struct PageServer {
    listener: TcpListener,
    port: u16,
}

impl PageServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        Self { listener, port }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://app.localhost:{}", self.port)
    }

    /// One call after the other; the page tells at the end which of them it could read.
    pub(crate) fn ask_chromium(&self, calls: &[(String, String)]) -> Vec<Readable> {
        let list: String =
            calls.iter().map(|(url, init)| format!("[{}, {init}],", json!(url))).collect();
        let page = format!(
            "<script>(async () => {{ let read = ''; for (const [url, init] of [{list}]) {{\n\
             try {{ await (await fetch(url, init)).text(); read += 'y' }} catch {{ read += 'n' }} }}\n\
             location = '/done?' + read }})()</script>"
        );
        let profile = tempfile::tempdir().expect("a folder");
        let mut browser = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("--remote-debugging-port=0")
            .arg(format!("{}/", self.origin()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("Chromium starts; install it, or set CORSAGE_SKIP_BROWSERS=1");
        let (send, receive) = std::sync::mpsc::channel();
        let listener = self.listener.try_clone().expect("a listener");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(read) = serve(stream, &page) {
                    let _ = send.send(read);
                    break;
                }
            }
        });
        let read = receive.recv_timeout(Duration::from_secs(240));
        if let Some(group) = Pid::from_raw(i32::try_from(browser.id()).unwrap_or_default()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = browser.wait();
        let read = read.expect("the page tells what it read");
        read.chars().map(|c| if c == 'y' { Readable::Yes } else { Readable::No }).collect()
    }
}

/// What the page tells, if it does.
fn serve(stream: TcpStream, page: &str) -> Option<String> {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    let path = first.split_whitespace().nth(1)?;
    let body = if path == "/" { page } else { "" };
    let _ = write!(
        writer,
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    path.strip_prefix("/done?").map(str::to_owned)
}
