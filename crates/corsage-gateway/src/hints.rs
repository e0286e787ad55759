//! [1xx responses](https://www.rfc-editor.org/rfc/rfc9110#section-15.2) of the upstream, such as
//! 103 Early Hints: passed on to HTTP/1.1 clients while the final response is being made.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};

use crate::body::RequestBody;
use crate::connection::Conn;
use crate::{forward, wire};

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
    let mut bytes = Vec::with_capacity(256);
    wire::status_line(status, &mut bytes);
    wire::fields(headers, &mut bytes);
    bytes.extend_from_slice(b"\r\n");
    bytes.into()
}
