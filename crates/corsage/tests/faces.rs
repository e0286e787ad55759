//! The three faces of the one judgement say the same, for random policies and requests.

#![cfg(feature = "server")]

use std::sync::atomic::{AtomicUsize, Ordering};

use corsage::server::{
    Credentials, DisallowedWrites, Handling, Outcome, Policy, PolicyDraft, PreflightLines,
    PreflightStyle, Replaced, Request, ResponseHeaderMap, Waiver,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const ORIGIN_RULES: [&str; 5] = [
    "https://app.example",
    "https://*.app.example",
    "https://app.example:*",
    "https://other.example",
    "http://localhost:3000",
];
const ORIGINS: [&str; 8] = [
    "https://app.example",
    "https://www.app.example",
    "https://app.example:8443",
    "http://localhost:3000",
    "https://evil.example",
    "null",
    "",
    "HTTPS://app.example",
];

fn origins() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![Just(vec!["*"]), subsequence(ORIGIN_RULES.to_vec(), 1..4)]
}

fn names(choices: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![1 => Just(vec!["*"]), 4 => subsequence(choices, 0..=choices.len())]
}

fn policies() -> impl Strategy<Value = Option<Policy>> {
    let lists = (origins(), names(&["PUT", "PATCH"]), names(&["x-a", "content-type"]));
    let style =
        select(vec![PreflightStyle::NoContent, PreflightStyle::Ok, PreflightStyle::GatewayApi]);
    // Rare things make the others rare.
    let rare = || prop::bool::weighted(0.1);
    (lists, style, any::<(bool, bool)>(), (rare(), rare(), rare())).prop_map(
        |(
            (origins, methods, headers),
            style,
            (credentials, expose),
            (debug, refuse, predicate),
        )| {
            let mut draft = PolicyDraft::new().methods(methods).headers(headers).preflight(style);
            draft = if predicate {
                draft.origins_where(|origin| origin.host.ends_with("evil.example"))
            } else {
                draft.origins(origins)
            };
            if credentials {
                draft = draft.credentials(Credentials::Allow);
            }
            if expose {
                draft = draft.expose(["x-total"]);
            }
            if debug {
                draft.debug_header = Some("x-cors-debug".into());
            }
            if refuse {
                draft = draft.disallowed_writes(DisallowedWrites::Refuse);
            }
            for waiver in Waiver::ALL {
                draft = draft.tolerate(*waiver, "a test of all policies");
            }
            draft.compile().ok()
        },
    )
}

fn requests() -> impl Strategy<Value = (Method, HeaderMap)> {
    let method =
        prop_oneof![1 => Just(Method::GET), 1 => Just(Method::POST), 3 => Just(Method::OPTIONS)];
    let origins = prop::collection::vec(select(&ORIGINS[..]), 0..=2);
    let asked = prop::option::of(select(&["PUT", "DELETE", ""][..]));
    (method, origins, asked, any::<bool>()).prop_map(|(method, origins, asked, lists)| {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append("origin", HeaderValue::from_static(origin));
        }
        if let Some(asked) = asked {
            let asked = HeaderValue::from_static(asked);
            headers.insert("access-control-request-method", asked);
        }
        if lists {
            let names = HeaderValue::from_static("x-a");
            headers.insert("access-control-request-headers", names);
        }
        (method, headers)
    })
}

/// What the handler has put on its response.
fn responses() -> impl Strategy<Value = HeaderMap> {
    let lines = vec![
        ("vary", "Accept-Encoding"),
        ("vary", "origin"),
        ("access-control-allow-origin", "https://mine.example"),
        ("access-control-max-age", "5"),
        ("content-type", "text/plain"),
    ];
    prop_oneof![Just(vec![]), subsequence(lines.clone(), 0..lines.len())].prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    })
}

static PREFLIGHTS: AtomicUsize = AtomicUsize::new(0);
static OTHERS: AtomicUsize = AtomicUsize::new(0);
static BY_MORE: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, ..ProptestConfig::default() })]

    fn answers_by_origin_are_those_of_decisions_cases(
        policy in policies(), (method, request) in requests(), response in responses(),
    ) {
        let Some(policy) = policy else { return Ok(()) };
        let request = Request::new(&method, &request);
        let Some(by_origin) = policy.decide_by_origin(&request) else {
            BY_MORE.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        match (by_origin, policy.decide(&request).handling()) {
            (Handling::Answer(status, by_origin), Handling::Answer(decided, headers)) => {
                let answer = by_origin.keep(HeaderValue::clone).into_headers();
                prop_assert_eq!((status, answer), (decided, headers.into_headers()));
                PREFLIGHTS.fetch_add(1, Ordering::Relaxed);
            }
            (Handling::PassOn(by_origin), Handling::PassOn(pending)) => {
                let mut decided = response.clone();
                let replaced = pending.apply(&mut decided);

                let mut answer = response.clone();
                let said = by_origin.keep(HeaderValue::clone).apply(&mut answer);
                prop_assert_eq!((said, &answer), (replaced, &decided));

                let mut answer = Borrowing::new(response);
                let said = by_origin.keep(|origin| origin).apply_to(&mut answer);
                prop_assert_eq!((said, answer.0), (replaced, decided));
                OTHERS.fetch_add(1, Ordering::Relaxed);
            }
            (by_origin, decided) => prop_assert!(false, "{by_origin:?} and {decided:?}"),
        }
    }
}

/// A map that takes the origin while it is still the request's.
struct Borrowing<'r>(HeaderMap, std::marker::PhantomData<&'r HeaderValue>);

impl Borrowing<'_> {
    fn new(headers: HeaderMap) -> Self {
        Self(headers, std::marker::PhantomData)
    }
}

impl<'r> ResponseHeaderMap for Borrowing<'r> {
    type Origin = &'r HeaderValue;

    fn each_name(&self, see: impl FnMut(&str)) {
        self.0.each_name(see);
    }
    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        self.0.remove_picked(pick)
    }
    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        ResponseHeaderMap::insert(&mut self.0, name, value);
    }
    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: &'r HeaderValue) {
        ResponseHeaderMap::insert(&mut self.0, name, origin);
    }
    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        ResponseHeaderMap::append(&mut self.0, name, value);
    }
    fn any_line(&self, name: &HeaderName, test: impl FnMut(&[u8]) -> bool) -> bool {
        self.0.any_line(name, test)
    }
}

/// The property, and that it was not true for want of cases.
#[test]
fn answers_by_origin_are_those_of_decisions() {
    answers_by_origin_are_those_of_decisions_cases();
    let counts = [&PREFLIGHTS, &OTHERS, &BY_MORE].map(|count| count.load(Ordering::Relaxed));
    assert!(counts.iter().all(|count| *count > 200), "too few of a kind: {counts:?}");
}

static GRANTED: AtomicUsize = AtomicUsize::new(0);
static NOT_GRANTED: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, ..ProptestConfig::default() })]

    fn grants_are_those_of_decisions_cases(
        policy in policies(),
        origin in prop_oneof![2 => select(&ORIGINS[..4]), 1 => select(&ORIGINS[..])],
        method in prop_oneof![3 => Just("PUT"), 1 => select(&["GET", "DELETE", "put", "", "a b"][..])],
        names in prop_oneof![3 => Just(""), 1 => select(&["x-a", " X-A ,content-type,", "x-b", "x-a, ;"][..])],
    ) {
        let Some(policy) = policy else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static(origin));
        headers.insert("access-control-request-method", HeaderValue::from_static(method));
        if !names.is_empty() {
            headers.insert("access-control-request-headers", HeaderValue::from_static(names));
        }
        let request = Request::new(&Method::OPTIONS, &headers);
        let asked = PreflightLines {
            origin: origin.as_bytes(), method: method.as_bytes(), headers: names.as_bytes(),
        };
        let decision = policy.decide(&request);
        let granted = decision.outcome() == Outcome::GrantPreflight;
        let Some(grant) = policy.grant_preflight(&asked) else {
            NOT_GRANTED.fetch_add(1, Ordering::Relaxed);
            let by_origin = policy.decide_by_origin(&request).is_some();
            prop_assert!(!(granted && by_origin), "{:?} is not granted by {:?}", asked, policy);
            return Ok(());
        };
        GRANTED.fetch_add(1, Ordering::Relaxed);
        prop_assert!(granted);
        let answer = decision.pending().into_headers();
        let status = decision.preflight_status().expect("it is one");
        let answer: Vec<_> =
            answer.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        prop_assert_eq!((grant.status(), grant.lines().collect::<Vec<_>>()), (status, answer));
    }
}

#[test]
fn grants_are_those_of_decisions() {
    grants_are_those_of_decisions_cases();
    let counts = [&GRANTED, &NOT_GRANTED].map(|count| count.load(Ordering::Relaxed));
    assert!(counts.iter().all(|count| *count > 200), "too few of a kind: {counts:?}");
}

/// Frameworks keep converted lines by their place.
#[test]
fn constant_lines_stand_at_their_places() {
    struct Places<'p> {
        policy: &'p Policy,
        origin: HeaderValue,
        lines: Vec<(usize, String)>,
    }
    impl ResponseHeaderMap for Places<'_> {
        type Origin = HeaderValue;

        fn each_name(&self, _: impl FnMut(&str)) {}
        fn remove_picked(&mut self, _: fn(&str) -> bool) -> Replaced {
            Replaced::Nothing
        }
        fn insert(&mut self, name: &HeaderName, _: &HeaderValue) {
            panic!("{name} has a place");
        }
        fn insert_constant(&mut self, place: usize, name: &HeaderName, value: &HeaderValue) {
            let at_place = self.policy.constant_headers().nth(place);
            assert_eq!(at_place, Some((name, value)));
            self.lines.push((place, name.to_string()));
        }
        fn insert_origin(&mut self, place: usize, name: &HeaderName, origin: HeaderValue) {
            let at_place = self.policy.constant_headers().nth(place);
            assert_eq!(at_place.map(|(name, _)| name), Some(name));
            assert_eq!(
                (name.as_str(), origin),
                ("access-control-allow-origin", self.origin.clone())
            );
            self.lines.push((place, name.to_string()));
        }
        fn append(&mut self, name: &HeaderName, _: &HeaderValue) {
            panic!("{name} has a place");
        }
        fn any_line(&self, _: &HeaderName, _: impl FnMut(&[u8]) -> bool) -> bool {
            false
        }
    }

    let policy = PolicyDraft::new()
        .origins(["https://app.example", "https://b.example"])
        .methods(["PUT"])
        .headers(["x-a"])
        .expose(["x-total"])
        .compile()
        .expect("the policy holds");
    let mut seen = 0;
    for (method, origin) in [
        (Method::GET, "https://b.example"),
        (Method::GET, "https://evil.example"),
        (Method::OPTIONS, "https://b.example"),
        (Method::OPTIONS, "https://evil.example"),
    ] {
        let mut request = HeaderMap::new();
        request.insert("origin", HeaderValue::from_static(origin));
        request.insert("access-control-request-method", HeaderValue::from_static("PUT"));
        let (Handling::PassOn(by_origin) | Handling::Answer(_, by_origin)) = policy
            .decide_by_origin(&Request::new(&method, &request))
            .expect("such a policy follows the origin alone");
        let origin = HeaderValue::from_static(origin);
        let mut places = Places { policy: &policy, origin, lines: Vec::new() };
        by_origin.keep(HeaderValue::clone).apply_to(&mut places);
        seen += places.lines.len();
    }
    assert!(seen >= 8, "{seen} lines only");
}
