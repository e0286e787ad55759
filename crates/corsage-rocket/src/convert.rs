//! Between the types of Rocket, whose headers are texts, and those of `http`.

use corsage::server::{self, Mount, Policy, ReadHeaders, Replaced, ResponseHeaderMap};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use rocket::{Request, Response};

/// What a policy looks at of a request, in the types of `http`.
pub(crate) struct Owned {
    method: Method,
    headers: HeaderMap,
    uri: Option<Uri>,
}

impl Owned {
    pub(crate) fn of(mount: &Mount, policy: &Policy, request: &Request<'_>) -> Self {
        let mut headers = HeaderMap::new();
        match mount.request_headers(policy) {
            ReadHeaders::These(names) => {
                for name in names {
                    for line in request.headers().get(name.as_str()) {
                        append(&mut headers, name, line);
                    }
                }
            }
            ReadHeaders::All => {
                for line in request.headers().iter() {
                    if let Ok(name) = HeaderName::from_bytes(line.name().as_str().as_bytes()) {
                        append(&mut headers, &name, line.value());
                    }
                }
            }
        }
        if !headers.contains_key(HOST)
            && let Some(host) = request.host()
        {
            // HTTP/2 requests name the server in their target.
            append(&mut headers, &HOST, &host.to_string());
        }
        let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
        // Only a predicate looks at the path.
        let uri = policy.sees_requests().then(|| request.uri().to_string().parse().ok()).flatten();
        Self { method, headers, uri }
    }

    pub(crate) fn view(&self) -> server::Request<'_> {
        let view = server::Request::new(&self.method, &self.headers);
        match &self.uri {
            Some(uri) => view.with_uri(uri),
            None => view,
        }
    }
}

fn append(headers: &mut HeaderMap, name: &HeaderName, line: &str) {
    if let Ok(value) = HeaderValue::from_str(line) {
        headers.append(name.clone(), value);
    }
}

/// A response's headers, as the core writes them.
pub(crate) struct ResponseHeaders<'a, 'r>(pub(crate) &'a mut Response<'r>);

impl ResponseHeaderMap for ResponseHeaders<'_, '_> {
    type Origin = HeaderValue;

    fn each_name(&self, mut see: impl FnMut(&str)) {
        for line in self.0.headers().iter() {
            see(line.name().as_str());
        }
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        let lines = self.0.headers().iter();
        let names: Vec<String> = lines
            .filter(|line| pick(line.name().as_str()))
            .map(|line| line.name().to_string())
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
