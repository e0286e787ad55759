//! [Methods](https://fetch.spec.whatwg.org/#methods): normalised, safelisted, forbidden.

use super::header_name::is_token;

/// [Normalise](https://fetch.spec.whatwg.org/#concept-method-normalize): six methods are upper-cased,
/// every other one keeps its case.
///
/// ```
/// use corsage::terms::method::normalize;
/// assert_eq!(normalize(b"put"), b"PUT");
/// assert_eq!(normalize(b"patch"), b"patch");
/// ```
#[must_use]
pub fn normalize(method: &[u8]) -> &[u8] {
    const NORMALIZED: [&[u8]; 6] = [b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT"];
    NORMALIZED.into_iter().find(|known| known.eq_ignore_ascii_case(method)).unwrap_or(method)
}

/// [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method): needs no listing.
///
/// ```
/// # use corsage::terms::method::is_safelisted;
/// assert!(is_safelisted(b"POST") && !is_safelisted(b"PUT"));
/// ```
#[must_use]
pub fn is_safelisted(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// [Forbidden method](https://fetch.spec.whatwg.org/#forbidden-method): no page can send it.
///
/// ```
/// # use corsage::terms::method::is_forbidden;
/// assert!(is_forbidden(b"Trace"));
/// ```
#[must_use]
pub fn is_forbidden(method: &[u8]) -> bool {
    [&b"CONNECT"[..], b"TRACE", b"TRACK"].iter().any(|known| known.eq_ignore_ascii_case(method))
}

/// [Method](https://fetch.spec.whatwg.org/#concept-method): a token.
///
/// ```
/// # use corsage::terms::method::is_method;
/// assert!(is_method(b"PROPFIND") && !is_method(b"PUT,DELETE"));
/// ```
#[must_use]
pub fn is_method(method: &[u8]) -> bool {
    is_token(method)
}
