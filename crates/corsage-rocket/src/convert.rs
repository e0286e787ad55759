//! Between the types of Rocket, whose headers are texts, and those of `http`.

use corsage::server::{Policy, RecordDecisions, Replaced, ResponseHeaderMap};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rocket::{Request, Response};

/// The request headers that a policy looks at.
pub(crate) fn headers(
    policy: &Policy,
    record: RecordDecisions,
    request: &Request<'_>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in policy.request_headers(record) {
        for line in request.headers().get(name.as_str()) {
            append(&mut headers, name, line);
        }
        if name == HOST
            && !headers.contains_key(HOST)
            && let Some(host) = request.host()
        {
            // HTTP/2 requests name the server in their target.
            append(&mut headers, name, &host.to_string());
        }
    }
    headers
}

fn append(headers: &mut HeaderMap, name: &HeaderName, line: &str) {
    if let Ok(value) = HeaderValue::from_str(line) {
        headers.append(name.clone(), value);
    }
}

pub(crate) fn method(request: &Request<'_>) -> Method {
    Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default()
}

/// A response's headers, as the core writes them.
pub(crate) struct ResponseHeaders<'a, 'r>(pub(crate) &'a mut Response<'r>);

impl ResponseHeaderMap for ResponseHeaders<'_, '_> {
    type Origin = HeaderValue;

    fn is_empty(&self) -> bool {
        self.0.headers().is_empty()
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        let lines = self.0.headers().iter();
        let names: Vec<String> = lines
            .map(|line| line.name().as_str().to_ascii_lowercase())
            .filter(|name| pick(name))
            .collect();
        for name in &names {
            self.0.remove_header(name);
        }
        if names.is_empty() { Replaced::Nothing } else { Replaced::HandlersHeaders }
    }

    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        if let Ok(value) = value.to_str() {
            self.0.set_raw_header(name.as_str().to_owned(), value.to_owned());
        }
    }

    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: HeaderValue) {
        self.insert(name, &origin);
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        if let Ok(value) = value.to_str() {
            self.0.adjoin_raw_header(name.as_str().to_owned(), value.to_owned());
        }
    }

    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.0.headers().get(name.as_str()).any(|line| test(line.as_bytes()))
    }
}
