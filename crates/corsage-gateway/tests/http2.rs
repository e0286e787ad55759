//! HTTP/2 as hostile clients speak it: every row of `http2.toml`, and floods.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde::Deserialize;

use support::frames::{self, Answer, Http2};
use support::{APP, Upstream, gateway, without_drawn_ids};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    trailers: Vec<(String, String)>,
    answer: Expected,
    #[serde(default)]
    upstream: Option<usize>,
    #[serde(default)]
    begun: Begun,
    #[serde(default)]
    upstream_has: Vec<String>,
    #[serde(default)]
    upstream_lacks: Vec<String>,
}

/// Whether the upstream may have seen the beginning of a request that turns out to be none.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Begun {
    #[default]
    Never,
    Maybe,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Expected {
    Status(u16),
    Refused(Refused),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Refused {
    /// The stream is reset, or the connection ended.
    Refused,
}

fn expand(text: &str) -> Vec<u8> {
    let Some((before, rest)) = text.split_once('{') else {
        return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    };
    let (count, after) = rest.split_once('}').unwrap();
    [expand(before), vec![b'a'; count.parse().unwrap()], expand(after)].concat()
}

fn fields(list: &[(String, String)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields = Vec::new();
    for (name, value) in list {
        match name.strip_prefix("{fields}") {
            Some(name) => {
                let count: usize = value.parse().unwrap();
                fields
                    .extend((0..count).map(|n| (format!("{name}{n}").into_bytes(), b"1".to_vec())));
            }
            None => fields.push((expand(name), expand(value))),
        }
    }
    fields
}

#[test]
fn requests_that_are_none_are_refused_and_the_others_put_in_one_form() {
    let table: Table = toml::from_str(include_str!("http2.toml")).unwrap();
    let upstream = Upstream::ok();
    let gateway = gateway(upstream.addr, "", APP);
    let mut faults = Vec::new();
    for case in &table.case {
        let mut client = Http2::connect(gateway.local_addrs()[0]);
        client.request(1, &fields(&case.headers), case.body.as_deref(), &fields(&case.trailers));
        let answer = client.answer(1);
        std::thread::sleep(Duration::from_millis(20));
        let seen = upstream.take();
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        let good = match (case.answer, &answer) {
            (Expected::Status(wanted), Answer::Status(status)) => wanted == *status,
            (Expected::Refused(_), Answer::Reset(_) | Answer::GoneAway(_) | Answer::Closed) => true,
            _ => false,
        };
        if !good {
            fault(format!("{answer:?}, not {:?}", case.answer));
        }
        let wanted = case.upstream.unwrap_or(usize::from(case.answer == Expected::Status(200)));
        if seen.len() != wanted && case.begun == Begun::Never {
            fault(format!("{} requests reached the upstream: {seen:?}", seen.len()));
        }
        let last = seen.last().map(String::as_str).unwrap_or_default();
        for line in &case.upstream_has {
            if !last.split("\r\n").any(|this| this == line) {
                fault(format!("the upstream misses {line:?}: {last:?}"));
            }
        }
        for part in &case.upstream_lacks {
            if without_drawn_ids(&seen).contains(&part.to_ascii_lowercase()) {
                fault(format!("the upstream has {part:?}: {seen:?}"));
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

/// Sends `flood` until the gateway has enough of it; how often it took it.
fn flood(addr: SocketAddr, begin: &[u8], flood: &dyn Fn(u32) -> Vec<u8>) -> Option<u32> {
    let mut client = Http2::connect(addr);
    client.send(begin);
    client.read_aside();
    (0..200_000).find(|&n| client.try_send(&flood(n)).is_err() || client.is_over())
}

#[test]
fn floods_of_frames_end_the_connection_and_hinder_nobody() {
    // Never answers a POST, and so never reads its body to the end.
    let upstream = Upstream::start(|request, stream| {
        if !request.starts_with("POST") {
            let _ = stream.write_all(support::OK.as_bytes());
        }
    });
    let gateway = gateway(upstream.addr, "", APP);
    let addr = gateway.local_addrs()[0];
    let post = frames::block(&[
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/"),
        (":authority", "a.example"),
    ]);
    let get = frames::block(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":path", "/"),
        (":authority", "a.example"),
    ]);
    let open = frames::frame(1, 4, 1, &post);
    let endless = frames::frame(1, 0, 1, &get);
    type Flood<'f> = (&'f str, Vec<u8>, Box<dyn Fn(u32) -> Vec<u8> + 'f>);
    let floods: Vec<Flood<'_>> = vec![
        ("ping", vec![], Box::new(|n| frames::frame(6, 0, 0, &u64::from(n).to_be_bytes()))),
        ("settings", vec![], Box::new(|_| frames::frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]))),
        ("priority", vec![], Box::new(|_| frames::frame(2, 0, 3, &[0, 0, 0, 0, 16]))),
        ("empty data", open.clone(), Box::new(|_| frames::frame(0, 0, 1, b""))),
        ("padding alone", open, Box::new(|_| frames::frame(0, 8, 1, &[0]))),
        ("window updates", vec![], Box::new(|_| frames::frame(8, 0, 0, &[0, 0, 0, 1]))),
        ("unknown frames", vec![], Box::new(|_| frames::frame(0x42, 0, 0, b"x"))),
        (
            "continuation",
            endless.clone(),
            Box::new(|_| frames::frame(9, 0, 1, &frames::block(&[("x-a", "1")]))),
        ),
        ("empty continuation", endless, Box::new(|_| frames::frame(9, 0, 1, b""))),
        (
            "rapid reset",
            vec![],
            Box::new(|n| {
                let stream = 2 * n + 1;
                [frames::frame(1, 5, stream, &get), frames::frame(3, 0, stream, &[0, 0, 0, 8])]
                    .concat()
            }),
        ),
        (
            "slow reset",
            vec![],
            Box::new(|n| {
                std::thread::sleep(Duration::from_millis(1));
                let stream = 2 * n + 1;
                [frames::frame(1, 5, stream, &get), frames::frame(3, 0, stream, &[0, 0, 0, 8])]
                    .concat()
            }),
        ),
        // The gateway has to reset each: a stream that depends on itself, a window of nothing.
        (
            "resets made by us",
            vec![],
            Box::new(|n| {
                let stream = 2 * n + 1;
                [frames::frame(1, 4, stream, &post), frames::frame(8, 0, stream, &[0; 4])].concat()
            }),
        ),
        ("streams without end", vec![], Box::new(|n| frames::frame(1, 4, 2 * n + 1, &post))),
    ];
    let mut faults = Vec::new();
    for (name, begin, frames) in floods {
        match flood(addr, &begin, &*frames) {
            Some(taken) if taken < 150_000 => {}
            taken => faults.push(format!("{name}: {taken:?} frames were taken")),
        }
        let mut honest = TcpStream::connect(addr).unwrap();
        honest.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").unwrap();
        let got = support::receive(&mut honest, 1);
        if got.status() != 200 {
            faults.push(format!("{name}: the next client gets {got:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
