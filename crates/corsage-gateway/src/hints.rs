//! [1xx responses](https://www.rfc-editor.org/rfc/rfc9110#section-15.2) of the upstream, such as
//! 103 Early Hints: passed on while the final response is being made.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};

use crate::body::RequestBody;
use crate::connection::Listener;
use crate::{forward, wire};

/// Has the upstream's hints told to whoever listens.
pub(crate) fn pass_on(request: &mut Request<RequestBody>, listener: &Listener) {
    if matches!(listener, Listener::Nobody) {
        return;
    }
    let listener = listener.clone();
    hyper::ext::on_informational(request, move |hint| {
        // 100 has been sent when the body began; 101 is no hint.
        if hint.status() != StatusCode::CONTINUE && hint.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            // What CORS has to say is said once, on the final response.
            let mut headers = hint.headers().clone();
            forward::trailers(&mut headers);
            match &listener {
                Listener::Nobody => {}
                Listener::Http1(conn) => conn.push_informational(bytes(hint.status(), &headers)),
                Listener::Http2(interim) => {
                    let mut told = Response::new(());
                    *told.status_mut() = hint.status();
                    *told.headers_mut() = headers;
                    interim.push(told);
                }
            }
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
