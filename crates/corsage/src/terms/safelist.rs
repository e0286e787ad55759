//! [CORS-safelisted request-headers](https://fetch.spec.whatwg.org/#cors-safelisted-request-header): what a
//! page may send to anybody without asking, because HTML forms always could.

use super::header_name::is_token;

/// Longer values are never safelisted.
pub const MAX_SAFELISTED_VALUE_BYTES: usize = 128;

/// If all safelisted values together are longer, none of them is safelisted.
pub const MAX_SAFELISTED_TOTAL_BYTES: usize = 1024;

/// Whether one header, judged by itself, is safelisted.
///
/// ```
/// use corsage::terms::safelist::is_cors_safelisted_request_header;
/// assert!(is_cors_safelisted_request_header(b"Content-Type", b"text/plain;charset=utf-8"));
/// assert!(!is_cors_safelisted_request_header(b"Content-Type", b"application/json"));
/// assert!(is_cors_safelisted_request_header(b"range", b"bytes=0-99"));
/// assert!(!is_cors_safelisted_request_header(b"Authorization", b"x"));
/// ```
#[must_use]
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    if value.len() > MAX_SAFELISTED_VALUE_BYTES {
        return false;
    }
    match &*name.to_ascii_lowercase() {
        b"accept" => !value.iter().copied().any(is_cors_unsafe_request_header_byte),
        b"accept-language" | b"content-language" => value.iter().copied().all(is_language_byte),
        b"content-type" => {
            !value.iter().copied().any(is_cors_unsafe_request_header_byte)
                && mime_essence(value).is_some_and(|essence| is_form_type(&essence))
        }
        b"range" => simple_range(value).is_some(),
        _ => false,
    }
}

/// [No-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header).
#[must_use]
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    is_no_cors_safelisted_request_header_name(name)
        && is_cors_safelisted_request_header(name, value)
}

/// [No-CORS-safelisted request-header name](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name).
#[must_use]
pub fn is_no_cors_safelisted_request_header_name(name: &[u8]) -> bool {
    [&b"accept"[..], b"accept-language", b"content-language", b"content-type"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte)
#[must_use]
pub const fn is_cors_unsafe_request_header_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t')
        || matches!(
            byte,
            b'"' | b'('
                | b')'
                | b':'
                | b'<'
                | b'>'
                | b'?'
                | b'@'
                | b'['
                | b'\\'
                | b']'
                | b'{'
                | b'}'
                | 0x7F
        )
}

const fn is_language_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'*' | b',' | b'-' | b'.' | b';' | b'=')
}

/// The three types that an HTML form can send.
#[must_use]
pub fn is_form_type(essence: &[u8]) -> bool {
    matches!(essence, b"application/x-www-form-urlencoded" | b"multipart/form-data" | b"text/plain")
}

/// The essence of a value by [parse a MIME type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type), in
/// lower case.
#[must_use]
pub fn mime_essence(value: &[u8]) -> Option<Vec<u8>> {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = value.iter().position(|byte| !is_blank(*byte))?;
    let value = &value[start..];
    let slash = value.iter().position(|byte| *byte == b'/')?;
    let (kind, rest) = (&value[..slash], &value[slash + 1..]);
    let end = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
    let mut subtype = &rest[..end];
    while let [before @ .., last] = subtype
        && is_blank(*last)
    {
        subtype = before;
    }
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    Some(value[..slash + 1 + subtype.len()].to_ascii_lowercase())
}

/// A [simple range header value](https://fetch.spec.whatwg.org/#simple-range-header-value): its digits, as
/// numbers may have any length.
#[must_use]
pub fn simple_range(value: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (start, end) = split_range(value.strip_prefix(b"bytes=")?)?;
    let start = (!start.is_empty()).then_some(start)?;
    if end.is_empty() {
        return Some((start, None));
    }
    (significant(start) <= significant(end)).then_some((start, Some(end)))
}

fn split_range(range: &[u8]) -> Option<(&[u8], &[u8])> {
    let dash = range.iter().position(|byte| *byte == b'-')?;
    let (start, end) = (&range[..dash], &range[dash + 1..]);
    (start.iter().all(u8::is_ascii_digit) && end.iter().all(u8::is_ascii_digit))
        .then_some((start, end))
}

/// Orders numbers of any length.
fn significant(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (digits.len() - zeros, &digits[zeros..])
}
