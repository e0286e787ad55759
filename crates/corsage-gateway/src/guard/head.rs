//! One pass over a request's head, before anything else looks at it.

use corsage_config::Limits;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderName, HeaderValue, Method, Version, header};

use super::Rejection;
use super::path::{self, PathShape};

/// What the pass has found out.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    /// An `Upgrade` header is there.
    pub(crate) upgrade: Presence,
    /// More than one `Cookie` line, as HTTP/2 has them.
    pub(crate) cookies: usize,
    /// `Expect: 100-continue`.
    pub(crate) expects_continue: Presence,
    /// Headers of proxies before us: `X-Forwarded-*`, `Forwarded`, `X-Real-Ip`.
    pub(crate) forwarded: Presence,
    /// An `Origin`.
    pub(crate) origin: Presence,
    /// A `Content-Length` with zeros in front.
    pub(crate) padded_length: Presence,
    /// A `Content-Type` of gRPC or gRPC-web.
    pub(crate) grpc: Presence,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    #[default]
    Absent,
    Present,
}

impl Presence {
    pub(crate) fn is_present(self) -> bool {
        self == Self::Present
    }
}

/// Judges a request head; on success its `Host` is one, valid, and that of its target.
pub(crate) fn inspect(parts: &mut Parts, limits: &Limits) -> Result<Inspected, Rejection> {
    method(&parts.method)?;
    let found = fields(parts, limits)?;
    target(parts)?;
    Ok(found)
}

/// Letters of a method. The longest that is registered has 17.
const MAX_METHOD: usize = 32;
/// A name of 253 characters, its final dot, and a port.
const MAX_HOST: usize = 260;

fn method(method: &Method) -> Result<(), Rejection> {
    match *method {
        Method::GET | Method::POST | Method::OPTIONS | Method::HEAD | Method::PUT => Ok(()),
        Method::CONNECT | Method::TRACE => Err(Rejection::MethodRefused),
        _ if method.as_str().len() > MAX_METHOD => Err(Rejection::MethodMalformed),
        // Servers differ on whether `get` is GET: a rule for one would not hold for the other.
        _ if method.as_str().bytes().any(|byte| byte.is_ascii_lowercase()) => {
            Err(Rejection::MethodMalformed)
        }
        // TRACK is TRACE by another name; with PRI begins HTTP/2.
        _ if matches!(method.as_str(), "TRACK" | "PRI") => Err(Rejection::MethodRefused),
        _ => Ok(()),
    }
}

/// How often there is a line of which there should be one, and how long all are.
#[derive(Default)]
struct Counts {
    bytes: usize,
    hosts: u32,
    codings: u32,
    lengths: u32,
    request_methods: u32,
    request_headers: u32,
    private_networks: u32,
}

fn fields(parts: &Parts, limits: &Limits) -> Result<Inspected, Rejection> {
    let headers = &parts.headers;
    if headers.len() > usize::from(limits.header_count) {
        return Err(Rejection::TooManyFields);
    }
    let (mut found, mut counts) = (Inspected::default(), Counts::default());
    let http2 = parts.version == Version::HTTP_2;
    for (name, value) in headers {
        let name = name.as_str();
        if http2 && is_padded(value.as_bytes()) {
            return Err(Rejection::ValuePadded);
        }
        counts.bytes += name.len() + value.len() + 4;
        field(name, value, &mut found, &mut counts)?;
        // HTTP/1 takes the same length twice for one; HTTP/2 has nobody who would have doubled it.
        if http2 && counts.lengths > 1 {
            return Err(Rejection::LengthRepeated);
        }
    }
    together(parts, limits, &counts, found.origin)?;
    Ok(found)
}

#[inline]
fn field(
    name: &str,
    value: &HeaderValue,
    found: &mut Inspected,
    counts: &mut Counts,
) -> Result<(), Rejection> {
    // By length first: most headers leave here after one comparison.
    match (name.len(), name) {
        (4, "host") if counts.hosts > 0 => return Err(Rejection::HostRepeated),
        (4, "host") => {
            counts.hosts += 1;
            host(value)?;
        }
        (6, "origin") if found.origin.is_present() => return Err(Rejection::OriginRepeated),
        // What it holds is for the policy to judge: a list, or bytes that no origin has, match nothing.
        (6, "origin") => found.origin = Presence::Present,
        (6, "cookie") => found.cookies += 1,
        (6, "expect") => {
            if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
                return Err(Rejection::ExpectationUnknown);
            }
            found.expects_continue = Presence::Present;
        }
        (7, "upgrade") => found.upgrade = Presence::Present,
        (9, "forwarded") | (9, "x-real-ip") => found.forwarded = Presence::Present,
        (12, "content-type") if value.as_bytes().starts_with(b"application/grpc") => {
            found.grpc = Presence::Present;
        }
        (10, "connection") => nominations(value)?,
        // hyper takes any list that ends in chunked, and what is forwarded says chunked alone.
        (17, "transfer-encoding")
            if counts.codings > 0 || !value.as_bytes().eq_ignore_ascii_case(b"chunked") =>
        {
            return Err(Rejection::TransferCodingUnknown);
        }
        (17, "transfer-encoding") => counts.codings += 1,
        (14, "content-length") => {
            counts.lengths += 1;
            if value.len() > 1 && value.as_bytes()[0] == b'0' {
                found.padded_length = Presence::Present;
            }
        }
        (29, "access-control-request-method") => counts.request_methods += 1,
        (30, "access-control-request-headers") => counts.request_headers += 1,
        (38, "access-control-request-private-network") => counts.private_networks += 1,
        (length, _) if length > 12 && name.starts_with("x-forwarded-") => {
            found.forwarded = Presence::Present;
        }
        _ if name.contains('_') => confusable(name)?,
        _ => {}
    }
    Ok(())
}

/// What only all lines together tell.
fn together(
    parts: &Parts,
    limits: &Limits,
    counts: &Counts,
    origin: Presence,
) -> Result<(), Rejection> {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if (counts.bytes + target) as u64 > limits.header_bytes.as_bytes() {
        let blame_target = target > counts.bytes;
        return Err(if blame_target { Rejection::TargetTooLong } else { Rejection::HeadTooLarge });
    }
    if counts.request_methods > 1 {
        return Err(Rejection::RequestMethodRepeated);
    }
    if counts.private_networks > 1 {
        return Err(Rejection::PrivateNetworkRepeated);
    }
    // A list may stand on several lines (API gateways split it so), and a preflight is answered
    // here: nobody behind us could read it differently. On what is forwarded, somebody could.
    let preflight =
        parts.method == Method::OPTIONS && origin.is_present() && counts.request_methods == 1;
    if counts.request_headers > 1 && !preflight {
        return Err(Rejection::RequestHeadersRepeated);
    }
    let named =
        counts.hosts > 0 || (parts.version == Version::HTTP_2 && parts.uri.authority().is_some());
    if !named && parts.version >= Version::HTTP_11 {
        return Err(Rejection::HostMissing);
    }
    Ok(())
}

/// [Space around a value](https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1) is part of it on HTTP/2,
/// and none of it on HTTP/1.
fn is_padded(value: &[u8]) -> bool {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    is_space(value.first()) || is_space(value.last())
}

/// `Connection` may name only what concerns this hop: whoever names `Origin` wants it dropped
/// behind the point where it is judged.
fn nominations(value: &HeaderValue) -> Result<(), Rejection> {
    let bytes = value.as_bytes();
    if bytes.eq_ignore_ascii_case(b"keep-alive") || bytes.eq_ignore_ascii_case(b"close") {
        return Ok(());
    }
    let guarded = |name: &[u8]| {
        const GUARDED: &[&str] = &[
            "origin",
            "host",
            "authorization",
            "cookie",
            "forwarded",
            "x-real-ip",
            "content-length",
            "content-type",
            "transfer-encoding",
            "referer",
            "traceparent",
            "tracestate",
            "x-request-id",
        ];
        let prefixed = |prefix: &[u8]| {
            name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        GUARDED.iter().any(|guarded| name.eq_ignore_ascii_case(guarded.as_bytes()))
            || prefixed(b"x-forwarded-")
            || prefixed(b"access-control-")
            || prefixed(b"sec-")
    };
    if bytes.split(|&byte| byte == b',').any(|name| guarded(name.trim_ascii())) {
        return Err(Rejection::ConnectionNominates);
    }
    Ok(())
}

/// Servers that turn headers into variables cannot tell `X_Forwarded_For` from `X-Forwarded-For`.
fn confusable(name: &str) -> Result<(), Rejection> {
    let dashed = name.replace('_', "-");
    let guarded =
        matches!(&*dashed, "content-length" | "transfer-encoding" | "x-real-ip" | "content-type")
            || dashed.starts_with("x-forwarded-")
            || dashed.starts_with("access-control-")
            || dashed.starts_with("sec-");
    if guarded { Err(Rejection::NameConfusable) } else { Ok(()) }
}

fn host(value: &HeaderValue) -> Result<(), Rejection> {
    if is_host(value.as_bytes()) { Ok(()) } else { Err(Rejection::HostMalformed) }
}

/// Whether this is a host with an optional port.
pub(crate) fn is_host(bytes: &[u8]) -> bool {
    if bytes.is_empty() || bytes.len() > MAX_HOST {
        return false;
    }
    // Brackets around an IPv6 address only, and then one colon at most for the port.
    let port = match bytes.strip_prefix(b"[") {
        Some(inside) => {
            let Some(end) = inside.iter().position(|&byte| byte == b']') else { return false };
            let address = std::str::from_utf8(&inside[..end]).ok();
            if address.and_then(|text| text.parse::<std::net::Ipv6Addr>().ok()).is_none() {
                return false;
            }
            &inside[end + 1..]
        }
        None => {
            // A name has no empty label, but for the one behind its last dot, which stands for the root.
            let mut before = b'.';
            let mut end = bytes.len();
            for (at, &byte) in bytes.iter().enumerate() {
                match byte {
                    b'.' if before == b'.' => return false,
                    b':' => {
                        end = at;
                        break;
                    }
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => before = byte,
                    _ => return false,
                }
            }
            if end == 0 {
                return false;
            }
            &bytes[end..]
        }
    };
    match port.split_first() {
        None => true,
        Some((b':', digits)) => is_port(digits),
        Some(_) => false,
    }
}

/// A number of 16 bits, or nothing.
fn is_port(digits: &[u8]) -> bool {
    let mut port = 0_u32;
    digits.iter().all(|&byte| {
        port = port * 10 + u32::from(byte.wrapping_sub(b'0'));
        byte.is_ascii_digit() && port <= u32::from(u16::MAX)
    })
}

/// The target must be one path on the host that `Host` names.
fn target(parts: &mut Parts) -> Result<(), Rejection> {
    if let Some(authority) = parts.uri.authority() {
        absolute(parts.uri.scheme_str(), authority)?;
        match parts.headers.get(header::HOST) {
            Some(host) if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) => {
                return Err(Rejection::HostMismatch);
            }
            Some(_) => {}
            None => {
                let value = HeaderValue::from_str(authority.as_str())
                    .map_err(|_| Rejection::HostMalformed)?;
                host(&value)?;
                parts.headers.insert(header::HOST, value);
            }
        }
    }
    let path = parts.uri.path();
    if path == "*" {
        return if parts.method == Method::OPTIONS {
            Ok(())
        } else {
            Err(Rejection::TargetMalformed)
        };
    }
    match path::shape(path) {
        PathShape::Plain | PathShape::Ambiguous => Ok(()),
        PathShape::EscapesRoot => Err(Rejection::PathEscapesRoot),
        PathShape::Nul => Err(Rejection::PathMalformed),
        PathShape::Relative => Err(Rejection::TargetMalformed),
    }
}

fn absolute(scheme: Option<&str>, authority: &Authority) -> Result<(), Rejection> {
    let web = matches!(scheme, Some("http" | "https"));
    if !web || authority.as_str().contains('@') {
        return Err(Rejection::TargetMalformed);
    }
    Ok(())
}

/// Names that RFC 9110 7.6.1 has us remove, whether nominated or not.
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    let name = name.as_str();
    match name.len() {
        2 => name == "te",
        7 => name == "upgrade",
        10 => name == "connection" || name == "keep-alive",
        16 => name == "proxy-connection",
        17 => name == "transfer-encoding",
        _ => false,
    }
}
