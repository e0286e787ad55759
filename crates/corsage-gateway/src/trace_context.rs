//! [Trace context](https://www.w3.org/TR/trace-context/) and request ids.

use bytes::Bytes;
use corsage_config::TraceStart;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::random::Random;

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a client's request id that are believed.
const MAX_REQUEST_ID: usize = 128;

/// Sees to it that the request has an id, and a trace context if one is to be begun.
pub(crate) fn identify(headers: &mut HeaderMap, trace: TraceStart) {
    let known = headers.get(X_REQUEST_ID).is_some_and(|id| {
        !id.is_empty()
            && id.len() <= MAX_REQUEST_ID
            && id.as_bytes().iter().all(|&byte| byte.is_ascii_graphic())
    });
    if !known {
        let mut id = Vec::with_capacity(32);
        push_hex(&mut id, 16);
        insert(headers, X_REQUEST_ID, id);
    }
    if trace == TraceStart::WhenAbsent && !headers.contains_key(TRACEPARENT) {
        let mut value = Vec::with_capacity(55);
        value.extend_from_slice(b"00-");
        push_hex(&mut value, 16);
        value.push(b'-');
        push_hex(&mut value, 8);
        value.extend_from_slice(b"-01");
        insert(headers, TRACEPARENT, value);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Vec<u8>) {
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
        headers.insert(name, value);
    }
}

/// Appends random bytes as hexadecimal digits; never all zeros, which trace context forbids.
fn push_hex(out: &mut Vec<u8>, bytes: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for _ in 0..bytes / 8 {
        let random = (Random.next() | 1).to_be_bytes();
        let mut digits = [0; 16];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(random) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        out.extend_from_slice(&digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_begun_and_what_is_there_stays() {
        let mut headers = HeaderMap::new();
        identify(&mut headers, TraceStart::WhenAbsent);
        let parent = headers[TRACEPARENT].to_str().unwrap().to_owned();
        assert_eq!(parent.len(), 55);
        assert!(parent.starts_with("00-") && parent.ends_with("-01"));
        let id = headers[X_REQUEST_ID].clone();
        assert_eq!(id.len(), 32);
        identify(&mut headers, TraceStart::WhenAbsent);
        assert_eq!(headers[TRACEPARENT].to_str().unwrap(), parent);
        assert_eq!(headers[X_REQUEST_ID], id);
    }

    #[test]
    fn ids_that_could_forge_log_lines_are_replaced() {
        for id in ["", "a b", &"x".repeat(129)] {
            let mut headers = HeaderMap::from_iter([(X_REQUEST_ID, id.parse().unwrap())]);
            identify(&mut headers, TraceStart::PassOn);
            assert_eq!(headers[X_REQUEST_ID].len(), 32, "{id}");
            assert!(!headers.contains_key(TRACEPARENT));
        }
    }
}
