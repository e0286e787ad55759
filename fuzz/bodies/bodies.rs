// The bodies of the fuzz targets. Shared with `crates/corsage/tests/fuzz_bodies.rs`, which runs them on
// random input in every test run, without nightly.

use std::time::Duration;

use corsage::browser::{
    Body, Client, CredentialsMode, Header, Mode, PreflightCache, Profile, RedirectMode, Request,
    RequestInit, Step, WireFailure, WireResponse, fetch,
};
use corsage::terms::{Origin, header_values, safelist};

/// 21 requests, each with its preflight, and one to spare.
const MAX_MESSAGES: usize = 43;

/// Takes bytes one by one; zeros when there are none left.
pub(crate) struct Input<'b>(pub(crate) &'b [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()].clone()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte() % 32);
        (0..length).map(|_| self.byte()).collect()
    }
}

/// Header values, the safelist, serialised origins: no panic, and what is parsed prints as it was.
pub(crate) fn parsers(data: &[u8]) {
    let _ = header_values::get_decode_and_split(data);
    for name in ["accept", "accept-language", "content-language", "content-type", "range"] {
        if safelist::is_cors_safelisted_request_header(name.as_bytes(), data) {
            assert!(data.len() <= 128, "{name}: a safelisted value has 128 bytes at most");
        }
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(origin) = Origin::parse(text)
    {
        assert_eq!(origin.to_string(), text);
    }
}

/// A whole fetch against arbitrary answers: no panic, an end, and reasons for every failure.
pub(crate) fn whole_fetch(data: &[u8]) {
    let mut input = Input(data);
    let profile = input.pick(&Profile::ALL);
    let page = Client::page(Origin::parse("https://app.example").expect("an origin"));
    let (mut cache, mut now) = (PreflightCache::new(), Duration::ZERO);
    for _ in 0..3 {
        one_fetch(&mut input, &page, profile, &mut cache, now);
        now += Duration::from_secs(u64::from(input.byte()));
    }
}

fn one_fetch(
    input: &mut Input<'_>,
    page: &Client,
    profile: Profile,
    cache: &mut PreflightCache,
    now: Duration,
) {
    let Ok(request) = Request::new(init(input), page, profile) else { return };
    let mut step = fetch(request, page, profile, cache, now);
    for _ in 0..MAX_MESSAGES {
        step = match step {
            Step::Finish(end) => {
                if let Err(error) = end.outcome {
                    assert!(error.blockers().contains(error.blamed()));
                }
                return;
            }
            Step::Preflight(pending) => {
                assert_eq!(pending.wire().method, b"OPTIONS");
                assert!(pending.wire().body.is_none());
                assert!(!pending.wire().headers.contains(b"authorization"));
                pending.receive(answer(input), cache, now)
            }
            Step::Request(pending) => pending.receive(answer(input), cache, now),
        };
    }
    assert!(matches!(step, Step::Finish(_)), "a fetch of more than {MAX_MESSAGES} messages");
}

fn init(input: &mut Input<'_>) -> RequestInit {
    let urls = [
        "https://api.example/a?b#c",
        "https://app.example/",
        "http://localhost:1/",
        "data:text/plain;base64,aGk",
        "about:blank",
        "https://api.example:6000/",
        "mailto:a@b.example",
    ];
    let names: [&[u8]; 8] = [
        b"Authorization",
        b"Content-Type",
        b"Range",
        b"X-A",
        b"Cookie",
        b"x-http-method-override",
        b"User-Agent",
        b"Accept",
    ];
    RequestInit {
        url: input.pick(&urls).into(),
        method: Some(
            input.pick(&[&b"GET"[..], b"PUT", b"POST", b"HEAD", b"patch", b"DELETE"]).to_vec(),
        ),
        headers: (0..input.byte() % 4)
            .map(|_| (input.pick(&names).to_vec(), input.bytes()))
            .collect(),
        body: input.pick(&[None, None, Some(Body::Stream)]),
        duplex_half: true,
        mode: input.pick(&[None, Some(Mode::NoCors), Some(Mode::SameOrigin)]),
        credentials: input.pick(&[None, Some(CredentialsMode::Include)]),
        redirect: input.pick(&[None, Some(RedirectMode::Manual), Some(RedirectMode::Error)]),
        use_cors_preflight: input.byte().is_multiple_of(4),
        integrity: input.pick(&["", "", "sha256-x"]).into(),
        ..RequestInit::default()
    }
}

fn answer(input: &mut Input<'_>) -> Result<WireResponse, WireFailure> {
    if input.byte() % 16 == 1 {
        return Err(input.pick(&[WireFailure::Dns, WireFailure::Malformed, WireFailure::TimedOut]));
    }
    let names: [&[u8]; 10] = [
        b"Access-Control-Allow-Origin",
        b"access-control-allow-credentials",
        b"Access-Control-Allow-Methods",
        b"Access-Control-Allow-Headers",
        b"Access-Control-Max-Age",
        b"Access-Control-Expose-Headers",
        b"Location",
        b"Cross-Origin-Resource-Policy",
        b"Referrer-Policy",
        b"Set-Cookie",
    ];
    let values: [&[u8]; 14] = [
        b"*",
        b"https://app.example",
        b"null",
        b"true",
        b"PUT, PATCH,,x-a",
        b"content-type,authorization, range",
        b"60",
        b"99999999999999999999999",
        b"https://api.example/next",
        b"https://other.example/",
        b"/same",
        b"https://u:p@api.example/",
        b"same-origin",
        b"",
    ];
    let headers = (0..input.byte() % 8)
        .map(|_| Header {
            name: input.pick(&names).to_vec(),
            value: if input.byte().is_multiple_of(4) {
                input.bytes()
            } else {
                input.pick(&values).to_vec()
            },
        })
        .collect();
    let status =
        input.pick(&[200, 204, 301, 302, 303, 307, 308, 401, 404, 407, 500, 206, 304, 999]);
    Ok(WireResponse { status, status_text: input.bytes(), headers })
}

/// What a naive cache of the standard's keeps: one entry for each method and header name.
#[derive(Default)]
struct NaiveCache(Vec<(String, bool, String, u64)>);

/// The preflight cache of the `standard` profile beside a naive one: after any history of fetches both
/// say the same about the next.
pub(crate) fn cache_beside_a_naive_one(data: &[u8]) {
    let mut input = Input(data);
    let page = Client::page(Origin::parse("https://app.example").expect("an origin"));
    let (mut cache, mut naive, mut seconds) = (PreflightCache::new(), NaiveCache::default(), 0);
    for _ in 0..12 {
        seconds += u64::from(input.byte() % 16);
        let now = Duration::from_secs(seconds);
        let url = input.pick(&["https://api.example/1", "https://api.example/2"]);
        let method = input.pick(&["GET", "PUT", "PATCH"]);
        let name = input.pick(&[None, Some("x-a"), Some("x-b")]);
        let include = input.byte().is_multiple_of(2);
        let init = RequestInit {
            url: url.into(),
            method: Some(method.into()),
            headers: name.map(|name| (name.into(), b"1".to_vec())).into_iter().collect(),
            credentials: include.then_some(CredentialsMode::Include),
            ..RequestInit::default()
        };
        let request = Request::new(init, &page, Profile::Standard).expect("a valid request");
        let due = (method != "GET" || name.is_some())
            && !naive.covers(url, include, method, name, seconds);
        match fetch(request, &page, Profile::Standard, &mut cache, now) {
            Step::Preflight(pending) => {
                assert!(due, "a preflight that a naive cache spares: {method} {name:?} {include}");
                let (methods, names, age) = (
                    input.pick(&["PUT", "PUT, PATCH", "*"]),
                    input.pick(&["x-a", "x-a, X-B", "*"]),
                    input.byte() % 24,
                );
                let granted = allows(methods, method, include, method == "GET")
                    && name.is_none_or(|name| allows(names, name, include, false));
                let headers = [
                    ("Access-Control-Allow-Origin", "https://app.example".to_owned()),
                    ("Access-Control-Allow-Credentials", "true".to_owned()),
                    ("Access-Control-Allow-Methods", methods.to_owned()),
                    ("Access-Control-Allow-Headers", names.to_owned()),
                    ("Access-Control-Max-Age", age.to_string()),
                ]
                .into_iter()
                .map(|(name, value)| Header { name: name.into(), value: value.into() })
                .collect();
                let response = WireResponse { status: 204, status_text: Vec::new(), headers };
                let next = pending.receive(Ok(response), &mut cache, now);
                assert_eq!(matches!(next, Step::Request(_)), granted);
                if granted {
                    naive.learn(
                        url,
                        include,
                        &format!("{methods}, {names}"),
                        seconds + u64::from(age),
                    );
                } else {
                    naive.0.retain(|entry| entry.0 != url);
                }
            }
            Step::Request(_) => assert!(
                !due,
                "no preflight, and a naive cache wants one: {method} {name:?} {include}"
            ),
            Step::Finish(end) => panic!("an end before any message: {:?}", end.outcome),
        }
    }
}

fn allows(list: &str, wanted: &str, include: bool, safe: bool) -> bool {
    safe || list
        .split(", ")
        .any(|item| item.eq_ignore_ascii_case(wanted) || (item == "*" && !include))
}

impl NaiveCache {
    fn covers(&self, url: &str, include: bool, method: &str, name: Option<&str>, now: u64) -> bool {
        let has = |wanted: &str| {
            self.0.iter().any(|(at, credentials, what, until)| {
                at == url
                    && *until > now
                    && (*credentials || !include)
                    && (what.eq_ignore_ascii_case(wanted)
                        || (what == if wanted.starts_with("x-") { "*h" } else { "*m" } && !include))
            })
        };
        (method == "GET" || has(method)) && name.is_none_or(has)
    }

    fn learn(&mut self, url: &str, include: bool, list: &str, until: u64) {
        for (index, item) in list.split(", ").enumerate() {
            let what = match item {
                "*" if index == 0 => "*m".to_owned(),
                "*" => "*h".to_owned(),
                other => other.to_ascii_lowercase(),
            };
            let known = self
                .0
                .iter_mut()
                .find(|entry| entry.0 == url && entry.2 == what && entry.1 == include);
            match known {
                Some(entry) => entry.3 = until,
                None => self.0.push((url.into(), include, what, until)),
            }
        }
    }
}
