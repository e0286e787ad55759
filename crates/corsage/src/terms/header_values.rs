//! [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values), for the
//! headers of the CORS protocol: comma lists of tokens, and one number.

use super::header_name::is_token;

/// One of the lines is not what its grammar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A `#token` list over several lines; empty elements do not count.
///
/// ```
/// use corsage::terms::header_values::token_list;
/// assert_eq!(token_list([&b"x-a, ,x-b"[..], b"x-c"]), Ok(vec![&b"x-a"[..], b"x-b", b"x-c"]));
/// assert!(token_list([&b"x a"[..]]).is_err());
/// ```
///
/// # Errors
/// One element that is not a token makes the whole header malformed.
pub fn token_list<'v>(
    lines: impl IntoIterator<Item = &'v [u8]>,
) -> Result<Vec<&'v [u8]>, Malformed> {
    let mut values = Vec::new();
    for line in lines {
        for element in line.split(|byte| *byte == b',') {
            let element = trim_ows(element);
            if is_token(element) {
                values.push(element);
            } else if !element.is_empty() {
                return Err(Malformed);
            }
        }
    }
    Ok(values)
}

/// `delta-seconds` on one line; a number too large for any use is the largest.
///
/// # Errors
/// Anything but digits, and more lines than one.
pub fn delta_seconds<'v>(lines: impl IntoIterator<Item = &'v [u8]>) -> Result<u64, Malformed> {
    let mut lines = lines.into_iter();
    let (Some(value), None) = (lines.next(), lines.next()) else { return Err(Malformed) };
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    Ok(std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX))
}

/// [Get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split): commas within
/// quoted strings do not split.
#[must_use]
pub fn get_decode_and_split(value: &[u8]) -> Vec<Vec<u8>> {
    let (mut values, mut current, mut quoted, mut escaped) = (Vec::new(), Vec::new(), false, false);
    for &byte in value {
        match byte {
            b',' if !quoted => values.push(std::mem::take(&mut current)),
            _ => {
                if escaped {
                    escaped = false;
                } else if quoted && byte == b'\\' {
                    escaped = true;
                } else if byte == b'"' {
                    quoted = !quoted;
                }
                current.push(byte);
            }
        }
    }
    values.push(current);
    values.into_iter().map(|value| trim_ows(&value).to_vec()).collect()
}

fn trim_ows(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}
