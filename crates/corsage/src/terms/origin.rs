//! [Origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin)
//!
//! An origin is opaque, or a tuple of scheme, host and port. Parsing here follows the ABNF of the
//! [`Origin` header](https://fetch.spec.whatwg.org/#origin-header); nothing is normalised, because
//! what browsers compare is bytes.

use std::fmt;

/// Who a page, or a resource, is: the unit by which the web's security decides.
///
/// ```
/// use corsage::terms::Origin;
/// let app = Origin::parse("https://app.example")?;
/// assert!(app.is_same_origin(&Origin::parse("https://app.example")?));
/// assert!(!app.is_same_origin(&Origin::parse("https://app.example:8443")?));
/// # Ok::<(), corsage::terms::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Equal to itself only; serialised as `null`.
    Opaque(OpaqueOrigin),
    /// Scheme, host and port.
    Tuple(TupleOrigin),
}

/// The identity of an opaque origin. It comes from the caller, as the core has no source of
/// uniqueness of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpaqueOrigin(pub u64);

/// Scheme, host, and port where it is not the scheme's default.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TupleOrigin {
    scheme: Box<str>,
    host: Box<str>,
    port: Option<u16>,
}

impl Origin {
    /// Parses a serialised origin such as `https://app.example:8443`.
    ///
    /// # Errors
    /// Anything that no browser would send as `Origin`: upper case, a path, a trailing slash, a
    /// default port, user information. `null` is an error too ([`OriginError::Null`]), because
    /// the bytes do not say *which* opaque origin is meant.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        TupleOrigin::parse(text).map(Self::Tuple)
    }

    /// [The origin of a URL](https://url.spec.whatwg.org/#origin): `None` where it is opaque, as the URL does
    /// not say *which* opaque origin is meant.
    ///
    /// ```
    /// use corsage::terms::Origin;
    /// let url = url::Url::parse("https://app.example:443/a").unwrap();
    /// assert_eq!(Origin::from_url(&url).unwrap().to_string(), "https://app.example");
    /// ```
    #[cfg(feature = "browser")]
    #[must_use]
    pub fn from_url(url: &url::Url) -> Option<Self> {
        let url::Origin::Tuple(scheme, host, port) = url.origin() else { return None };
        let port = Some(port).filter(|port| default_port(&scheme) != Some(*port));
        Some(Self::Tuple(TupleOrigin::from_parts(&scheme, &host.to_string(), port)))
    }

    /// Whether two origins are the [same](https://html.spec.whatwg.org/multipage/browsers.html#same-origin).
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self == other
    }
}

/// [Serialisation of an origin](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin).
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(_) => f.write_str("null"),
            Self::Tuple(tuple) => tuple.fmt(f),
        }
    }
}

impl TupleOrigin {
    /// Takes parts that are already in their serialised form, as a URL parser delivers them.
    #[must_use]
    pub fn from_parts(scheme: &str, host: &str, port: Option<u16>) -> Self {
        Self { scheme: scheme.into(), host: host.into(), port }
    }

    /// See [`Origin::parse`].
    ///
    /// # Errors
    /// As there.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let parts = OriginParts::parse(text)?;
        Ok(Self::from_parts(parts.scheme, parts.host, parts.port))
    }

    /// The scheme, lower case, without colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host as serialised: a domain, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where it is not the scheme's default.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for TupleOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// The parts of a serialised tuple origin, borrowed from it.
///
/// ```
/// use corsage::terms::OriginParts;
/// let parts = OriginParts::parse("https://app.example:8443")?;
/// assert_eq!((parts.scheme, parts.host, parts.port), ("https", "app.example", Some(8443)));
/// # Ok::<(), corsage::terms::OriginError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginParts<'a> {
    /// The scheme, without colon.
    pub scheme: &'a str,
    /// The host; an IPv6 address keeps its brackets.
    pub host: &'a str,
    /// The port, if one is written.
    pub port: Option<u16>,
}

/// The origin they were taken from, byte for byte.
impl fmt::Display for OriginParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl<'a> OriginParts<'a> {
    /// Parses [`serialized-origin`](https://fetch.spec.whatwg.org/#origin-header).
    ///
    /// # Errors
    /// As [`Origin::parse`].
    pub fn parse(text: &'a str) -> Result<Self, OriginError> {
        if text == "null" {
            return Err(OriginError::Null);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::NoScheme)?;
        check_scheme(scheme)?;
        let host_end = if rest.starts_with('[') {
            rest.find(']').ok_or(OriginError::BadAddress)? + 1
        } else {
            rest.find(':').unwrap_or(rest.len())
        };
        let (host, port) = rest.split_at(host_end);
        check_host(host)?;
        let port = match port.strip_prefix(':') {
            Some(digits) => Some(parse_port(digits, scheme)?),
            None if port.is_empty() => None,
            None => return Err(OriginError::BadAddress),
        };
        Ok(Self { scheme, host, port })
    }
}

/// The port that a scheme implies, and that a serialised origin never shows.
#[must_use]
pub fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn check_scheme(scheme: &str) -> Result<(), OriginError> {
    let mut bytes = scheme.bytes();
    let well_formed = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'));
    if well_formed { Ok(()) } else { Err(OriginError::BadScheme) }
}

/// `DEVIATION:` the grammar has neither `_` nor a trailing dot, yet the URL standard keeps both in a
/// host, and browsers send them; see `docs/deviations.md`.
fn check_host(host: &str) -> Result<(), OriginError> {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').ok_or(OriginError::BadAddress)?;
        return check_ipv6(address);
    }
    let labels = host.strip_suffix('.').unwrap_or(host);
    // RFC 1035: 253 bytes without the trailing dot, 63 in a label.
    if labels.len() > MAX_HOST_BYTES {
        return Err(OriginError::TooLong);
    }
    let mut last = "";
    for label in labels.split('.') {
        let well_formed = !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if !well_formed {
            return Err(if label.len() > 63 { OriginError::TooLong } else { OriginError::BadHost });
        }
        last = label;
    }
    // https://url.spec.whatwg.org/#ends-in-a-number-checker
    let ends_in_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if ends_in_number {
        // The standard library's parser takes the shortest dotted-decimal form and nothing else.
        let address = host.parse::<core::net::Ipv4Addr>();
        return address.map(|_| ()).map_err(|_| OriginError::BadAddress);
    }
    Ok(())
}

/// The serialiser's form and no other: compressed, lower case, no embedded IPv4 address.
fn check_ipv6(address: &str) -> Result<(), OriginError> {
    let parsed: core::net::Ipv6Addr = address.parse().map_err(|_| OriginError::BadAddress)?;
    if serialize_ipv6(parsed) == address { Ok(()) } else { Err(OriginError::BadAddress) }
}

/// [IPv6 serializer](https://url.spec.whatwg.org/#concept-ipv6-serializer)
fn serialize_ipv6(address: core::net::Ipv6Addr) -> String {
    let pieces = address.segments();
    // The first longest run of zeros, of two pieces at least, becomes "::".
    let (mut start, mut length) = (8, 1);
    let mut at = 0;
    while at < 8 {
        let run = pieces[at..].iter().take_while(|piece| **piece == 0).count();
        if run > length {
            (start, length) = (at, run);
        }
        at += run.max(1);
    }
    let hex = |pieces: &[u16]| {
        pieces.iter().map(|piece| format!("{piece:x}")).collect::<Vec<_>>().join(":")
    };
    if start == 8 {
        return hex(&pieces);
    }
    format!("{}::{}", hex(&pieces[..start]), hex(&pieces[start + length..]))
}

fn parse_port(digits: &str, scheme: &str) -> Result<u16, OriginError> {
    let canonical = !digits.is_empty()
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = digits.parse().ok().filter(|_| canonical).ok_or(OriginError::BadPort)?;
    if default_port(scheme) == Some(port) { Err(OriginError::DefaultPort) } else { Ok(port) }
}

/// The longest host that DNS can hold, without a trailing dot.
pub(crate) const MAX_HOST_BYTES: usize = 253;

/// Why a text is not a serialised tuple origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// It is `null`: some opaque origin.
    Null,
    /// No `scheme://` at its start.
    NoScheme,
    /// The scheme holds what no scheme holds, or upper case.
    BadScheme,
    /// The host has an empty label, upper case, or a byte that no serialised host has.
    BadHost,
    /// The host is meant as an IP address and is not one in its shortest form.
    BadAddress,
    /// More bytes than a host, or a label of it, can have.
    TooLong,
    /// The port is no number from 1 to 65535, or has leading zeros.
    BadPort,
    /// The port is the scheme's default, which browsers leave out.
    DefaultPort,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null stands for an opaque origin, not for one that can be named",
            Self::NoScheme => "an origin begins with its scheme, as in https://",
            Self::BadScheme => {
                "a scheme is a lower-case letter, then lower-case letters, digits, +, - and ."
            }
            Self::BadHost => "a host is lower-case labels, none of them empty, with dots between",
            Self::BadAddress => "an IP address stands in its shortest form, IPv6 in brackets",
            Self::TooLong => "a host has 253 bytes at most, a label of it 63",
            Self::BadPort => "a port is a number from 1 to 65535 without leading zeros",
            Self::DefaultPort => "browsers leave out a scheme's default port",
        })
    }
}

impl std::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_browsers_send() {
        for text in [
            "https://app.example",
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "http://[::1]:90",
            "http://[2001:4860:4860::8888]",
            "http://[1:0:2:3:4:5:6:7]",
            "https://example.com.",
            "https://my_app.example",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn refuses_what_no_browser_sends() {
        use OriginError::*;
        for (text, error) in [
            ("null", Null),
            ("example.com", NoScheme),
            ("HTTPS://example.com", BadScheme),
            ("https://Example.com", BadHost),
            ("https://example.com/", BadHost),
            ("https://a..b", BadHost),
            ("https://", BadHost),
            ("https://user@example.com", BadHost),
            ("https://b\u{fc}cher.example", BadHost),
            ("http://1", BadAddress),
            ("http://1.2.3.0x4", BadAddress),
            ("http://01.2.3.4", BadAddress),
            ("http://[0:0:0:0:0:0:0:1]", BadAddress),
            ("http://[::1%eth0]", BadAddress),
            ("http://[::FFFF]", BadAddress),
            ("http://[::ffff:1.2.3.4]", BadAddress),
            ("http://[::1]1:80", BadAddress),
            ("https://example.com:443", DefaultPort),
            ("https://example.com:0443", BadPort),
            ("https://example.com:65536", BadPort),
            ("https://example.com:", BadPort),
            ("https://example.com:0", BadPort),
        ] {
            assert_eq!(Origin::parse(text), Err(error), "{text}");
        }
    }
}
