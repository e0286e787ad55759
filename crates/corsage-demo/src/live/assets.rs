//! The page's files, embedded, and the policy that they are served under.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;

use super::tap::{Body, full};
use crate::prediction::places::{FRAME_PATH, Party, Places};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, type and text of every file.
const FILES: &[(&str, &str, &str)] = &[
    ("/demo/style.css", "text/css; charset=utf-8", include_str!("page/style.css")),
    ("/demo/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/demo/main.js", JAVASCRIPT, include_str!("page/main.js")),
    ("/demo/dom.js", JAVASCRIPT, include_str!("page/dom.js")),
    ("/demo/run.js", JAVASCRIPT, include_str!("page/run.js")),
    ("/demo/diagram.js", JAVASCRIPT, include_str!("page/diagram.js")),
    ("/demo/scenario_view.js", JAVASCRIPT, include_str!("page/scenario_view.js")),
    ("/demo/language.js", JAVASCRIPT, include_str!("page/language.js")),
    ("/demo/bench.js", JAVASCRIPT, include_str!("page/bench.js")),
    ("/demo/perform.js", JAVASCRIPT, include_str!("page/perform.js")),
    ("/demo/frame.js", JAVASCRIPT, include_str!("page/frame.js")),
];

const INDEX: &str = include_str!("page/index.html");
const FRAME: &str = include_str!("page/frame.html");

/// One of the page's files. Nothing but its own files may load, and nobody may frame it.
pub(crate) fn file(path: &str, places: &Places) -> Option<Response<Body>> {
    let page = places.page_origin();
    if path == "/" {
        let partner = places.origin_of(Party::Partner);
        // The chapter of loads has images, scripts and style sheets of theirs.
        let (api, bare) = (places.origin_of(Party::Api), places.origin_of(Party::Bare));
        let policy = format!(
            "default-src 'none'; script-src 'self' {api} {bare}; style-src 'self' {api}; img-src 'self' {api} {bare}; \
             connect-src 'self' {api} {partner} {} {bare} {}; frame-src 'self' {partner}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            places.origin_of(Party::Localhost),
            places.origin_of(Party::Bench),
        );
        return Some(html(INDEX.to_owned(), &policy));
    }
    if path == FRAME_PATH {
        return Some(frame(&page));
    }
    let (_, kind, text) = FILES.iter().find(|(name, _, _)| *name == path)?;
    Some(plain(kind, Bytes::from_static(text.as_bytes())))
}

/// What the other origin answers without the gateway: its page.
pub(crate) fn partner_pages(
    request: &Request<Incoming>,
    page_origin: &str,
) -> Option<Response<Body>> {
    (request.method() == Method::GET && request.uri().path() == FRAME_PATH)
        .then(|| frame(page_origin))
}

/// What the other taps answer without the gateway: nothing.
pub(crate) fn no_pages(_: &Request<Incoming>, _: &str) -> Option<Response<Body>> {
    None
}

/// `'self'` would mean nothing to a sandboxed frame, so its one source is named. It may ask any
/// server on this machine: that is what it is for.
fn frame(page: &str) -> Response<Body> {
    let policy = format!(
        "default-src 'none'; script-src {page}; connect-src http://127.0.0.1:* http://localhost:*; \
         base-uri 'none'; form-action 'none'; frame-ancestors {page}"
    );
    html(FRAME.replace("{page}", page), &policy)
}

fn html(text: String, policy: &str) -> Response<Body> {
    let mut response = plain("text/html; charset=utf-8", text.into());
    // Built from port numbers: always a header value.
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A response of the page's own server.
pub(crate) fn plain(kind: &'static str, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(full(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        for (path, _, text) in FILES.iter().chain(&[("/", "", INDEX), ("/demo/frame", "", FRAME)]) {
            for outside in ["https://", "http://", "//cdn", "@import", "url("] {
                let inside = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!inside.contains(outside), "{path} contains {outside}");
            }
            assert!(!text.contains("innerHTML"), "{path}");
        }
    }

    #[test]
    fn every_text_the_page_asks_for_is_in_the_catalogue() {
        let texts = crate::live::texts::Texts::of(corsage_texts::Language::English);
        let known = texts.keys("page");
        for (path, _, source) in FILES.iter().chain(&[("/", "", INDEX)]) {
            let mut rest = *source;
            for (start, end) in [("[^a-z]t(\"", '"'), ("data-text=\"", '"')] {
                let start = start.trim_start_matches("[^a-z]");
                rest = source;
                while let Some(at) = rest.find(start) {
                    let before = rest[..at].chars().next_back().unwrap_or(' ');
                    rest = &rest[at + start.len()..];
                    let key = &rest[..rest.find(end).unwrap()];
                    if !before.is_alphanumeric() {
                        assert!(
                            known.iter().any(|known| known == key),
                            "{path} asks for page.{key}"
                        );
                    }
                }
            }
            let _ = rest;
        }
    }
}
