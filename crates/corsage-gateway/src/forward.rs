//! The head that goes on: rebuilt from its parts, without what concerns one hop only.

use std::net::IpAddr;

use corsage_config::{ForwardedHeaders, IpNet};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};

use crate::connection::{Conn, Peer, Trust};
use crate::guard::{Inspected, is_hop_by_hop};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROXY: HeaderName = HeaderName::from_static("proxy");

/// Makes a client's headers fit for the upstream. The host is in them by now.
pub(crate) fn request(
    headers: &mut HeaderMap,
    found: &Inspected,
    conn: &Conn,
    said_by: ForwardedHeaders,
) {
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
    if found.padded_length.is_present() {
        plain_length(headers);
    }
    forwarded(headers, found, conn, said_by);
}

/// Writes a length as everybody reads it: `010` is eight to some.
fn plain_length(headers: &mut HeaderMap) {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if let Some(length) = length.and_then(|text| text.parse::<u64>().ok()) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// Trailers that could change what the head has said are dropped; all others pass.
pub(crate) fn trailers(trailers: &mut HeaderMap) {
    let unfit = |name: &HeaderName| {
        // Some servers cannot tell these two apart.
        let dashed = name.as_str().replace('_', "-");
        is_hop_by_hop(name)
            || matches!(
                &*dashed,
                "connection"
                    | "content-length"
                    | "content-type"
                    | "content-encoding"
                    | "content-range"
                    | "transfer-encoding"
                    | "upgrade"
                    | "expect"
                    | "host"
                    | "origin"
                    | "referer"
                    | "authorization"
                    | "cookie"
                    | "set-cookie"
                    | "forwarded"
                    | "via"
                    | "x-real-ip"
                    | "x-request-id"
                    | "x-http-method-override"
                    | "traceparent"
                    | "tracestate"
                    | "proxy"
                    | "vary"
                    | "trailer"
            )
            || ["access-control-", "x-forwarded-", "sec-", "proxy-"]
                .iter()
                .any(|prefix| dashed.starts_with(prefix))
    };
    let unfit: Vec<HeaderName> = trailers.keys().filter(|name| unfit(name)).cloned().collect();
    for name in unfit {
        trailers.remove(name);
    }
}

/// Where a response ends can be read in two ways. hyper takes a length that stands beside a coding, a list of lengths
/// that are all the same, and codings that it does not know.
#[derive(Debug)]
pub(crate) struct OddFraming;

/// Makes an upstream's headers fit for the client.
pub(crate) fn response(headers: &mut HeaderMap) -> Result<(), OddFraming> {
    let (mut codings, mut lengths, mut hop_by_hop) = (0, 0, 0);
    // Lengths with zeros in front, or the same once more on a second line.
    let mut is_length_plain = true;
    // One look at all: asking for each that may be there costs more.
    for (name, value) in &*headers {
        let value = value.as_bytes();
        hop_by_hop += usize::from(is_hop_by_hop(name));
        if *name == header::CONTENT_LENGTH {
            if lengths == 0 && !value.iter().all(u8::is_ascii_digit) {
                return Err(OddFraming);
            }
            lengths += 1;
            is_length_plain &= lengths == 1 && !value.starts_with(b"0");
        } else if *name == header::TRANSFER_ENCODING {
            codings += 1;
            if codings > 1 || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(OddFraming);
            }
        }
    }
    if codings > 0 && lengths > 0 {
        return Err(OddFraming);
    }
    if hop_by_hop > 0 {
        strip_hop_by_hop(headers, Keep::Nothing);
    }
    if !is_length_plain {
        plain_length(headers);
    }
    Ok(())
}

/// Makes the headers of a 101 fit for the client: nothing of HTTP follows them.
pub(crate) fn switching(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers, Keep::Nothing);
    headers.remove(header::CONTENT_LENGTH);
}

/// Whether `TE: trailers` stays: gRPC asks for it end to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Trailers,
    Nothing,
}

fn strip_hop_by_hop(headers: &mut HeaderMap, keep: Keep) {
    let mut trailers = false;
    // There is one such name, if any: looking again behind it costs less than remembering.
    while let Some(name) = headers.keys().find(|name| is_hop_by_hop(name)).cloned() {
        if name == header::CONNECTION {
            strip_nominated(headers);
        } else if name == header::TE && keep == Keep::Trailers {
            trailers = asks_for_trailers(headers);
        }
        headers.remove(name);
    }
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

fn asks_for_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::TE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

/// Removes what `Connection` names. What it may not name has been refused by the guard.
fn strip_nominated(headers: &mut HeaderMap) {
    let of_ours = |value: &HeaderValue| {
        let value = value.as_bytes();
        value.eq_ignore_ascii_case(b"keep-alive") || value.eq_ignore_ascii_case(b"close")
    };
    if headers.get_all(header::CONNECTION).iter().all(of_ours) {
        return;
    }
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
fn forwarded(headers: &mut HeaderMap, found: &Inspected, conn: &Conn, said_by: ForwardedHeaders) {
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
    let standard = trusted && headers.contains_key(header::FORWARDED);
    if standard || said_by == ForwardedHeaders::Both {
        let element = element(headers, conn);
        if let Some(list) = chained(headers, header::FORWARDED, &element) {
            headers.insert(header::FORWARDED, list);
        }
    }
    let chain = if trusted {
        chained(headers, X_FORWARDED_FOR, peer.forwarded_for.as_bytes())
    } else {
        None
    };
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

/// Who the client is: the peer, or, if that is a trusted proxy, whom the last of these proxies has seen.
pub(crate) fn client(peer: &Peer, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let last = peer.addr.ip();
    if peer.trust == Trust::Stranger {
        return last;
    }
    let lines = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
    let said: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = last;
    for address in said.iter().rev() {
        let Ok(address) = address.parse() else { break };
        client = address;
        if !trusted.iter().any(|network| network.contains(&address)) {
            break;
        }
    }
    client
}

/// What has been said under a name, and one more.
fn chained(headers: &HeaderMap, name: HeaderName, last: &[u8]) -> Option<HeaderValue> {
    let mut parts: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    parts.push(last);
    HeaderValue::from_bytes(&parts.join(&b", "[..])).ok()
}

/// This hop, [as the standard header has it](https://www.rfc-editor.org/rfc/rfc7239#section-4).
fn element(headers: &HeaderMap, conn: &Conn) -> Vec<u8> {
    let peer = &conn.peer;
    let mut element = match peer.addr.ip().to_canonical() {
        IpAddr::V4(ip) => format!("for={ip}"),
        // Brackets and colons are no characters of a token.
        IpAddr::V6(ip) => format!("for=\"[{ip}]\""),
    }
    .into_bytes();
    if let Some(host) = headers.get(header::HOST) {
        // What the guard lets through holds no quote and no backslash.
        element.extend_from_slice(b";host=\"");
        element.extend_from_slice(host.as_bytes());
        element.push(b'"');
    }
    element.extend_from_slice(b";proto=");
    element.extend_from_slice(peer.scheme.as_str().as_bytes());
    element
}

/// Whether a request has a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Follows,
}

/// The protocol that a request wants to change to, if it is one we pass on.
pub(crate) fn upgrade(parts: &Parts, found: &Inspected, body: Body) -> Option<HeaderValue> {
    let Parts { headers, .. } = parts;
    if !found.upgrade.is_present()
        || parts.version != Version::HTTP_11
        // What stands behind a body would be read as frames by one, and as a request by the other.
        || parts.method != Method::GET
        || body == Body::Follows
    {
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
