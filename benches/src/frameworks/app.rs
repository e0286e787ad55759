//! An application, called in process, as its framework's server would call it.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{HeaderName, HeaderValue, Method, Request, Response};

use super::{actix, axum, poem, rocket, salvo};
use crate::workload::{Inner, Setup, Workload};

/// One call. What the response says is copied to the second, where somebody looks at it.
pub(crate) type Call = Box<dyn FnMut(&Request<()>, Option<&mut Response<()>>)>;

/// A framework, and what is mounted in it in turn.
pub(crate) struct Framework {
    pub(crate) name: &'static str,
    /// Its own middleware, by name; several where that can be set up in several ways.
    pub(crate) peers: &'static [&'static str],
    build: fn(engine: &str, &Setup) -> Option<Call>,
}

pub(crate) const FRAMEWORKS: &[Framework] = &[
    Framework { name: "axum", peers: &["tower-http", "tower-http-exact"], build: axum::build },
    Framework { name: "actix", peers: &["actix-cors"], build: actix::build },
    Framework { name: "poem", peers: &["poem-cors"], build: poem::build },
    Framework { name: "salvo", peers: &["salvo-cors"], build: salvo::build },
    Framework { name: "rocket", peers: &["rocket_cors"], build: rocket::build },
];

pub(crate) fn by_name(name: &str) -> Option<&'static Framework> {
    FRAMEWORKS.iter().find(|framework| framework.name == name)
}

/// `None` where an engine cannot express the setup.
pub(crate) fn build(framework: &Framework, engine: &str, setup: &Setup) -> Option<Call> {
    (framework.build)(engine, setup)
}

/// Whether the application answers as the workload wants it.
pub(crate) fn answers_right(call: &mut Call, workload: &Workload) -> bool {
    let mut response = Response::new(());
    call(&workload.request, Some(&mut response));
    crate::is_right(&response, workload)
}

/// The workload's request, again and again. Without CORS a preflight is asked as GET: what the handler itself
/// costs is what is subtracted, not how the framework refuses a method.
pub(crate) fn turns(call: &mut Call, engine: &str, mut request: Request<()>, turns: u32) {
    if engine == "bare" {
        *request.method_mut() = Method::GET;
    }
    for _ in 0..turns {
        call(black_box(&request), None);
    }
}

/// What the handlers put on their responses.
pub(super) fn own_headers(inner: Inner) -> &'static [(&'static str, &'static str)] {
    match inner {
        Inner::Empty => &[],
        Inner::Rich => &[
            ("content-type", "application/json"),
            ("cache-control", "no-cache"),
            ("date", "Mon, 23 Nov 2026 00:00:00 GMT"),
            ("server", "example"),
        ],
        Inner::Varying => &[
            ("content-type", "application/json"),
            ("cache-control", "no-cache"),
            ("date", "Mon, 23 Nov 2026 00:00:00 GMT"),
            ("vary", "Accept-Encoding"),
        ],
    }
}

/// The answer of a future that waits for nothing.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// Copies what a framework answered.
pub(super) fn copy<'a>(
    response: &mut Response<()>,
    lines: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) {
    for (name, value) in lines {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            response.headers_mut().append(name, value);
        }
    }
}

/// The same, from the types of `http`.
pub(super) fn copy_map(response: &mut Response<()>, headers: &http::HeaderMap) {
    copy(
        response,
        headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
    );
}
