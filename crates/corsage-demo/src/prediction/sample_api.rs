//! The sample API: a plain HTTP service that knows nothing of CORS.
//!
//! Its answers are a function of the request alone, so that a prediction can ask the same function
//! without a network.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header::HeaderMap};

/// How many things there are in all, as lists of pages say it.
const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Answers one request. `elsewhere` is the origin that two of its redirects lead to.
pub(crate) fn answer(
    method: &Method,
    path: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    elsewhere: &str,
) -> Response<Bytes> {
    let method = method.as_str();
    match (method, path) {
        ("GET" | "HEAD", "/shop/items") => counted(200, r#"["teapot","cup","kettle"]"#, "3"),
        ("POST", "/shop/items") => json(201, r#"{"created":"cup"}"#),
        ("GET" | "HEAD", "/shop/items/1" | "/shop/items/2") => {
            counted(200, r#"{"name":"teapot"}"#, "3")
        }
        ("PUT" | "PATCH", "/shop/items/1" | "/shop/items/2") => json(200, r#"{"changed":true}"#),
        ("DELETE", "/shop/items/1" | "/shop/items/2") => json(200, r#"{"deleted":true}"#),
        ("GET" | "HEAD", "/shop/moved") => redirect("/shop/items", query),
        ("GET" | "HEAD", "/shop/elsewhere") => redirect(&format!("{elsewhere}/shop/items"), query),
        ("GET" | "HEAD", "/shop/broken") => json(500, r#"{"error":"the kettle boiled over"}"#),
        ("GET" | "HEAD", "/public/news") => counted(200, r#"["tea is served"]"#, "1"),
        ("PUT", "/public/news/1") => json(200, r#"{"changed":true}"#),
        ("GET" | "HEAD", "/public/elsewhere") => {
            redirect(&format!("{elsewhere}/public/news"), query)
        }
        ("GET" | "HEAD", "/public/photo.png") => file("image/png", PHOTO),
        ("GET" | "HEAD", "/public/app.js") => file("text/javascript", SCRIPT),
        ("GET" | "HEAD", "/public/style.css") => file("text/css", b":root { --tea: served; }"),
        ("GET" | "HEAD", "/public/events") => file("text/event-stream", b"data: tea is served\n\n"),
        ("GET" | "HEAD", "/internal/photo.png") => file("image/png", PHOTO),
        ("GET" | "HEAD", "/internal/app.js") => file("text/javascript", SCRIPT),
        ("POST", "/account/session") => signed_in(),
        ("GET" | "HEAD", "/account/me") => json(200, whoami(headers)),
        ("GET" | "HEAD", "/partners/report") => json(200, r#"{"cups":12}"#),
        ("GET" | "HEAD", "/internal/status") => json(200, r#"{"status":"fine"}"#),
        ("POST", "/internal/orders") => json(201, r#"{"ordered":true}"#),
        (_, known) if PATHS.contains(&known) => not_allowed(),
        _ => json(404, r#"{"error":"no such thing"}"#),
    }
}

/// What the API knows, for 405 and for the bench's list.
pub(crate) const PATHS: &[&str] = &[
    "/shop/items",
    "/shop/items/1",
    "/shop/items/2",
    "/shop/moved",
    "/shop/elsewhere",
    "/shop/broken",
    "/public/news",
    "/public/news/1",
    "/public/elsewhere",
    "/public/photo.png",
    "/public/app.js",
    "/public/style.css",
    "/public/events",
    "/account/session",
    "/account/me",
    "/partners/report",
    "/internal/status",
    "/internal/orders",
    "/internal/photo.png",
    "/internal/app.js",
];

/// The one session there is.
pub(crate) const SESSION: &str = "corsage-demo-session=ada";

/// One pixel.
const PHOTO: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\rIDATx\x9cc\xb8\x94)\xf7\x1f\0\x05\xc3\x02Y9m\x98\xd5\0\0\0\0IEND\xaeB`\x82";

/// A script with an error of the engine's making, which no browser shows to strangers.
const SCRIPT: &[u8] = b"thereIsNoSuchTea();";

fn file(kind: &'static str, body: &'static [u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn json(status: u16, body: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn counted(status: u16, body: &'static str, total: &'static str) -> Response<Bytes> {
    let mut response = json(status, body);
    response.headers_mut().insert(X_TOTAL_COUNT, HeaderValue::from_static(total));
    response
}

fn redirect(target: &str, query: Option<&str>) -> Response<Bytes> {
    let location = match query {
        Some(query) => format!("{target}?{query}"),
        None => target.to_owned(),
    };
    let mut response = json(302, r#"{"moved":true}"#);
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Err(_) => json(400, r#"{"error":"no such place"}"#),
    }
}

fn signed_in() -> Response<Bytes> {
    let mut response = json(200, r#"{"welcome":"ada"}"#);
    let cookie =
        HeaderValue::from_static("corsage-demo-session=ada; Path=/; HttpOnly; SameSite=Lax");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

fn whoami(headers: &HeaderMap) -> &'static str {
    let is_ada = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .any(|pair| pair.trim() == SESSION);
    if is_ada { r#"{"you":"ada"}"# } else { r#"{"you":"a stranger"}"# }
}

fn not_allowed() -> Response<Bytes> {
    let mut response = json(405, r#"{"error":"method not allowed"}"#);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, headers: &HeaderMap) -> Response<Bytes> {
        answer(&Method::GET, path, Some("run=1"), headers, "http://127.0.0.1:9")
    }

    #[test]
    fn knows_whom_it_speaks_to_by_the_cookie() {
        let mut headers = HeaderMap::new();
        assert_eq!(get("/account/me", &headers).body(), r#"{"you":"a stranger"}"#);
        headers.insert(COOKIE, HeaderValue::from_static("a=b; corsage-demo-session=ada"));
        assert_eq!(get("/account/me", &headers).body(), r#"{"you":"ada"}"#);
    }

    #[test]
    fn redirects_keep_the_query() {
        let response = get("/shop/elsewhere", &HeaderMap::new());
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers()[LOCATION], "http://127.0.0.1:9/shop/items?run=1");
    }

    #[test]
    fn knows_nothing_of_cors() {
        for path in PATHS {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let mut headers = HeaderMap::new();
                headers.insert(http::header::ORIGIN, HeaderValue::from_static("http://a.example"));
                let response = answer(&method, path, None, &headers, "http://127.0.0.1:9");
                let mut names = response.headers().keys().map(HeaderName::as_str);
                assert!(!names.any(|name| name.starts_with("access-control-")), "{path}");
                if method == Method::OPTIONS {
                    assert_eq!(response.status(), 405, "{path}");
                }
            }
        }
    }
}
