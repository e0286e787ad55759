//! Heads of HTTP/1.1 responses that are written without hyper.

use http::{HeaderMap, StatusCode};

pub(crate) fn status_line(status: StatusCode, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The lines of the fields; the empty line that ends the head is not among them.
pub(crate) fn fields(headers: &HeaderMap, out: &mut Vec<u8>) {
    for (name, value) in headers {
        field(name.as_str(), value.as_bytes(), out);
    }
}

/// One line. What a header may not hold, neither may these.
pub(crate) fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
