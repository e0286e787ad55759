//! Requests that a model is tried with before it is handed out.

use crate::{Asked, NotRead};

/// Origins of every shape that code tells apart.
const ORIGINS: &[Option<&str>] = &[
    None,
    Some("null"),
    Some("https://app.example.com"),
    Some("http://localhost:3000"),
    Some("https://evil.example"),
    Some("https://a.b.example.com:8443"),
];

/// Puts requests of every kind, on these paths and on some of ours.
pub(crate) fn rehearse<'a>(
    paths: impl Iterator<Item = &'a String>,
    mut ask: impl FnMut(&Asked<'_>) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    let mut all: Vec<&str> = vec!["/", "/items"];
    all.extend(paths.map(String::as_str).filter(|path| path.starts_with('/')).take(20));
    for path in all {
        for origin in ORIGINS {
            for (method, asks) in
                [("GET", None), ("POST", None), ("OPTIONS", Some("PUT")), ("OPTIONS", None)]
            {
                let mut headers = Vec::new();
                if let Some(origin) = origin {
                    headers.push(("Origin".to_owned(), (*origin).to_owned()));
                }
                if let Some(asks) = asks {
                    headers.push(("Access-Control-Request-Method".to_owned(), asks.to_owned()));
                    let name = "Access-Control-Request-Headers".to_owned();
                    headers.push((name, "content-type,x-request-id".to_owned()));
                }
                ask(&Asked { method, path, host: "api.example.com", headers: &headers })?;
            }
        }
    }
    Ok(())
}
