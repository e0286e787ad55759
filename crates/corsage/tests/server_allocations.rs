//! Deciding allocates nothing, whatever is asked; nor does answering where the response has room.

#![cfg(feature = "server")]
#![expect(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use corsage::server::{Credentials, Policy, PolicyDraft, Request};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

thread_local!(static ALLOCATIONS: Cell<usize> = const { Cell::new(0) });

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATIONS.with(Cell::get);
    let result = work();
    let after = ALLOCATIONS.with(Cell::get);
    (result, after - before)
}

fn policies() -> Vec<Policy> {
    let lists = |draft: PolicyDraft| {
        draft.methods(["PUT"]).headers(["content-type", "authorization"]).expose(["x-total"])
    };
    let many: Vec<String> = (0..1_000).map(|number| format!("https://t{number}.example")).collect();
    let patterns: Vec<String> =
        (0..100).map(|number| format!("https://*.t{number}.example")).collect();
    [
        PolicyDraft::new().origins(["*"]),
        PolicyDraft::new().origins(["https://t1.example"]),
        PolicyDraft::new().origins(many).credentials(Credentials::Allow),
        PolicyDraft::new().origins(patterns),
    ]
    .into_iter()
    .map(|draft| lists(draft).compile().expect("sound"))
    .collect()
}

fn requests() -> Vec<(Method, HeaderMap)> {
    let value = |text: &str| HeaderValue::from_str(text).expect("a value");
    let origins = [
        "https://t1.example",
        "https://x.t1.example",
        "https://no.example",
        "not an origin",
        &format!("https://{}.example", "a".repeat(8_192)),
    ]
    .map(value);
    let lists = ["authorization,content-type".to_owned(), "x-a,".repeat(4_096), ",".repeat(16_384)];
    let mut requests = vec![(Method::GET, HeaderMap::new())];
    for origin in origins {
        let mut headers = HeaderMap::new();
        headers.insert("origin", origin);
        requests.push((Method::GET, headers.clone()));
        headers.insert("access-control-request-method", value("PUT"));
        for list in &lists {
            headers.insert("access-control-request-headers", value(list));
            requests.push((Method::OPTIONS, headers.clone()));
        }
    }
    // A value's first copy makes it shared; a server's values, slices of what was read, are so already.
    drop(requests.clone());
    requests
}

#[test]
fn deciding_and_explaining_allocate_nothing() {
    let policies = policies();
    for (method, headers) in &requests() {
        for policy in &policies {
            let ((), count) = allocations(|| {
                let decision = policy.decide(&Request::new(method, headers));
                std::hint::black_box(decision.outcome());
                std::hint::black_box(decision.refuses_write());
            });
            assert_eq!(count, 0, "{method} {headers:?}");
        }
    }
}

#[test]
fn answering_allocates_nothing_where_the_response_has_room() {
    let policies = policies();
    for (method, headers) in &requests() {
        for policy in &policies {
            let mut response = HeaderMap::with_capacity(32);
            response.insert("content-type", HeaderValue::from_static("text/plain"));
            response.insert("vary", HeaderValue::from_static("Origin, Accept-Encoding"));
            // What a handler has set itself is replaced without an allocation too.
            response.insert(
                HeaderName::from_static("access-control-allow-origin"),
                HeaderValue::from_static("https://stale.example"),
            );
            let decision = policy.decide(&Request::new(method, headers));
            let ((), count) = allocations(|| {
                if decision.is_preflight() {
                    decision.pending().replace(&mut response);
                } else {
                    decision.apply(&mut response);
                }
            });
            assert_eq!(count, 0, "{method} {headers:?}");
        }
    }
}
