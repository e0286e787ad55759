//! [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names)

use super::HeaderList;
use super::profile::{ContentTypeRule, ExtraSafelist, RangeRule, Repeated, Switches};
use crate::terms::safelist::{
    MAX_SAFELISTED_TOTAL_BYTES, MAX_SAFELISTED_VALUE_BYTES, is_cors_safelisted_request_header,
    simple_range,
};

/// The names that need a preflight: lower case, sorted; without repeats but in Firefox.
pub(crate) fn unsafe_names(headers: &HeaderList, switches: &Switches) -> Vec<Vec<u8>> {
    let mut unsafe_names: Vec<Vec<u8>> = Vec::new();
    let mut safe_names: Vec<Vec<u8>> = Vec::new();
    let mut total = 0;
    for (name, value) in judged(headers, switches.repeated) {
        if is_safelisted(&name, &value, switches) {
            total += value.len();
            safe_names.push(name);
        } else {
            unsafe_names.push(name);
        }
    }
    // No engine but the standard's text reaches this: names are five, values of 128 bytes.
    if total > MAX_SAFELISTED_TOTAL_BYTES && switches.repeated == Repeated::Apart {
        unsafe_names.append(&mut safe_names);
    }
    unsafe_names.sort();
    if switches.repeated != Repeated::AsOftenAsSent {
        unsafe_names.dedup();
    }
    unsafe_names
}

fn judged(headers: &HeaderList, repeated: Repeated) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut list: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        let known =
            list.iter_mut().find(|(other, _)| repeated == Repeated::Combined && *other == name);
        match known {
            Some((_, value)) => {
                value.extend_from_slice(b", ");
                value.extend_from_slice(&header.value);
            }
            None => list.push((name, header.value.clone())),
        }
    }
    list
}

/// Whether a header needs no preflight in this engine.
pub(crate) fn is_safelisted(name: &[u8], value: &[u8], switches: &Switches) -> bool {
    match &*name.to_ascii_lowercase() {
        b"range" => {
            value.len() <= MAX_SAFELISTED_VALUE_BYTES && is_safelisted_range(value, switches.range)
        }
        b"content-type" | b"accept" if switches.content_type == ContentTypeRule::Strict => {
            is_cors_safelisted_request_header(name, value)
                && value.is_ascii()
                && (name.eq_ignore_ascii_case(b"accept") || !has_odd_parameters(value))
        }
        name if switches.extra_safelist == ExtraSafelist::ClientHints
            && is_client_hint(name, value) =>
        {
            true
        }
        name => is_cors_safelisted_request_header(name, value),
    }
}

/// Firefox reads a content type by a parser of its own, which takes neither a comma after the type nor
/// an empty parameter.
fn has_odd_parameters(value: &[u8]) -> bool {
    value.split(|byte| *byte == b';').skip(1).any(|parameter| parameter.contains(&b','))
        || value.windows(2).any(|pair| pair == b";;")
}

fn is_safelisted_range(value: &[u8], rule: RangeRule) -> bool {
    let fits = |digits: &[u8], limit: u128| {
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.len() - zeros <= 20
            && std::str::from_utf8(digits)
                .ok()
                .and_then(|text| text.parse::<u128>().ok())
                .is_some_and(|n| n < limit)
    };
    let lenient;
    let value = match rule {
        RangeRule::Lenient => {
            lenient = leniently(value);
            &lenient[..]
        }
        _ => value,
    };
    let Some((start, end)) = simple_range(value) else { return false };
    let limit = match rule {
        RangeRule::AnyLength => return true,
        RangeRule::Unsigned64 | RangeRule::Lenient => 1 << 64,
        RangeRule::Signed64Rewritten => 1 << 63,
    };
    fits(start, limit) && end.is_none_or(|end| fits(end, limit))
}

/// WebKit compares the unit without case, and its number parser takes a plus sign.
fn leniently(value: &[u8]) -> Vec<u8> {
    match value.split_at_checked(6) {
        Some((unit, rest)) if unit.eq_ignore_ascii_case(b"bytes=") => {
            let rest = rest.strip_prefix(b"+").unwrap_or(rest);
            [b"bytes=", rest].concat()
        }
        _ => value.to_vec(),
    }
}

/// The hints of old with well-formed values, and two names that Chromium sets itself.
fn is_client_hint(name: &[u8], value: &[u8]) -> bool {
    if value.len() > MAX_SAFELISTED_VALUE_BYTES {
        return false;
    }
    match name {
        b"device-memory" | b"dpr" | b"downlink" => is_decimal(value),
        b"width" | b"viewport-width" | b"rtt" => {
            !value.is_empty() && value.iter().all(u8::is_ascii_digit)
        }
        b"ect" => matches!(value, b"slow-2g" | b"2g" | b"3g" | b"4g"),
        b"save-data" => value.eq_ignore_ascii_case(b"on"),
        b"intervention" | b"user-agent" => true,
        _ => false,
    }
}

/// Digits, and then perhaps a point and digits.
fn is_decimal(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.');
    let digits = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    let whole = digits(parts.next());
    match parts.next() {
        None => whole,
        fraction => whole && digits(fraction) && parts.next().is_none(),
    }
}
