//! The filter, without Envoy: a stream in memory, and a count of what is allocated.

#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use http::HeaderMap;

use crate::config::{self, FilterConfig, RouteConfig};
use crate::counters::{CounterId, Counters};
use crate::filter::{Filter, Next, Seen};
use crate::stream::{Level, Line, Stream};

/// What is allocated and not given back, on this thread: tests run beside each other.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn change(bytes: usize, sign: isize) {
    let bytes = isize::try_from(bytes).unwrap_or_default() * sign;
    // Memory is also given back while a thread ends.
    let _ = LIVE.try_with(|live| live.set(live.get() + bytes));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(layout.size(), 1);
        // SAFETY: as asked.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        change(layout.size(), -1);
        // SAFETY: as asked.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An exchange in memory.
#[derive(Default)]
struct Exchange {
    request: Vec<(String, String)>,
    response: Vec<(String, String)>,
    answered: Option<u16>,
    route: Option<Arc<RouteConfig>>,
    counted: RefCell<Vec<(usize, String)>>,
    logged: RefCell<Vec<String>>,
}

fn lines_of(lines: &[(String, String)]) -> Vec<Line<'_>> {
    lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect()
}

impl Stream for Exchange {
    fn request_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        read(&lines_of(&self.request))
    }

    fn response_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        read(&lines_of(&self.response))
    }

    fn set_response_header(&mut self, name: &str, value: &[u8]) {
        self.remove_response_header(name);
        self.add_response_header(name, value);
    }

    fn add_response_header(&mut self, name: &str, value: &[u8]) {
        self.response.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
    }

    fn remove_response_header(&mut self, name: &str) {
        self.response.retain(|(own, _)| own != name);
    }

    fn respond(&mut self, status: u16, headers: &HeaderMap, _: &str, _: &str) {
        self.answered = Some(status);
        self.response = vec![(":status".to_owned(), status.to_string())];
        for (name, value) in headers {
            self.add_response_header(name.as_str(), value.as_bytes());
        }
    }

    fn route_config(&self) -> Option<Arc<RouteConfig>> {
        self.route.clone()
    }

    fn count(&self, counter: CounterId, labels: &[&str]) {
        self.counted.borrow_mut().push((counter.0, labels.join(" ")));
    }

    fn log(&self, _: Level, text: &str) {
        self.logged.borrow_mut().push(text.to_owned());
    }
}

impl Exchange {
    fn new(method: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let pseudo = [(":method", method), (":path", path), (":authority", "api.example")];
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { request: pseudo.iter().chain(headers).map(own).collect(), ..Self::default() }
    }

    /// With what an upstream answers.
    fn upstream(&mut self, headers: &[(&str, &str)]) {
        self.response.clear();
        self.add_response_header(":status", b"200");
        for (name, value) in headers {
            self.add_response_header(name, value.as_bytes());
        }
    }

    fn header(&self, name: &str) -> Vec<&str> {
        let own = self.response.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// Through the filter, past an upstream that says nothing of CORS.
    fn through(mut self, config: &Arc<FilterConfig>) -> Self {
        let filter = Filter::new(Arc::clone(config));
        if filter.on_request_headers(&mut self) == Next::Continue {
            self.upstream(&[("content-length", "2")]);
        }
        filter.on_response_headers(&mut self);
        self
    }
}

/// A counter by its name.
fn counter(name: &str) -> usize {
    let mut names = Vec::new();
    Counters::define(|name, _| {
        names.push(name.to_owned());
        Ok::<_, ()>(CounterId(names.len()))
    })
    .unwrap();
    names.iter().position(|own| own == name).unwrap() + 1
}

fn filter_config(text: &str) -> Arc<FilterConfig> {
    let mut next = 0;
    let counters = Counters::define(|_, _| {
        next += 1;
        Ok::<_, ()>(CounterId(next))
    });
    let read = config::read(text.as_bytes()).unwrap();
    Arc::new(FilterConfig::new(read.rules, counters.unwrap()))
}

const APP: &str = "https://app.example";
const STRANGER: &str = "https://stranger.example";
const POLICY: &str = r#"
[[policy]]
name = "api"
allow_origins = ["https://app.example", "https://*.app.example"]
allow_methods = ["PUT"]
disallowed_writes = "refuse"

[policy.shadow]
allow_origins = ["https://stranger.example"]
"#;

#[test]
fn one_policy_in_three_notations() {
    let yaml = "# a comment\npolicy:\n  - allow_origins: ['https://app.example']\n";
    let json = r#"{"policy": [{"allow_origins": ["https://app.example"]}]}"#;
    let toml = "policy = [{ allow_origins = ['https://app.example'] }]\n";
    for text in [yaml, json, toml, POLICY] {
        let read = config::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.rules.entries().len(), 1, "{text}");
        assert!(read.remarks.is_empty(), "{text}: {:?}", read.remarks);
    }
    let read = config::read(b"policy: {allow_origins: ['*'], allow_methods: [patch]}").unwrap();
    assert!(read.remarks[0].contains("PATCH"), "{:?}", read.remarks);
}

#[test]
fn what_is_wrong_is_told_with_place_and_way_out() {
    let fault = |text: &[u8]| config::read(text).unwrap_err();
    let typo = fault(b"[[policy]]\nallow_orgins = ['https://app.example']\n");
    assert!(typo.contains("2:1") && typo.contains("allow_origins"), "{typo}");
    let nothing = fault(b"[gateway]\nretries = 0\n");
    assert!(nothing.contains("no policy") && nothing.contains("allow_origins"), "{nothing}");
    assert!(fault(b"").contains("no policy"));
    assert!(fault(b"policy: \xff").contains("byte 8"));
}

#[test]
fn an_answer_of_ours_is_not_amended_again() {
    let config = filter_config(POLICY);
    let asked = [("origin", APP), ("access-control-request-method", "PUT")];
    let answer = Exchange::new("OPTIONS", "/", &asked).through(&config);
    assert_eq!(answer.answered, Some(204));
    assert_eq!(answer.header("vary").len(), 1);
    assert_eq!(answer.header("access-control-allow-methods"), ["PUT"]);
}

#[test]
fn what_somebody_else_has_answered_carries_the_headers_too() {
    let config = filter_config(POLICY);
    let filter = Filter::new(Arc::clone(&config));
    let mut exchange = Exchange::new("GET", "/", &[("origin", APP)]);
    exchange.upstream(&[("access-control-allow-origin", "*")]);
    filter.on_response_headers(&mut exchange);
    assert_eq!(exchange.header("access-control-allow-origin"), [APP]);
}

#[test]
fn refusals_are_counted_by_reason_and_told_once() {
    let config = filter_config(POLICY);
    let first = Exchange::new("POST", "/", &[("origin", STRANGER)]).through(&config);
    assert_eq!(first.answered, Some(403));
    let counted = first.counted.borrow().clone();
    for expected in [
        (counter("corsage_withheld"), ""),
        (counter("corsage_refused_origin_not_allowed"), ""),
        (counter("corsage_shadow_differs"), "api origin-not-allowed share"),
        (counter("corsage_blocked"), ""),
    ] {
        assert!(counted.contains(&(expected.0, expected.1.to_owned())), "{expected:?} {counted:?}");
    }
    let told = first.logged.borrow().join("\n");
    assert!(told.contains(STRANGER) && told.contains("allow_origins"), "{told}");
    let second = Exchange::new("GET", "/", &[("origin", STRANGER)]).through(&config);
    assert!(second.logged.borrow().is_empty());
}

#[test]
fn upstreams_that_set_cors_are_stripped_kept_or_refused() {
    let own = [("access-control-allow-origin", "*"), ("vary", "accept"), ("etag", "1")];
    for (setting, origins, answered) in
        [("strip", vec![], None), ("keep", vec!["*"], None), ("refuse", vec![], Some(502))]
    {
        let text = format!("[gateway]\nupstream_cors = '{setting}'\n{POLICY}");
        let config = filter_config(&text);
        let filter = Filter::new(Arc::clone(&config));
        let mut exchange = Exchange::new("GET", "/", &[("origin", STRANGER)]);
        assert_eq!(filter.on_request_headers(&mut exchange), Next::Continue);
        exchange.upstream(&own);
        filter.on_response_headers(&mut exchange);
        assert_eq!(exchange.header("access-control-allow-origin"), origins, "{setting}");
        assert_eq!(exchange.answered, answered, "{setting}");
        assert!(exchange.header("vary").contains(&"Origin"), "{setting}");
    }
}

#[test]
fn a_web_socket_from_elsewhere_is_refused() {
    let config = filter_config(POLICY);
    let upgrade = [("origin", STRANGER), ("upgrade", "websocket")];
    assert_eq!(Exchange::new("GET", "/", &upgrade).through(&config).answered, Some(403));
    let upgrade = [("origin", APP), ("upgrade", "websocket")];
    assert_eq!(Exchange::new("GET", "/", &upgrade).through(&config).answered, None);
}

#[test]
fn after_a_fault_nothing_is_shared() {
    let config = filter_config(POLICY);
    let filter = Filter::new(Arc::clone(&config));
    let mut exchange = Exchange::new("PUT", "/", &[("origin", APP)]);
    assert_eq!(filter.on_panic(&mut exchange, Seen::Request), Next::Stop);
    assert_eq!(exchange.answered, Some(500));
    let mut exchange = Exchange::new("GET", "/", &[("origin", APP)]);
    exchange.upstream(&[("access-control-allow-origin", "*")]);
    assert_eq!(filter.on_panic(&mut exchange, Seen::Response), Next::Continue);
    assert!(exchange.header("access-control-allow-origin").is_empty());
}

/// A million exchanges of every kind, with a thousand configurations after one another.
#[test]
fn nothing_is_kept() {
    let round = || {
        let config = filter_config(POLICY);
        let route = config::read(b"policy: {allow_origins: ['*']}").unwrap();
        for turn in 0..1_000 {
            let origin = if turn % 3 == 0 { STRANGER } else { APP };
            let mut exchange = match turn % 4 {
                0 => Exchange::new("GET", "/", &[]),
                1 => Exchange::new("GET", "/a?b", &[("origin", origin)]),
                2 => Exchange::new("POST", "/", &[("origin", origin)]),
                _ => {
                    let asked = [("origin", origin), ("access-control-request-method", "PUT")];
                    Exchange::new("OPTIONS", "/", &asked)
                }
            };
            if turn % 5 == 0 {
                exchange.route = Some(Arc::new(RouteConfig { rules: Arc::clone(&route.rules) }));
            }
            exchange.through(&config);
        }
    };
    // What is made once, and for good.
    round();
    let before = LIVE.get();
    for _ in 0..1_000 {
        round();
    }
    assert_eq!(LIVE.get() - before, 0, "bytes are kept");
}
