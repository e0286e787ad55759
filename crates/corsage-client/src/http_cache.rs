//! [HTTP cache](https://fetch.spec.whatwg.org/#http-caching): RFC 9111 by a library; here the six cache modes,
//! and what is stored where.
//!
//! The key is partition and URL, neither origin nor mode nor credentials: a response to a no-cors request
//! can answer a cors one, and is judged then by the machine, as in browsers.

use std::collections::HashMap;
use std::time::SystemTime;

use bytes::Bytes;
use corsage::browser::{CacheMode, HeaderList, WireRequest, WireResponse};
use http::{HeaderName, HeaderValue, Request, Response};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};

/// A larger body is not kept.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// All bodies together.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;

#[derive(Debug, Default)]
pub(crate) struct HttpCache {
    stored: HashMap<String, Vec<Stored>>,
    total: usize,
}

#[derive(Clone, Debug)]
struct Stored {
    policy: CachePolicy,
    response: WireResponse,
    body: Bytes,
}

/// What the cache says of a request.
pub(crate) enum Lookup {
    /// The stored response answers it.
    Fresh(WireResponse, Bytes),
    /// Ask the server, with these conditions.
    Revalidate(Vec<(Vec<u8>, Vec<u8>)>),
    /// Ask the server.
    Miss,
    /// Only a stored response was wanted.
    Unsatisfiable,
}

impl HttpCache {
    pub(crate) fn clear(&mut self) {
        self.stored.clear();
        self.total = 0;
    }

    pub(crate) fn look_up(&self, wire: &WireRequest, headers: &HeaderList) -> Lookup {
        let missing = if wire.cache == CacheMode::OnlyIfCached {
            Lookup::Unsatisfiable
        } else {
            Lookup::Miss
        };
        if matches!(wire.cache, CacheMode::NoStore | CacheMode::Reload)
            || wire.method != b"GET"
            || headers.contains(b"range")
        {
            return missing;
        }
        let request = as_http(wire, headers);
        let now = SystemTime::now();
        for stored in self.stored.get(&key(wire)).into_iter().flatten() {
            match stored.policy.before_request(&request, now) {
                BeforeRequest::Fresh(_) if wire.cache != CacheMode::NoCache => {
                    return Lookup::Fresh(stored.response.clone(), stored.body.clone());
                }
                BeforeRequest::Stale { matches: true, .. }
                    if matches!(wire.cache, CacheMode::ForceCache | CacheMode::OnlyIfCached) =>
                {
                    return Lookup::Fresh(stored.response.clone(), stored.body.clone());
                }
                BeforeRequest::Stale { matches: false, .. } => {}
                BeforeRequest::Fresh(_) | BeforeRequest::Stale { .. } => {
                    return revalidate(&stored.response);
                }
            }
        }
        missing
    }

    /// A 304 freshens what is stored: the stored response with the new headers, which is what is judged.
    pub(crate) fn freshen(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
    ) -> Option<(WireResponse, Bytes)> {
        let request = as_http(wire, headers);
        let now = SystemTime::now();
        let stored = self.stored.get_mut(&key(wire))?.iter_mut().find(|stored| {
            !matches!(
                stored.policy.before_request(&request, now),
                BeforeRequest::Stale { matches: false, .. }
            )
        })?;
        let answer = response_as_http(response);
        let AfterResponse::NotModified(policy, _) =
            stored.policy.after_response(&request, &answer, now)
        else {
            return None;
        };
        stored.policy = policy;
        for header in &response.headers {
            // Fields that describe the body stay with the body.
            if !matches!(
                &*header.name.to_ascii_lowercase(),
                b"content-length" | b"content-encoding" | b"content-range" | b"transfer-encoding"
            ) {
                stored.response.headers.delete(&header.name);
            }
        }
        for header in &response.headers {
            if !stored.response.headers.contains(&header.name)
                || response.headers.lines(&header.name).count() > 1
            {
                stored.response.headers.push_line(&header.name, &header.value);
            }
        }
        Some((stored.response.clone(), stored.body.clone()))
    }

    /// Whether a response is worth keeping, once its body is known.
    pub(crate) fn is_storable(
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
    ) -> bool {
        wire.cache != CacheMode::NoStore
            && wire.method == b"GET"
            && response.status != 206
            && policy(wire, headers, response).is_storable()
    }

    pub(crate) fn store(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
        body: Bytes,
    ) {
        let request = as_http(wire, headers);
        let now = SystemTime::now();
        let key = key(wire);
        if let Some(list) = self.stored.get_mut(&key) {
            list.retain(|stored| {
                let other = matches!(
                    stored.policy.before_request(&request, now),
                    BeforeRequest::Stale { matches: false, .. }
                );
                self.total -= if other { 0 } else { stored.body.len() };
                other
            });
        }
        if self.total + body.len() > MAX_TOTAL_BYTES {
            self.clear();
        }
        self.total += body.len();
        let stored =
            Stored { policy: policy(wire, headers, response), response: response.clone(), body };
        self.stored.entry(key).or_default().push(stored);
    }

    /// N5: an unsafe method that succeeded makes what is stored worthless.
    pub(crate) fn invalidate(&mut self, wire: &WireRequest, status: u16) {
        let safe = matches!(&*wire.method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE");
        if !safe
            && (200..400).contains(&status)
            && let Some(list) = self.stored.remove(&key(wire))
        {
            self.total -= list.iter().map(|stored| stored.body.len()).sum::<usize>();
        }
    }
}

fn revalidate(stored: &WireResponse) -> Lookup {
    let mut conditions = Vec::new();
    if let Some(tag) = stored.headers.get(b"etag") {
        conditions.push((b"If-None-Match".to_vec(), tag));
    }
    if let Some(date) = stored.headers.get(b"last-modified") {
        conditions.push((b"If-Modified-Since".to_vec(), date));
    }
    if conditions.is_empty() { Lookup::Miss } else { Lookup::Revalidate(conditions) }
}

fn key(wire: &WireRequest) -> String {
    format!("{} {}", wire.partition, wire.url)
}

fn policy(wire: &WireRequest, headers: &HeaderList, response: &WireResponse) -> CachePolicy {
    // A browser's cache is private.
    let options = CacheOptions { shared: false, ..CacheOptions::default() };
    CachePolicy::new_options(
        &as_http(wire, headers),
        &response_as_http(response),
        SystemTime::now(),
        options,
    )
}

/// For the library's eyes. Values that it cannot hold play no part in caching.
fn as_http(wire: &WireRequest, headers: &HeaderList) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = http::Method::from_bytes(&wire.method).unwrap_or(http::Method::GET);
    *request.uri_mut() = wire.url.as_str().parse().unwrap_or_default();
    // What the modes ask for is decided here, not by the request's own Cache-Control.
    for header in headers.iter().filter(|header| {
        !matches!(&*header.name.to_ascii_lowercase(), b"cache-control" | b"pragma")
    }) {
        insert(request.headers_mut(), &header.name, &header.value);
    }
    request
}

fn response_as_http(response: &WireResponse) -> Response<()> {
    let mut answer = Response::new(());
    *answer.status_mut() = http::StatusCode::from_u16(response.status).unwrap_or_default();
    for header in &response.headers {
        insert(answer.headers_mut(), &header.name, &header.value);
    }
    answer
}

fn insert(headers: &mut http::HeaderMap, name: &[u8], value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        headers.append(name, value);
    }
}
