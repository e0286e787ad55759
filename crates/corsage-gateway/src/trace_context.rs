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
    let mut ids = headers.get_all(X_REQUEST_ID).iter();
    // Of two nobody knows which one others have read.
    let believed = ids.next().is_some_and(|id| is_believed(id.as_bytes())) && ids.next().is_none();
    if !believed {
        insert(headers, X_REQUEST_ID, drawn_id().to_vec());
    }
    if trace == TraceStart::WhenAbsent && !headers.get(TRACEPARENT).is_some_and(is_traceparent) {
        headers.remove("tracestate");
        let mut value = Vec::with_capacity(55);
        value.extend_from_slice(b"00-");
        value.extend_from_slice(&drawn_id());
        value.push(b'-');
        value.extend_from_slice(&hex());
        value.extend_from_slice(b"-01");
        insert(headers, TRACEPARENT, value);
    }
}

/// Whether a client's id is taken for the request's: it is written into logs, here and elsewhere, so it has nothing in
/// it that would have to be escaped there.
pub(crate) fn is_believed(id: &[u8]) -> bool {
    let is_harmless = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !id.is_empty() && id.len() <= MAX_REQUEST_ID && id.iter().all(is_harmless)
}

/// An id for a request that has none.
pub(crate) fn drawn_id() -> [u8; 32] {
    let (mut id, [first, second]) = ([0; 32], [hex(), hex()]);
    id[..16].copy_from_slice(&first);
    id[16..].copy_from_slice(&second);
    id
}

/// Whether a trace can be [carried on](https://www.w3.org/TR/trace-context/#traceparent-header); a
/// value that cannot be is to be treated as if it were absent.
fn is_traceparent(value: &HeaderValue) -> bool {
    let mut parts = value.as_bytes().split(|&byte| byte == b'-');
    let mut hex = |digits: usize| {
        parts.next().filter(|part| {
            part.len() == digits
                && part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    let (Some(version), Some(trace), Some(parent), Some(_)) = (hex(2), hex(32), hex(16), hex(2))
    else {
        return false;
    };
    let is_set = |id: &[u8]| id.iter().any(|&byte| byte != b'0');
    version != b"ff"
        && is_set(trace)
        && is_set(parent)
        && (version != b"00" || parts.next().is_none())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Vec<u8>) {
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
        headers.insert(name, value);
    }
}

/// Eight random bytes as hexadecimal digits; never all zeros, which trace context forbids.
fn hex() -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 16];
    for (pair, byte) in digits.chunks_exact_mut(2).zip((Random.next() | 1).to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
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
    fn traces_that_cannot_be_carried_on_are_begun_anew() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let bad = [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "x",
        ];
        for (value, stays) in bad.map(|value| (value, false)).into_iter().chain([(good, true)]) {
            let mut headers = HeaderMap::from_iter([(TRACEPARENT, value.parse().unwrap())]);
            identify(&mut headers, TraceStart::WhenAbsent);
            assert_eq!(headers[TRACEPARENT] == value, stays, "{value}");
            assert!(is_traceparent(&headers[TRACEPARENT]));
        }
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
