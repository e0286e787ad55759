//! Header names: forbidden, safelisted, non-wildcard.

/// [Header name](https://fetch.spec.whatwg.org/#header-name): an HTTP token, not empty.
///
/// ```
/// # use corsage::terms::header_name::is_token;
/// assert!(is_token(b"x-trace-id") && !is_token(b"x trace") && !is_token(b""));
/// ```
#[must_use]
pub fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte))
}

/// A byte of an HTTP token (RFC 9110, 5.6.2).
#[must_use]
pub const fn is_token_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'
            | b'$'
            | b'%'
            | b'&'
            | b'\''
            | b'*'
            | b'+'
            | b'-'
            | b'.'
            | b'^'
            | b'_'
            | b'`'
            | b'|'
            | b'~'
    ) || byte.is_ascii_alphanumeric()
}

/// [Forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header), as far as the
/// name decides.
///
/// ```
/// # use corsage::terms::header_name::is_forbidden_request_header;
/// assert!(is_forbidden_request_header(b"Cookie") && is_forbidden_request_header(b"Sec-Anything"));
/// assert!(!is_forbidden_request_header(b"User-Agent"));
/// ```
#[must_use]
pub fn is_forbidden_request_header(name: &[u8]) -> bool {
    const FORBIDDEN: [&[u8]; 21] = [
        b"accept-charset",
        b"accept-encoding",
        b"access-control-request-headers",
        b"access-control-request-method",
        b"connection",
        b"content-length",
        b"cookie",
        b"cookie2",
        b"date",
        b"dnt",
        b"expect",
        b"host",
        b"keep-alive",
        b"origin",
        b"referer",
        b"set-cookie",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"via",
    ];
    FORBIDDEN.iter().any(|known| known.eq_ignore_ascii_case(name))
        || starts_with_ignoring_case(name, b"proxy-")
        || starts_with_ignoring_case(name, b"sec-")
}

/// Names whose *value* can make them [forbidden](https://fetch.spec.whatwg.org/#forbidden-request-header).
#[must_use]
pub fn is_method_override(name: &[u8]) -> bool {
    [&b"x-http-method"[..], b"x-http-method-override", b"x-method-override"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// [Forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name):
/// no script ever reads it.
///
/// ```
/// # use corsage::terms::header_name::is_forbidden_response_header;
/// assert!(is_forbidden_response_header(b"Set-Cookie"));
/// ```
#[must_use]
pub fn is_forbidden_response_header(name: &[u8]) -> bool {
    [&b"set-cookie"[..], b"set-cookie2"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name),
/// without those that a response exposes.
///
/// ```
/// # use corsage::terms::header_name::is_safelisted_response_header;
/// assert!(is_safelisted_response_header(b"Content-Type") && !is_safelisted_response_header(b"ETag"));
/// ```
#[must_use]
pub fn is_safelisted_response_header(name: &[u8]) -> bool {
    const SAFELISTED: [&[u8]; 7] = [
        b"cache-control",
        b"content-language",
        b"content-length",
        b"content-type",
        b"expires",
        b"last-modified",
        b"pragma",
    ];
    SAFELISTED.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// [CORS non-wildcard request-header name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name):
/// `*` does not cover it.
///
/// ```
/// # use corsage::terms::header_name::is_non_wildcard_request_header;
/// assert!(is_non_wildcard_request_header(b"authorization"));
/// ```
#[must_use]
pub fn is_non_wildcard_request_header(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"authorization")
}

/// [Request-body-header name](https://fetch.spec.whatwg.org/#request-body-header-name): dropped when a
/// redirect drops the body.
#[must_use]
pub fn is_request_body_header(name: &[u8]) -> bool {
    [&b"content-encoding"[..], b"content-language", b"content-location", b"content-type"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

fn starts_with_ignoring_case(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
