//! Every row of `hostile.toml`, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde::Deserialize;

use support::{APP, Upstream, count, gateway, send, without_drawn_ids};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    send: String,
    status: u16,
    #[serde(default = "one")]
    responses: usize,
    #[serde(default)]
    upstream: usize,
    #[serde(default)]
    upstream_has: Vec<String>,
    #[serde(default)]
    upstream_lacks: Vec<String>,
    #[serde(default)]
    connection: Option<Closed>,
    #[serde(default)]
    begun: Begun,
}

/// Whether the upstream may have seen the beginning of a request that turns out to be none.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Begun {
    #[default]
    Never,
    Maybe,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Closed {
    Closed,
}

fn one() -> usize {
    1
}

/// `{20000}` stands for so many letters, `{200 lines}` for so many header lines.
fn expand(text: &str) -> Vec<u8> {
    let Some((before, rest)) = text.split_once('{') else {
        return bytes(text);
    };
    let (count, after) = rest.split_once('}').unwrap();
    let filled = match count.strip_suffix(" lines") {
        Some(count) => {
            (0..count.parse().unwrap()).map(|n: u32| format!("X-{n}: {n}\r\n")).collect()
        }
        None => "a".repeat(count.parse().unwrap()),
    };
    bytes(&format!("{before}{filled}{after}"))
}

/// Characters up to U+00FF stand for the byte of that number.
fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn hostile_requests_are_refused_or_put_in_one_form() {
    let table: Table = toml::from_str(include_str!("hostile.toml")).unwrap();
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "[gateway.limits]\nbody_bytes = 100000", APP);
    let mut faults = Vec::new();
    for case in &table.case {
        let bytes = expand(&case.send);
        let got = send(gateway.local_addrs()[0], &bytes, case.responses);
        if case.begun == Begun::Maybe {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let seen = upstream.take();
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        if got.status() != case.status {
            fault(format!("status {}, not {}: {:?}", got.status(), case.status, got.text));
        }
        if count(&got.text) != case.responses {
            fault(format!("{} responses, not {}", count(&got.text), case.responses));
        }
        if seen.len() != case.upstream && case.begun == Begun::Never {
            fault(format!("{} requests reached the upstream: {seen:?}", seen.len()));
        }
        let last = seen.last().map(String::as_str).unwrap_or_default();
        for line in &case.upstream_has {
            if !last.split("\r\n").any(|this| this == line) {
                fault(format!("the upstream misses {line:?}: {last:?}"));
            }
        }
        let all = without_drawn_ids(&seen);
        for part in &case.upstream_lacks {
            if all.contains(&part.to_ascii_lowercase()) {
                fault(format!("the upstream has {part:?}: {all:?}"));
            }
        }
        if case.connection == Some(Closed::Closed) && !got.closed {
            fault("the connection stays open".to_owned());
        }
        if case.send.matches("Origin: https://app.example\r\n").count() == 1
            && case.send.to_ascii_lowercase().matches("\norigin:").count() == 1
            && got.header("access-control-allow-origin") != Some("https://app.example")
        {
            fault(format!("the page cannot read the answer: {:?}", got.text));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} rows fail:\n{}",
        faults.len(),
        table.case.len(),
        faults.join("\n")
    );
}
