//! [Cookies: HTTP state management mechanism](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-22)
//!
//! As browsers keep them. Libraries know RFC 6265 of 2011: no prefixes, no protection of `Secure` and
//! `HttpOnly` cookies against weaker ones, no limits of size, no bytes beyond UTF-8. Which cookies go along
//! is decided by the context that the machine hands over.

mod date;
mod jar;
mod set_cookie;

pub use jar::ThirdPartyCookies;
pub(crate) use jar::{CookieJar, Source};
