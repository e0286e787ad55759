//! Archives, copies and consoles through the command: exit codes, and that nobody is asked unless told so.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

fn explain(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["explain", "--color", "never"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that does not read its input closes it.
    let _ = child.stdin.take().expect("stdin").write_all(input.as_bytes());
    child.wait_with_output().expect("the command ends")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A server that counts who comes.
struct Counter {
    port: u16,
    count: Arc<AtomicUsize>,
}

impl Counter {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                counted.fetch_add(1, Ordering::SeqCst);
                let mut head = [0; 4096];
                match stream.read(&mut head) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => continue,
                    Err(_) => continue,
                }
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                );
            }
        });
        Self { port, count }
    }

    fn archive(&self) -> String {
        let url = format!("http://127.0.0.1:{}/me", self.port);
        let header = |name: &str, value: &str| serde_json::json!({ "name": name, "value": value });
        serde_json::json!({ "log": { "creator": { "name": "Firefox" }, "entries": [ {
            "startedDateTime": "2026-11-30T10:00:00Z",
            "request": { "method": "GET", "url": url, "headers": [
                header("Origin", "http://localhost:3000"), header("Sec-Fetch-Mode", "cors"), header("Sec-Fetch-Dest", "empty") ] },
            "response": { "status": 200, "headers": [ header("Access-Control-Allow-Origin", "*") ] }
        }, {
            "startedDateTime": "2026-11-30T10:00:01Z",
            "request": { "method": "GET", "url": format!("{url}/2"), "headers": [
                header("Origin", "http://localhost:3000"), header("Sec-Fetch-Mode", "cors"), header("Sec-Fetch-Dest", "empty") ] },
            "response": { "status": 200, "headers": [] }
        } ] } })
        .to_string()
    }
}

#[test]
fn an_archive_is_judged_without_asking() {
    let server = Counter::start();
    let overview = explain(&["--har", "-", "--format", "json"], &server.archive());
    assert_eq!(overview.status.code(), Some(1));
    let value = json(&overview);
    assert_eq!(value["code"], "missing-allow-origin");
    assert_eq!(value["failures"][0]["account"]["code"], "missing-allow-origin");
    let readable = explain(
        &["--har", "-", "--format", "json", &format!("http://127.0.0.1:{}/me", server.port)],
        &server.archive(),
    );
    assert_eq!(readable.status.code(), Some(0));
    // Without cookies the other mode is judged too, and comes to another verdict.
    let other = json(&readable)["remarks"][0]["text"].as_str().unwrap_or_default().to_owned();
    assert!(other.contains("wildcard-origin-with-credentials"), "{other}");
    assert_eq!(server.count.load(Ordering::SeqCst), 0, "somebody was asked");
    let asked = explain(&["--har", "-", "--ask", "--no-probe"], &server.archive());
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    assert_eq!(server.count.load(Ordering::SeqCst), 1);
}

/// What is pasted into the console asks nobody; a command asks for what it says, and never sends what could change
/// something.
#[test]
fn nobody_is_asked_but_for_what_was_said() {
    let server = Counter::start();
    let url = format!("http://127.0.0.1:{}/me", server.port);
    let lines: String = (0..500)
        .map(|number| {
            format!(
                "Access to fetch at '{url}/{number}' from origin 'http://localhost:3000' has been blocked by CORS \
                 policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
            )
        })
        .collect();
    assert_eq!(explain(&["--console", "-"], &lines).status.code(), Some(1));
    let page = ["--from", "http://localhost:3000", "--no-probe"];
    let many =
        explain(&[&["--curl", "-"], &page[..]].concat(), &format!("curl {url}\n").repeat(201));
    assert_eq!(many.status.code(), Some(2));
    let told = String::from_utf8_lossy(&many.stderr).into_owned();
    assert!(told.contains("201 requests"), "{told}");
    assert_eq!(server.count.load(Ordering::SeqCst), 0, "somebody was asked");
    explain(&[&["--curl", "-"], &page[..]].concat(), &format!("curl {url}"));
    assert_eq!(server.count.load(Ordering::SeqCst), 1, "a GET");
    explain(
        &[&["--fetch", "-"], &page[..]].concat(),
        &format!("fetch('{url}', {{method: 'PUT'}})"),
    );
    assert_eq!(server.count.load(Ordering::SeqCst), 2, "a preflight alone");
    explain(&[&["--curl", "-"], &page[..]].concat(), &format!("curl -d a=1 {url}"));
    assert_eq!(
        server.count.load(Ordering::SeqCst),
        2,
        "a form's POST has no preflight and is not sent"
    );
}

/// A font, a module and images of one archive: each is told of as what it is, with what to change in the page.
#[test]
fn an_archives_loads_are_told_as_loads() {
    let header = |name: &str, value: &str| serde_json::json!({ "name": name, "value": value });
    let entry = |path: &str, mode: &str, destination: &str, answer: Value| {
        let mut asked = vec![
            header("Referer", "https://app.example/"),
            header("Sec-Fetch-Mode", mode),
            header("Sec-Fetch-Dest", destination),
        ];
        if mode == "cors" {
            asked.push(header("Origin", "https://app.example"));
        }
        let url = format!("https://cdn.example/{path}");
        serde_json::json!({
            "request": { "method": "GET", "url": url, "headers": asked },
            "response": { "status": 200, "headers": answer }
        })
    };
    let png = header("Content-Type", "image/png");
    let closed = header("Cross-Origin-Resource-Policy", "same-origin");
    let archive = serde_json::json!({ "log": { "creator": { "name": "Firefox" }, "entries": [
        entry("a.woff2", "cors", "font", serde_json::json!([])),
        entry("a.mjs", "cors", "script", serde_json::json!([])),
        entry("a.png", "no-cors", "image", serde_json::json!([png])),
        entry("kept.png", "no-cors", "image", serde_json::json!([png, closed])),
    ] } })
    .to_string();
    let told = |choice: &str| {
        let out = explain(&["--har", "-", choice], &archive);
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    for (choice, code, sentences) in [
        ("a.woff2", 1, &["the font does not load", "downloadable font: download failed"][..]),
        ("a.mjs", 1, &["the module does not load", "Module source URI is not allowed"][..]),
        ("a.png", 0, &["loaded as image", "the page sees `load`", "crossorigin=\"anonymous\""]),
        ("kept.png", 1, &["error[corp-not-same-origin]: the image does not load"]),
    ] {
        let (exit, text) = told(choice);
        assert_eq!(exit, Some(code), "{choice}: {text}");
        for sentence in sentences {
            assert!(text.contains(sentence), "{choice}: {sentence:?} is not in {text}");
        }
        // What would be granted is granted to the page, also where the recorded question named no origin.
        assert!(!text.contains("access-control-allow-origin: \n"), "{choice}: {text}");
    }
}

#[test]
fn rows_are_chosen() {
    let server = Counter::start();
    for choice in ["1", "me/2"] {
        let chosen = explain(&["--har", "-", "--format", "json", choice], &server.archive());
        assert_eq!(json(&chosen)["code"], "missing-allow-origin", "{choice}");
    }
    assert_eq!(explain(&["--har", "-", "7"], &server.archive()).status.code(), Some(2));
    assert_eq!(explain(&["--har", "-", "-X", "PUT"], &server.archive()).status.code(), Some(2));
    assert_eq!(explain(&["--har", "-"], "no archive").status.code(), Some(2));
}

#[test]
fn consoles_have_exit_codes() {
    let blocked = "Access to fetch at 'https://a.example/1' from origin 'https://app.example' has been blocked by CORS policy: Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.";
    let output = explain(&["--console", "-", "--format", "json"], blocked);
    assert_eq!(output.status.code(), Some(1));
    let value = json(&output);
    assert_eq!(value["code"], "method-not-allowed");
    assert_eq!(value["failures"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        value["ask"],
        "corsage explain https://a.example/1 --from https://app.example -X PUT"
    );
    let rows = [
        ("TypeError: Failed to fetch", 3),
        ("GET https://a.example/ net::ERR_NAME_NOT_RESOLVED", 3),
        ("Refused to get unsafe header \"X-A\"", 0),
        (
            "Refused to display 'https://a.example/' in a frame because it set 'X-Frame-Options' to 'deny'.",
            1,
        ),
        ("Uncaught ReferenceError: x is not defined", 2),
    ];
    for (line, code) in rows {
        assert_eq!(explain(&["--console", "-"], line).status.code(), Some(code), "{line}");
    }
}

#[test]
fn copies_are_asked_or_refused() {
    let server = Counter::start();
    let two = format!(
        "curl 'http://127.0.0.1:{0}/1' -H 'Origin: http://localhost:3000' | jq .\ncurl 'http://127.0.0.1:{0}/2' -X PUT -H 'Origin: http://localhost:3000'",
        server.port
    );
    let output = explain(&["--curl", "-", "--format", "json", "--no-probe"], &two);
    assert_eq!(output.status.code(), Some(1));
    let value = json(&output);
    assert_eq!(value["accounts"].as_array().map(Vec::len), Some(2));
    assert_eq!(value["accounts"][1]["code"], "preflight-missing-allow-origin");
    // One request, and one preflight.
    assert_eq!(server.count.load(Ordering::SeqCst), 2);
    let computed = explain(
        &["--fetch", "-"],
        "fetch(`https://api.example/items/${id}`, { method: 'DELETE' })",
    );
    assert_eq!(computed.status.code(), Some(2));
    let said = String::from_utf8_lossy(&computed.stderr).into_owned();
    assert!(said.contains("${id} at 1:34-1:39"), "{said}");
    let navigation = explain(
        &["--curl", "-"],
        "curl 'https://a.example/' -H 'Sec-Fetch-Mode: navigate' -H 'Referer: https://b.example/'",
    );
    assert_eq!(navigation.status.code(), Some(0));
    assert_eq!(explain(&["--curl", "-"], "curl -K file").status.code(), Some(2));
}
