//! The head that goes on: rebuilt from its parts, without what concerns one hop only.

use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use crate::connection::{Conn, Trust};
use crate::guard::{Inspected, is_hop_by_hop};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROXY: HeaderName = HeaderName::from_static("proxy");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Makes a client's headers fit for the upstream. The host is in them by now.
pub(crate) fn request(headers: &mut HeaderMap, found: &Inspected, conn: &Conn) {
    if found.connection.is_present() {
        strip_nominated(headers);
    }
    strip_hop_by_hop(headers, Keep::Trailers);
    if found.expects_continue.is_present() {
        // Answered here: 100 goes out when the upstream begins to take the body.
        headers.remove(header::EXPECT);
    }
    // CGI programs would take it for their HTTP_PROXY: https://httpoxy.org.
    if headers.contains_key(&PROXY) {
        headers.remove(&PROXY);
    }
    if found.cookies > 1 {
        join_cookies(headers);
    }
    forwarded(headers, found, conn);
}

/// Whether nobody can read the response's framing in two ways: hyper takes a length that stands beside
/// a coding it does not know.
pub(crate) fn is_framed_plainly(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match codings.next() {
        None => true,
        Some(coding) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none()
        }
    }
}

/// Makes an upstream's headers fit for the client.
pub(crate) fn response(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        strip_nominated(headers);
    }
    strip_hop_by_hop(headers, Keep::Nothing);
}

/// Whether `TE: trailers` stays: gRPC asks for it end to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Trailers,
    Nothing,
}

fn strip_hop_by_hop(headers: &mut HeaderMap, keep: Keep) {
    // Looking once over the few names there are is cheaper than asking for each that may be.
    if !headers.keys().any(is_hop_by_hop) {
        return;
    }
    let trailers = keep == Keep::Trailers
        && headers.get_all(header::TE).iter().any(|value| {
            value
                .as_bytes()
                .split(|&byte| byte == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        });
    for name in [
        header::CONNECTION,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        KEEP_ALIVE,
        PROXY_CONNECTION,
    ] {
        headers.remove(name);
    }
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Removes what `Connection` names. What it may not name has been refused by the guard.
fn strip_nominated(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| !is_hop_by_hop(name) && *name != header::CONTENT_LENGTH)
        .collect();
    for name in nominated {
        headers.remove(name);
    }
}

/// HTTP/2 splits cookies for its compression; HTTP/1 servers read one line
/// ([RFC 9113 8.2.3](https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3)).
fn join_cookies(headers: &mut HeaderMap) {
    let lines: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Says where the request came from. Only trusted peers may have said something before us.
fn forwarded(headers: &mut HeaderMap, found: &Inspected, conn: &Conn) {
    let peer = &conn.peer;
    if found.forwarded.is_present() && peer.trust == Trust::Stranger {
        let said: Vec<HeaderName> = headers
            .keys()
            .filter(|name| {
                let name = name.as_str();
                name.starts_with("x-forwarded-") || name == "forwarded" || name == "x-real-ip"
            })
            .cloned()
            .collect();
        for name in said {
            headers.remove(name);
        }
    }
    let trusted = found.forwarded.is_present() && peer.trust == Trust::Trusted;
    let chain = if trusted { chained(headers, &peer.forwarded_for) } else { None };
    headers.insert(X_FORWARDED_FOR, chain.unwrap_or_else(|| peer.forwarded_for.clone()));
    if !trusted || !headers.contains_key(&X_FORWARDED_PROTO) {
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(peer.scheme.as_str()));
    }
    if (!trusted || !headers.contains_key(&X_FORWARDED_HOST))
        && let Some(host) = headers.get(header::HOST).cloned()
    {
        headers.insert(X_FORWARDED_HOST, host);
    }
}

fn chained(headers: &HeaderMap, peer: &HeaderValue) -> Option<HeaderValue> {
    let mut parts: Vec<&[u8]> =
        headers.get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
    parts.push(peer.as_bytes());
    HeaderValue::from_bytes(&parts.join(&b", "[..])).ok()
}

/// The protocol that a request wants to change to, if it is one we pass on.
pub(crate) fn upgrade(
    headers: &HeaderMap,
    version: Version,
    found: &Inspected,
) -> Option<HeaderValue> {
    if !found.upgrade.is_present() || version != Version::HTTP_11 {
        return None;
    }
    let wanted = headers.get_all(header::CONNECTION).iter().any(|value| {
        value
            .as_bytes()
            .split(|&byte| byte == b',')
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
    });
    let protocol = headers.get(header::UPGRADE)?;
    // `Upgrade: h2c` is answered in HTTP/1.1: the hop behind us is not the client's to choose.
    let known = protocol.as_bytes().eq_ignore_ascii_case(b"websocket");
    (wanted && known).then(|| protocol.clone())
}
