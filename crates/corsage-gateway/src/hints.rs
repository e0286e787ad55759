//! [1xx responses](https://www.rfc-editor.org/rfc/rfc9110#section-15.2) of the upstream, such as
//! 103 Early Hints: passed on to HTTP/1.1 clients while the final response is being made.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};

use crate::body::RequestBody;
use crate::connection::Conn;
use crate::forward;

/// Has the upstream's hints written to the client's connection.
pub(crate) fn pass_on(request: &mut Request<RequestBody>, conn: &Arc<Conn>) {
    let conn = Arc::clone(conn);
    hyper::ext::on_informational(request, move |hint| {
        // 100 has been sent when the body began; 101 is no hint.
        if hint.status() != StatusCode::CONTINUE && hint.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            // What CORS has to say is said once, on the final response.
            let mut headers = hint.headers().clone();
            forward::trailers(&mut headers);
            conn.push_informational(bytes(hint.status(), &headers));
        }
    });
}

fn bytes(status: StatusCode, headers: &HeaderMap) -> Bytes {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.into()
}
