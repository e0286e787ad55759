//! [Marionette](https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html), as much of
//! it as reading Firefox's console needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) struct Marionette {
    stream: TcpStream,
    next: u32,
}

impl Marionette {
    /// Waits until Firefox has written its port into the profile, and begins a session.
    pub(crate) fn connect(profile: &Path, within: Duration) -> Self {
        let deadline = Instant::now() + within;
        let stream = loop {
            let port = std::fs::read_to_string(profile.join("MarionetteActivePort")).ok();
            let port = port.and_then(|text| text.trim().parse::<u16>().ok());
            if let Some(stream) = port.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok())
            {
                break stream;
            }
            assert!(Instant::now() < deadline, "Firefox does not open its port");
            std::thread::sleep(Duration::from_millis(100));
        };
        stream.set_read_timeout(Some(within)).expect("a time-out");
        let mut marionette = Self { stream, next: 1 };
        // Firefox introduces itself.
        marionette.receive();
        marionette.call("WebDriver:NewSession", &json!({}));
        marionette
    }

    pub(crate) fn navigate(&mut self, url: &str) {
        self.call("WebDriver:Navigate", &json!({ "url": url }));
        self.call("Marionette:SetContext", &json!({ "value": "chrome" }));
    }

    /// Every message that the browser's console holds.
    pub(crate) fn console(&mut self) -> Vec<String> {
        let script =
            "return Services.console.getMessageArray().map(m => m.errorMessage || m.message)";
        let answer = self.call("WebDriver:ExecuteScript", &json!({ "script": script, "args": [] }));
        let messages = answer["value"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|message| message.as_str().map(str::to_owned)).collect()
    }

    fn call(&mut self, command: &str, parameters: &Value) -> Value {
        let message = json!([0, self.next, command, parameters]).to_string();
        self.next += 1;
        write!(self.stream, "{}:{message}", message.len()).expect("sent");
        let answer = self.receive();
        assert!(answer[2].is_null(), "{command}: {}", answer[2]);
        answer[3].clone()
    }

    fn receive(&mut self) -> Value {
        let (mut length, mut byte) = (0, [0]);
        loop {
            self.stream.read_exact(&mut byte).expect("an answer");
            match byte[0] {
                b':' => break,
                digit => length = length * 10 + usize::from(digit - b'0'),
            }
        }
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message).expect("an answer");
        serde_json::from_slice(&message).expect("JSON")
    }
}
