// The bodies of the fuzz targets. Shared with `crates/corsage/tests/fuzz_bodies.rs`, which runs them on
// random input in every test run, without nightly.

use std::time::Duration;

use corsage::browser::{
    Body, Client, ContentSecurityPolicy, CredentialsMode, Header, Message, Mode, PreflightCache,
    Profile, RedirectMode, Request, RequestInit, Step, WireFailure, WireResponse, fetch,
};
use corsage::server::PolicyDraft;
use corsage::terms::{Origin, header_values, method, safelist};

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
    let lines = || data.split(|byte| *byte == b'\n');
    let _ = (header_values::token_list(lines()), header_values::delta_seconds(lines()));
    let _ = (safelist::mime_essence(data), safelist::simple_range(data));
    assert_eq!(method::normalize(method::normalize(data)), method::normalize(data));
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(origin.to_string(), text);
    }
    let policy = ContentSecurityPolicy::parse(text);
    let _ = (policy.directive("connect-src"), policy.directive(text));
}

/// A policy of arbitrary words: problems in place of panics, and what it admits is an origin.
pub(crate) fn policies(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let words: Vec<&str> = text.split('\n').collect();
    let draft = PolicyDraft::new().origins(&words).headers(words.clone()).expose(words.clone());
    let every = words.contains(&"*");
    if let Ok(policy) = draft.methods(words.clone()).compile() {
        for word in words {
            let is_origin = Origin::parse(word).is_ok();
            assert!(every || is_origin || !policy.admits_origin(word), "{word:?} is admitted");
        }
    }
    // Each word by itself has a chance to be sound.
    if let Ok(policy) = PolicyDraft::new().origins([text]).compile() {
        assert!(policy.admits_origin(text) || text.contains('*'));
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
            Step::Send(pending) => {
                if pending.message() == Message::Preflight {
                    assert_eq!(pending.wire().method, b"OPTIONS");
                    assert!(pending.wire().body.is_none());
                    assert!(!pending.wire().headers.contains(b"authorization"));
                }
                pending.receive(answer(input), cache, now)
            }
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

/// One preflight's answer, as it came.
struct Fact {
    url: &'static str,
    include: bool,
    methods: &'static str,
    names: &'static str,
    until: u64,
}

/// Every answer there was, none ever taken apart: what an engine makes of them is worked out anew for each
/// question.
struct NaiveCache {
    profile: Profile,
    facts: Vec<Fact>,
}

/// What a request needs.
struct Need {
    url: &'static str,
    include: bool,
    method: &'static str,
    name: Option<&'static str>,
}

/// The preflight cache of a profile beside a naive one: after any history of fetches both say the same
/// about the next.
pub(crate) fn cache_beside_a_naive_one(data: &[u8]) {
    let mut input = Input(data);
    let profile = input.pick(&Profile::ALL);
    let page = Client::page(Origin::parse("https://app.example").expect("an origin"));
    let (mut cache, mut seconds) = (PreflightCache::new(), 0);
    let mut naive = NaiveCache { profile, facts: Vec::new() };
    for _ in 0..12 {
        seconds += u64::from(input.byte() % 16);
        let now = Duration::from_secs(seconds);
        let need = Need {
            url: input.pick(&["https://api.example/1", "https://api.example/2"]),
            method: input.pick(&["GET", "PUT", "PATCH"]),
            name: input.pick(&[None, Some("x-a"), Some("x-b")]),
            include: input.byte().is_multiple_of(2),
        };
        let init = RequestInit {
            url: need.url.into(),
            method: Some(need.method.into()),
            headers: need.name.map(|name| (name.into(), b"1".to_vec())).into_iter().collect(),
            credentials: need.include.then_some(CredentialsMode::Include),
            ..RequestInit::default()
        };
        let request = Request::new(init, &page, profile).expect("a valid request");
        let due = (need.method != "GET" || need.name.is_some()) && !naive.covers(&need, seconds);
        match fetch(request, &page, profile, &mut cache, now) {
            Step::Send(pending) if pending.message() == Message::Preflight => {
                assert!(due, "{profile}: a preflight that a naive cache spares");
                let fact = Fact {
                    url: need.url,
                    include: need.include,
                    methods: input.pick(&["PUT", "PUT, PATCH", "*"]),
                    names: input.pick(&["x-a", "x-a, X-B", "*"]),
                    until: seconds + u64::from(input.byte() % 24),
                };
                let wildcard = !need.include;
                let granted = (need.method == "GET" || lists(fact.methods, need.method, wildcard))
                    && need.name.is_none_or(|name| lists(fact.names, name, wildcard));
                let headers = [
                    ("Access-Control-Allow-Origin", "https://app.example".to_owned()),
                    ("Access-Control-Allow-Credentials", "true".to_owned()),
                    ("Access-Control-Allow-Methods", fact.methods.to_owned()),
                    ("Access-Control-Allow-Headers", fact.names.to_owned()),
                    ("Access-Control-Max-Age", (fact.until - seconds).to_string()),
                ]
                .into_iter()
                .map(|(name, value)| Header { name: name.into(), value: value.into() })
                .collect();
                let response = WireResponse { status: 204, status_text: Vec::new(), headers };
                let next = pending.receive(Ok(response), &mut cache, now);
                assert_eq!(matches!(next, Step::Send(_)), granted, "{profile}");
                naive.learn(fact, granted, seconds);
            }
            Step::Send(_) => {
                assert!(!due, "{profile}: no preflight, and a naive cache wants one");
            }
            Step::Finish(end) => panic!("an end before any message: {:?}", end.outcome),
        }
    }
}

fn lists(list: &str, wanted: &str, wildcard: bool) -> bool {
    list.split(", ").any(|item| item.eq_ignore_ascii_case(wanted) || (item == "*" && wildcard))
}

impl NaiveCache {
    fn learn(&mut self, fact: Fact, granted: bool, now: u64) {
        if granted && fact.until <= now && self.profile == Profile::Firefox {
            // An answer that is not to be remembered leaves what is.
            return;
        }
        // WebKit keeps what an answer lists even where that is too little.
        if granted || self.profile == Profile::Webkit {
            self.facts.push(fact);
        } else {
            self.facts.retain(|known| known.url != fact.url);
        }
    }

    fn covers(&mut self, need: &Need, now: u64) -> bool {
        match self.profile {
            Profile::Standard => {
                let wildcard = !need.include;
                // What lists an item says until when, whoever asked; a later answer to a request with the same
                // credentials says it anew.
                let has = |list: fn(&Fact) -> &'static str, wanted: &str| {
                    [true, false].into_iter().filter(|include| *include || wildcard).any(
                        |include| {
                            let live = |item: &str| {
                                let listing = |fact: &&Fact| {
                                    fact.url == need.url
                                        && fact.include == include
                                        && lists(list(fact), item, false)
                                };
                                self.facts.iter().rev().find(listing).is_some_and(|f| f.until > now)
                            };
                            live(wanted) || wildcard && live("*")
                        },
                    )
                };
                (need.method == "GET" || has(|fact| fact.methods, need.method))
                    && need.name.is_none_or(|name| has(|fact| fact.names, name))
            }
            Profile::Firefox => {
                let has = |list: fn(&Fact) -> &'static str, wanted: &str| {
                    let listing = |fact: &&Fact| {
                        fact.url == need.url
                            && fact.include == need.include
                            && lists(list(fact), wanted, false)
                    };
                    self.facts.iter().rev().find(listing).is_some_and(|fact| fact.until > now)
                };
                (need.method == "GET" || has(|fact| fact.methods, need.method))
                    && need.name.is_none_or(|name| has(|fact| fact.names, name))
            }
            Profile::Chromium | Profile::Webkit => {
                let last = self.facts.iter().rev().find(|fact| fact.url == need.url);
                let Some(last) = last.filter(|fact| fact.until > now) else { return false };
                if need.include && !last.include {
                    return false;
                }
                // Chromium asks whether the answer was to a request without credentials; WebKit, whether this one is.
                let wildcard = match self.profile {
                    Profile::Chromium => !last.include,
                    _ => !need.include,
                };
                let covered = (need.method == "GET" || lists(last.methods, need.method, wildcard))
                    && need.name.is_none_or(|name| lists(last.names, name, wildcard));
                if !covered && self.profile == Profile::Chromium {
                    self.facts.retain(|fact| fact.url != need.url);
                }
                covered
            }
        }
    }
}
