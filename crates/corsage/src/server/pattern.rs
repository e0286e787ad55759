//! Origin patterns: `scheme://*.host`, `scheme://host:*`, and a `*` inside the leftmost label.
//!
//! A pattern is read once, when the policy is compiled; nothing here runs for a request but
//! [`Left::admits`].

use crate::terms::origin::MAX_HOST_BYTES;
use crate::terms::{OriginError, OriginParts};

/// A pattern's parts, borrowed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pattern<'a> {
    pub(super) scheme: &'a str,
    /// What stands left of `host`.
    pub(super) left: Left<'a>,
    /// The part without a `*`; of `https://*.example.com`, `example.com`.
    pub(super) host: &'a str,
    pub(super) port: Port,
}

/// What may stand left of a pattern's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left<'a> {
    /// Nothing: the host itself.
    Nothing,
    /// One or more labels.
    Labels,
    /// One label with a prefix and a suffix, one byte at least between them.
    InLabel { prefix: &'a str, suffix: &'a str },
}

/// Which ports a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// None written, or this one.
    Exactly(Option<u16>),
    /// Any, or none.
    Any,
}

/// Why a text with a `*` in it is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternError {
    /// Something else than the `*` is wrong.
    Origin(OriginError),
    /// The `*` stands where no `*` may.
    MisplacedWildcard,
}

impl<'a> Pattern<'a> {
    /// Reads an origin with a `*` in it.
    pub(super) fn parse(text: &'a str) -> Result<Self, PatternError> {
        use OriginError::{BadPort, BadScheme, NoScheme};
        let (scheme, rest) = text.split_once("://").ok_or(PatternError::Origin(NoScheme))?;
        if scheme.contains('*') {
            return Err(PatternError::Origin(BadScheme));
        }
        let (host, port) = match rest.strip_suffix(":*") {
            Some(host) => (host, Port::Any),
            None => match rest.split_once(':').filter(|_| !rest.contains('[')) {
                Some((_, port)) if port.contains('*') => return Err(PatternError::Origin(BadPort)),
                Some((host, _)) => (host, Port::Exactly(None)),
                None => (rest, Port::Exactly(None)),
            },
        };
        let (left, host) = split_wildcard(host)?;
        // Everything else is judged as if the pattern's own host were an origin's.
        let plain = match port {
            Port::Any => format!("{scheme}://{host}"),
            Port::Exactly(_) => {
                format!("{scheme}://{host}{}", rest.find(':').map_or("", |at| &rest[at..]))
            }
        };
        let parts = OriginParts::parse(&plain).map_err(PatternError::Origin)?;
        let port = match port {
            Port::Any => Port::Any,
            Port::Exactly(_) => Port::Exactly(parts.port),
        };
        if left != Left::Nothing {
            // No subdomains of an address, and none of a label that stands alone, but for
            // `*.localhost`, which browsers keep on this machine.
            let address = host.starts_with('[') || host.parse::<core::net::Ipv4Addr>().is_ok();
            let single = !host.trim_end_matches('.').contains('.');
            let misplaced = match left {
                Left::InLabel { .. } => address || single,
                _ => address,
            };
            if misplaced {
                return Err(PatternError::MisplacedWildcard);
            }
            // Room must be left for one byte in place of the `*`, or nothing ever matches.
            let label = match left {
                Left::InLabel { prefix, suffix } => prefix.len() + 1 + suffix.len(),
                Left::Labels | Left::Nothing => 1,
            };
            if label > 63 || label + 1 + host.trim_end_matches('.').len() > MAX_HOST_BYTES {
                return Err(PatternError::Origin(OriginError::TooLong));
            }
        }
        Ok(Self { scheme, left, host, port })
    }
}

fn split_wildcard(host: &str) -> Result<(Left<'_>, &str), PatternError> {
    if !host.contains('*') {
        return Ok((Left::Nothing, host));
    }
    let (label, rest) = host.split_once('.').ok_or(PatternError::MisplacedWildcard)?;
    let (prefix, suffix) = label.split_once('*').ok_or(PatternError::MisplacedWildcard)?;
    if rest.contains('*') || suffix.contains('*') {
        return Err(PatternError::MisplacedWildcard);
    }
    let in_label = |text: &str| text.bytes().all(is_label_byte);
    if prefix.is_empty() && suffix.is_empty() {
        Ok((Left::Labels, rest))
    } else if !in_label(prefix) || !in_label(suffix) {
        Err(PatternError::Origin(OriginError::BadHost))
    } else {
        Ok((Left::InLabel { prefix, suffix }, rest))
    }
}

impl Left<'_> {
    /// Whether the bytes left of the host, without the dot between, are admitted.
    pub(super) fn admits(&self, left: &[u8]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Labels => are_labels(left),
            Self::InLabel { prefix, suffix } => left
                .strip_prefix(prefix.as_bytes())
                .and_then(|rest| rest.strip_suffix(suffix.as_bytes()))
                .is_some_and(|middle| {
                    !middle.is_empty() && middle.iter().copied().all(is_label_byte)
                }),
        }
    }
}

const fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

/// One or more labels with single dots between. Written without branches, so that 250 bytes of a
/// hostile host are judged a vector at a time.
fn are_labels(bytes: &[u8]) -> bool {
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let mut sound = *first != b'.' && *last != b'.';
    for byte in bytes {
        let letter = byte.wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        sound &= letter | digit | (*byte == b'-') | (*byte == b'.') | (*byte == b'_');
    }
    for (left, right) in bytes.iter().zip(&bytes[1..]) {
        sound &= (*left != b'.') | (*right != b'.');
    }
    sound
}
