//! The request headers that a policy looks at, in the types of `http` 1.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use corsage::server::{self, Mount, Policy, ReadHeaders};

use crate::request_lines::all;

/// Kept from request to request: what did not change is not copied again.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    headers: http::HeaderMap,
    method: http::Method,
    /// Only a predicate looks at it.
    uri: Option<http::Uri>,
}

impl Mirror {
    pub(crate) fn update(&mut self, mount: &Mount, policy: &Policy, request: &ServiceRequest) {
        self.method = method(request.method());
        self.uri = policy.sees_requests().then(|| request.uri().to_string().parse().ok()).flatten();
        let names = match mount.request_headers(policy) {
            ReadHeaders::These(names) => names,
            ReadHeaders::All => return self.copy_all(request),
        };
        for name in names {
            let mut lines = all(request.headers(), name);
            match (lines.next(), lines.next()) {
                (None, _) if name == http::header::HOST => self.copy_authority(request),
                (None, _) => {
                    self.headers.remove(name);
                }
                (Some(line), None) if self.holds(name, line.as_bytes()) => {}
                _ => self.copy(name, request.headers()),
            }
        }
    }

    pub(crate) fn view(&self) -> server::Request<'_> {
        let view = server::Request::new(&self.method, &self.headers);
        match &self.uri {
            Some(uri) => view.with_uri(uri),
            None => view,
        }
    }

    fn copy_all(&mut self, request: &ServiceRequest) {
        self.headers.clear();
        for (name, value) in request.headers() {
            let name = http::HeaderName::from_bytes(name.as_str().as_bytes());
            let value = http::HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                self.headers.append(name, value);
            }
        }
        if !self.headers.contains_key(http::header::HOST) {
            self.copy_authority(request);
        }
    }

    /// HTTP/2 requests name the server in their target.
    fn copy_authority(&mut self, request: &ServiceRequest) {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        match authority.and_then(|name| http::HeaderValue::from_str(name).ok()) {
            Some(value) => self.headers.insert(http::header::HOST, value),
            None => self.headers.remove(http::header::HOST),
        };
    }

    fn holds(&self, name: &http::HeaderName, line: &[u8]) -> bool {
        let mut held = self.headers.get_all(name).iter();
        held.next().is_some_and(|held| held.as_bytes() == line) && held.next().is_none()
    }

    fn copy(&mut self, name: &http::HeaderName, request: &HeaderMap) {
        self.headers.remove(name);
        for line in all(request, name) {
            if let Ok(value) = http::HeaderValue::from_bytes(line.as_bytes()) {
                self.headers.append(name.clone(), value);
            }
        }
    }
}

/// A method in the type of `http` 1. A method that is none there is none that a policy knows.
fn method(method: &actix_web::http::Method) -> http::Method {
    http::Method::from_bytes(method.as_str().as_bytes()).unwrap_or_default()
}
