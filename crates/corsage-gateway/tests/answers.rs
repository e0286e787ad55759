//! Every row of `answers.toml`: what upstreams may say, and what of it reaches a client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::HashMap;
use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use serde::Deserialize;

use support::{APP, OK, Upstream, gateway, receive};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    headers: String,
    answer: String,
    #[serde(default)]
    afterwards: Afterwards,
    status: u16,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    cut: bool,
}

/// What the upstream does with its connection after its answer.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Afterwards {
    #[default]
    Keeps,
    Closes,
}

fn get() -> String {
    "GET".to_owned()
}

/// Characters up to U+00FF stand for the byte of that number; `{500 x}` for five hundred x, `{9 lines}`
/// for as many header lines, `{9 hints}` for as many 103.
fn expand(text: &str) -> Vec<u8> {
    let Some((before, rest)) = text.split_once('{') else {
        return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    };
    let (filling, after) = rest.split_once('}').unwrap();
    let (count, what) = filling.split_once(' ').unwrap();
    let count: usize = count.parse().unwrap();
    let filled = match what {
        "lines" => (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect(),
        "hints" => "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n".repeat(count),
        what => what.repeat(count),
    };
    [expand(before), expand(&filled), expand(after)].concat()
}

/// Whether a response has come whole, by what its head says.
fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    if head.contains("transfer-encoding: chunked") {
        return body.ends_with("0\r\n\r\n") || body.contains("\r\n0\r\n");
    }
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| length.parse::<usize>().unwrap() <= body.len())
}

#[test]
fn what_upstreams_say_reaches_clients_in_one_reading_or_not_at_all() {
    let table: Table = toml::from_str(include_str!("answers.toml")).unwrap();
    let answers: HashMap<String, (Vec<u8>, Afterwards)> = table
        .case
        .iter()
        .map(|case| (case.name.clone(), (expand(&case.answer), case.afterwards)))
        .collect();
    let answers = Arc::new(answers);
    let upstream = Upstream::start(move |request: &str, stream: &mut TcpStream| {
        let path = request.split(' ').nth(1).unwrap();
        match answers.get(&path[1..]) {
            Some((answer, afterwards)) => {
                let _ = stream.write_all(answer);
                if *afterwards == Afterwards::Closes {
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
            None => drop(stream.write_all(OK.as_bytes())),
        }
    });
    let settings = "retries = 0\npassive_health = { failures = \"off\" }\n\
                    timeouts = { upstream_first_byte = \"1500ms\", upstream_idle = \"1500ms\" }";
    let gateway = gateway(upstream.addr, settings, APP);
    let mut faults = Vec::new();
    for case in &table.case {
        let mut stream = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
        let request = format!(
            "{} /{} HTTP/1.1\r\nHost: a.example\r\nOrigin: https://app.example\r\n{}\r\n",
            case.method, case.name, case.headers
        );
        stream.write_all(request.as_bytes()).unwrap();
        let got = receive(&mut stream, 1);
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        // What stands before the final response is for another test.
        let at = got.text.rfind("HTTP/1.1 2").or(got.text.rfind("HTTP/1.1 3"));
        let at = at.or(got.text.rfind("HTTP/1.1 5")).unwrap_or(0);
        let text = &got.text[at..];
        if !text.starts_with(&format!("HTTP/1.1 {}", case.status)) {
            fault(format!(
                "not {}: {:?}",
                case.status,
                got.text.chars().take(300).collect::<String>()
            ));
            continue;
        }
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        let allowed = head.matches("\r\naccess-control-allow-origin:").count();
        if allowed != 1 || !head.contains("\r\naccess-control-allow-origin: https://app.example") {
            fault(format!("{allowed} allowed origins: {head:?}"));
        }
        if !head.contains("\r\nvary: ") || !head.contains("origin") {
            fault(format!("no vary: {head:?}"));
        }
        for part in &case.has {
            if !text.to_ascii_lowercase().contains(&part.to_ascii_lowercase()) {
                fault(format!("misses {part:?}: {text:?}"));
            }
        }
        for part in &case.lacks {
            if text.to_ascii_lowercase().contains(&part.to_ascii_lowercase()) {
                fault(format!("has {part:?}: {text:?}"));
            }
        }
        if let Some(wanted) = &case.body
            && body != wanted
        {
            fault(format!("the body is {body:?}"));
        }
        if case.method != "HEAD" && case.cut == is_whole(text) {
            fault(format!("whether it was cut cannot be seen: {text:?}"));
        }
        // Nothing that was left over may be taken for somebody else's answer.
        for _ in 0..2 {
            let mut next = TcpStream::connect(gateway.local_addrs()[0]).unwrap();
            next.write_all(b"GET /next HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
                .unwrap();
            let next = receive(&mut next, 1);
            if next.status() != 200 || !next.text.ends_with("\r\n\r\nok") {
                fault(format!("the next client gets {:?}", next.text));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults in {} rows:\n{}",
        faults.len(),
        table.case.len(),
        faults.join("\n")
    );
}
