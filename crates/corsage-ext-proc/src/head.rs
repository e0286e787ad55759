//! Heads as Envoy sends them, as the core reads them.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::messages::{self, HttpRequest};

/// A request's head.
pub(crate) struct Head {
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

impl Head {
    /// As `ext_proc` sends it: everything among the headers.
    pub(crate) fn of(lines: &messages::HeaderMap) -> Self {
        let mut head = Self::new("GET", "/");
        for line in &lines.headers {
            let value = bytes_of(line);
            match line.key.as_str() {
                ":method" => head.method = method(value),
                ":path" => head.path = path(&String::from_utf8_lossy(value)),
                ":authority" => head.take(header::HOST.as_str(), value),
                name => head.take(name, value),
            }
        }
        head
    }

    /// As `ext_authz` sends it.
    pub(crate) fn of_check(request: &HttpRequest) -> Self {
        if let Some(lines) = &request.header_map {
            return Self::of(lines);
        }
        let mut head = Self::new(&request.method, &request.path);
        head.take(header::HOST.as_str(), request.host.as_bytes());
        let own = request.headers.iter().filter(|(name, _)| !name.starts_with(':'));
        for (name, value) in own.filter(|(name, _)| *name != "host") {
            head.take(name, value.as_bytes());
        }
        head
    }

    fn new(method_name: &str, target: &str) -> Self {
        let method = method(method_name.as_bytes());
        Self { method, path: path(target), headers: HeaderMap::new() }
    }

    fn take(&mut self, name: &str, value: &[u8]) {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { return };
        // What is no value is no origin and no method either: it is refused for what it is.
        let value = HeaderValue::from_bytes(value).unwrap_or(HeaderValue::from_static("?"));
        self.headers.append(name, value);
    }
}

/// A response's headers.
pub(crate) fn response_headers(lines: &messages::HeaderMap) -> HeaderMap {
    let mut head = Head::new("GET", "/");
    for line in lines.headers.iter().filter(|line| !line.key.starts_with(':')) {
        head.take(&line.key, bytes_of(line));
    }
    head.headers
}

/// What is no method is taken for one that changes something.
fn method(name: &[u8]) -> Method {
    Method::from_bytes(name).unwrap_or(Method::POST)
}

fn path(target: &str) -> String {
    let end = target.find(['?', '#']).unwrap_or(target.len());
    target[..end].to_owned()
}

fn bytes_of(line: &messages::HeaderValue) -> &[u8] {
    if line.raw_value.is_empty() { line.value.as_bytes() } else { &line.raw_value }
}
