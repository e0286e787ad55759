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
        if text == "null" {
            return Err(OriginError::Null);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::NoScheme)?;
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, Some(port.parse().map_err(|_| OriginError::BadPort)?))
            }
            _ => (rest, None),
        };
        Ok(Self::from_parts(scheme, host, port))
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

/// Why a text is not a serialised tuple origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// It is `null`: some opaque origin.
    Null,
    /// No `scheme://` at its start.
    NoScheme,
    /// The port is no number from 0 to 65535, or has leading zeros, or is the scheme's default.
    BadPort,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null stands for an opaque origin, not for one that can be named",
            Self::NoScheme => "an origin begins with its scheme, as in https://",
            Self::BadPort => "the port is not a number from 0 to 65535 in its shortest form",
        })
    }
}

impl std::error::Error for OriginError {}
