//! The workloads: what is asked of every engine, under which policy.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

/// A policy in neutral terms, from which each engine builds its own.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) origins: Origins,
    pub(crate) methods: &'static [&'static str],
    pub(crate) headers: &'static [&'static str],
    pub(crate) expose: Vec<String>,
    pub(crate) credentials: Credentials,
    pub(crate) inner: Inner,
}

#[derive(Clone)]
pub(crate) enum Origins {
    Any,
    Exact(Vec<String>),
    /// Hosts whose subdomains are allowed over https.
    Subdomains(Vec<String>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    Omit,
    Allow,
}

/// The service inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inner {
    /// Sets no header: the response map has no room yet.
    Empty,
    /// Sets four headers of its own.
    Rich,
    /// Sets four headers of its own, and `Vary` among them.
    Varying,
}

pub(crate) struct Workload {
    pub(crate) setup: Setup,
    pub(crate) request: Request<()>,
    /// What the answer must be, so that nobody wins by answering wrongly.
    pub(crate) expect: Expect,
    /// `× floor` that our layer keeps, unless the limit is absolute.
    pub(crate) limit: Limit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Expect {
    /// `Access-Control-Allow-Origin` names the origin, or is `*`.
    Granted,
    /// It names another origin, or is absent.
    Refused,
    /// No `Origin` was sent.
    NotCors,
    /// The origin is granted; the lists speak for themselves.
    OriginGranted,
}

#[derive(Clone, Copy)]
pub(crate) enum Limit {
    Floor(f64),
    Instructions(f64),
    /// What every row keeps beside its peers, and no more.
    Peers,
    /// At most this times another workload of ours.
    Ours(&'static str, f64),
}

pub(crate) const APP: &str = "https://app.example.com";
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH"];
const HEADERS: &[&str] = &[
    "authorization",
    "content-type",
    "if-match",
    "x-csrf-token",
    "x-request-id",
    "x-requested-with",
];
const FRIENDLY: &str = "authorization,content-type,x-requested-with";

pub(crate) fn ids() -> Vec<&'static str> {
    all().into_iter().map(|(id, _)| id).collect()
}

pub(crate) fn get(id: &str) -> Option<Workload> {
    all().into_iter().find(|(name, _)| *name == id).map(|(_, build)| build())
}

type Build = Box<dyn Fn() -> Workload>;

/// Built on demand: a list of 100,000 origins is not made to run another workload.
fn all() -> Vec<(&'static str, Build)> {
    use Expect::{Granted, NotCors, OriginGranted, Refused};
    let mut list: Vec<(&'static str, Build)> = Vec::new();
    let mut add =
        |id: &'static str, setup: fn() -> Setup, request: fn() -> Request<()>, expect, limit| {
            list.push((
                id,
                Box::new(move || Workload { setup: setup(), request: request(), expect, limit }),
            ));
        };
    let constant = Limit::Instructions(670.0);
    add("w1", one, || get_request(None), NotCors, constant);
    add("w1-list", || exact(10), || get_request(None), NotCors, Limit::Floor(1.15));
    add("w2", one, || get_request(Some(APP)), Granted, constant);
    add(
        "w2-no",
        one,
        || get_request(Some("https://evil.example.net")),
        Refused,
        Limit::Floor(1.15),
    );
    add("w2-rich", || rich(one()), || get_request(Some(APP)), Granted, Limit::Floor(1.15));
    add("w1-rich", || rich(one()), || get_request(None), NotCors, Limit::Floor(1.15));
    add("w1-list-rich", || rich(exact(10)), || get_request(None), NotCors, Limit::Floor(1.15));
    add("w1-list-vary", || varying(exact(10)), || get_request(None), NotCors, Limit::Peers);
    add(
        "w2-no-rich",
        || rich(one()),
        || get_request(Some("https://evil.example.net")),
        Refused,
        Limit::Floor(1.15),
    );
    add("w3-10-ok-rich", || rich(exact(10)), || last_exact(10), Granted, Limit::Floor(1.15));
    add("w3-10-ok-vary", || varying(exact(10)), || last_exact(10), Granted, Limit::Peers);
    add("w3-10-no-rich", || rich(exact(10)), unknown_exact, Refused, Limit::Floor(1.15));
    add("w3-10-no-vary", || varying(exact(10)), unknown_exact, Refused, Limit::Peers);
    add("w6-100-ok-rich", || rich(patterns(100)), || one_label(100), Granted, Limit::Floor(1.15));
    add("w8-get-rich", || rich(any()), || get_request(Some(APP)), Granted, Limit::Floor(1.15));
    add("w9-rich", || rich(credentialed()), || get_request(Some(APP)), Granted, Limit::Floor(1.15));
    add("w3-10-ok", || exact(10), || last_exact(10), Granted, Limit::Floor(1.15));
    add("w3-10-no", || exact(10), unknown_exact, Refused, Limit::Floor(1.15));
    add("w3-100-ok", || exact(100), || last_exact(100), Granted, Limit::Floor(1.15));
    add("w3-1k-ok", || exact(1_000), || last_exact(1_000), Granted, Limit::Floor(1.15));
    add("w3-1k-no", || exact(1_000), unknown_exact, Refused, Limit::Floor(1.15));
    add(
        "w3-100k-ok",
        || exact(100_000),
        || last_exact(100_000),
        Granted,
        Limit::Ours("w3-10-ok", 1.25),
    );
    add("w3-100k-no", || exact(100_000), unknown_exact, Refused, Limit::Ours("w3-10-no", 1.25));
    add("w4", one, || preflight(APP, "PUT", FRIENDLY), Granted, Limit::Floor(1.0));
    add("w4-rich", || rich(one()), || preflight(APP, "PUT", FRIENDLY), Granted, Limit::Floor(1.0));
    add(
        "w5-origin",
        one,
        || preflight("https://evil.example.net", "PUT", FRIENDLY),
        Refused,
        Limit::Floor(1.0),
    );
    add("w5-method", one, || preflight(APP, "DELETE", FRIENDLY), OriginGranted, Limit::Floor(1.0));
    add("w5-header", one, || preflight(APP, "PUT", "x-secret"), OriginGranted, Limit::Floor(1.0));
    add("w6-1-ok", || patterns(1), || one_label(1), Granted, Limit::Floor(1.15));
    add("w6-100-ok", || patterns(100), || one_label(100), Granted, Limit::Floor(1.15));
    add("w6-1k-ok", || patterns(1_000), || one_label(1_000), Granted, Limit::Ours("w6-1-ok", 1.25));
    add("w6-1k-deep", || patterns(1_000), || deep("example1000.com"), Granted, Limit::Floor(1.15));
    add(
        "w6-100-no",
        || patterns(100),
        || get_request(Some("https://tenant.example.net")),
        Refused,
        Limit::Floor(1.15),
    );
    add(
        "w6-1k-no",
        || patterns(1_000),
        || get_request(Some("https://tenant.example.net")),
        Refused,
        Limit::Ours("w6-100-no", 1.25),
    );
    add("w6-100-no250", || patterns(100), || deep("example.net"), Refused, Limit::Floor(1.15));
    add(
        "w7-names",
        one,
        || preflight(APP, "PUT", &names(16 * 1024)),
        OriginGranted,
        Limit::Ours("w4", 1.2),
    );
    add(
        "w7-commas",
        one,
        || preflight(APP, "PUT", &",".repeat(16 * 1024)),
        OriginGranted,
        Limit::Ours("w4", 1.2),
    );
    add(
        "w7-long",
        one,
        || preflight(APP, "PUT", &"x".repeat(16 * 1024)),
        OriginGranted,
        Limit::Ours("w4", 1.2),
    );
    add(
        "w7-repeat",
        one,
        || preflight(APP, "PUT", &"content-type,".repeat(1_260)),
        OriginGranted,
        Limit::Ours("w4", 1.2),
    );
    add(
        "w7-origin8k",
        || exact(10),
        || get_request(Some(&long_origin())),
        Refused,
        Limit::Ours("w3-10-no", 1.2),
    );
    add(
        "w7-origin8k-pat",
        || patterns(100),
        || get_request(Some(&long_origin())),
        Refused,
        Limit::Ours("w6-100-no", 1.2),
    );
    add("w8-get", any, || get_request(Some(APP)), Granted, constant);
    add("w8-pre", any, || preflight(APP, "PUT", FRIENDLY), Granted, Limit::Floor(1.0));
    add("w9", credentialed, || get_request(Some(APP)), Granted, Limit::Floor(1.15));
    list
}

fn one() -> Setup {
    exact_of(vec![APP.to_owned()])
}

fn exact_of(origins: Vec<String>) -> Setup {
    Setup {
        origins: Origins::Exact(origins),
        methods: METHODS,
        headers: HEADERS,
        expose: Vec::new(),
        credentials: Credentials::Omit,
        inner: Inner::Empty,
    }
}

fn exact(count: usize) -> Setup {
    exact_of((1..=count).map(exact_origin).collect())
}

pub(crate) fn exact_origin(number: usize) -> String {
    format!("https://tenant{number}.example.com")
}

fn last_exact(count: usize) -> Request<()> {
    get_request(Some(&exact_origin(count)))
}

fn unknown_exact() -> Request<()> {
    get_request(Some("https://tenant0.example.com"))
}

fn patterns(count: usize) -> Setup {
    let hosts = (1..=count).map(|number| format!("example{number}.com")).collect();
    Setup { origins: Origins::Subdomains(hosts), ..one() }
}

fn one_label(number: usize) -> Request<()> {
    get_request(Some(&format!("https://tenant.example{number}.com")))
}

/// A host of 250 bytes.
fn deep(host: &str) -> Request<()> {
    let mut name = host.to_owned();
    while name.len() + 2 <= 250 {
        name.insert_str(0, "a.");
    }
    get_request(Some(&format!("https://{name}")))
}

/// The patterns' rule, for peers that take a predicate.
pub(crate) fn under_one_of(hosts: &[String]) -> impl Fn(&[u8]) -> bool + use<> {
    let suffixes: Vec<Vec<u8>> = hosts.iter().map(|host| format!(".{host}").into_bytes()).collect();
    move |origin| {
        origin
            .strip_prefix(b"https://")
            .is_some_and(|host| suffixes.iter().any(|suffix| host.ends_with(suffix)))
    }
}

fn any() -> Setup {
    Setup { origins: Origins::Any, ..one() }
}

fn credentialed() -> Setup {
    Setup {
        credentials: Credentials::Allow,
        expose: (1..=20).map(|number| format!("x-exposed-{number}")).collect(),
        ..one()
    }
}

fn rich(setup: Setup) -> Setup {
    Setup { inner: Inner::Rich, ..setup }
}

fn varying(setup: Setup) -> Setup {
    Setup { inner: Inner::Varying, ..setup }
}

fn names(bytes: usize) -> String {
    (0..).map(|number| format!("x-name-{number}")).take(bytes / 11).collect::<Vec<_>>().join(",")
}

fn long_origin() -> String {
    format!("https://{}.example.com", "a".repeat(8 * 1024))
}

fn get_request(origin: Option<&str>) -> Request<()> {
    let mut request = ordinary(Method::GET);
    if let Some(origin) = origin {
        insert(request.headers_mut(), http::header::ORIGIN, origin);
    }
    request
}

fn preflight(origin: &str, method: &str, headers: &str) -> Request<()> {
    let mut request = ordinary(Method::OPTIONS);
    insert(request.headers_mut(), http::header::ORIGIN, origin);
    insert(request.headers_mut(), http::header::ACCESS_CONTROL_REQUEST_METHOD, method);
    insert(request.headers_mut(), http::header::ACCESS_CONTROL_REQUEST_HEADERS, headers);
    request
}

/// Six headers that every browser sends.
fn ordinary(method: Method) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method;
    let headers = request.headers_mut();
    for (name, value) in [
        (http::header::HOST, "api.example.com"),
        (
            http::header::USER_AGENT,
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
        ),
        (http::header::ACCEPT, "*/*"),
        (http::header::ACCEPT_LANGUAGE, "en-US,en;q=0.5"),
        (http::header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
        (http::header::CONNECTION, "keep-alive"),
    ] {
        insert(headers, name, value);
    }
    request
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
