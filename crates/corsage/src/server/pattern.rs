//! Origin patterns: `scheme://*.host`, `scheme://?.host`, `scheme://host:*`, and a `*` inside the leftmost label.
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
    /// One label.
    Label,
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

/// Whether a text is meant as a pattern: it has a `*` in it, or a `?` in place of its leftmost label. No origin has.
pub(super) fn is_pattern(text: &str) -> bool {
    let signs = |byte: &u8| matches!(byte, b'*' | b'?');
    // One walk for nearly all.
    text.as_bytes().iter().any(signs)
        && (text.contains('*')
            || text.split_once("://").is_some_and(|(_, rest)| rest.starts_with("?.")))
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
    /// Reads an origin with a `*` or a `?` in it.
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
                Left::Nothing | Left::Labels | Left::Label => address,
            };
            if misplaced {
                return Err(PatternError::MisplacedWildcard);
            }
            // Room must be left for one byte in place of the `*`, or nothing ever matches.
            let label = match left {
                Left::InLabel { prefix, suffix } => prefix.len() + 1 + suffix.len(),
                Left::Labels | Left::Label | Left::Nothing => 1,
            };
            if label > 63 || label + 1 + host.trim_end_matches('.').len() > MAX_HOST_BYTES {
                return Err(PatternError::Origin(OriginError::TooLong));
            }
        }
        Ok(Self { scheme, left, host, port })
    }
}

fn split_wildcard(host: &str) -> Result<(Left<'_>, &str), PatternError> {
    if let Some(rest) = host.strip_prefix("?.") {
        let is_alone = !rest.contains(['*', '?']);
        return if is_alone {
            Ok((Left::Label, rest))
        } else {
            Err(PatternError::MisplacedWildcard)
        };
    }
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
            Self::Label => is_label(left),
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

/// One label, of the bytes that [`are_labels`] takes.
pub(super) fn is_label(bytes: &[u8]) -> bool {
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_label_byte(*byte) || *byte == b'_')
}

/// One or more labels with single dots between.
#[inline]
pub(super) fn are_labels(bytes: &[u8]) -> bool {
    if bytes.len() <= STEP {
        are_labels_one_by_one(bytes)
    } else {
        // The first of the two is quicker, and takes no `_`.
        are_plain_labels_by_blocks(bytes) || are_labels_by_blocks(bytes)
    }
}

#[inline(never)]
fn are_labels_one_by_one(bytes: &[u8]) -> bool {
    const SOUND: u8 = 0;
    const DOT: u8 = 1;
    const UNSOUND: u8 = 2;
    static KINDS: [u8; 256] = {
        let mut kinds = [UNSOUND; 256];
        let mut byte = 0;
        while byte < 256 {
            if is_label_byte(byte as u8) || byte as u8 == b'_' {
                kinds[byte] = SOUND;
            }
            byte += 1;
        }
        kinds[b'.' as usize] = DOT;
        kinds
    };
    // A dot is unsound after a dot, and at either end.
    let (mut before, mut fault) = (DOT, SOUND);
    for byte in bytes {
        let kind = KINDS[usize::from(*byte)];
        fault |= kind & (before | UNSOUND);
        before = kind;
    }
    fault == SOUND && before != DOT
}

/// Bytes that are judged at once: the smallest kind of vector.
const BLOCK: usize = 16;
/// Two at a time, so that the loop costs half as much.
const STEP: usize = 2 * BLOCK;

/// The same for long ones, written so that it runs a vector at a time: 250 bytes of a hostile host cost
/// little more than a friendly one.
#[inline(never)]
fn are_labels_by_blocks(bytes: &[u8]) -> bool {
    // Lanes of `fault` are zero as long as all is sound, lanes of `clear` as long as it is not.
    let (mut fault, mut clear) = ([0; BLOCK], [u8::MAX; BLOCK]);
    for_each_block(bytes, |block, next| {
        for lane in 0..BLOCK {
            let (byte, next) = (block[lane], next[lane]);
            let letter = byte.wrapping_sub(b'a').saturating_sub(b'z' - b'a');
            // From `-` over `.` and `/` to the digits.
            let other = byte.wrapping_sub(b'-').saturating_sub(b'9' - b'-');
            fault[lane] |= letter.min(other).min(byte ^ b'_');
            let (slash, dots) = (byte ^ b'/', (byte ^ b'.') | (next ^ b'.'));
            clear[lane] = clear[lane].min(slash).min(dots);
        }
    });
    for lane in 0..BLOCK {
        fault[lane] |= 1u8.saturating_sub(clear[lane]);
    }
    fault == [0; BLOCK] && have_sound_ends(bytes)
}

/// The same for hosts without `_`, in the fewest steps: `false` proves nothing.
#[inline(never)]
fn are_plain_labels_by_blocks(bytes: &[u8]) -> bool {
    let (mut fault, mut least, mut clear) = ([0; BLOCK], [u8::MAX; BLOCK], [u8::MAX; BLOCK]);
    for_each_block(bytes, |block, next| {
        for lane in 0..BLOCK {
            let (byte, next) = (block[lane], next[lane]);
            // Brings `z` to where `9` is, and `a` to 0x20. What is in that range then was a letter, or is
            // anything from 0x20 to `9`.
            const DOWN: u8 = b'z' - b'9';
            let folded = byte.min(byte.wrapping_sub(DOWN));
            fault[lane] |= folded.wrapping_sub(b'a' - DOWN).saturating_sub(b'z' - b'a');
            least[lane] = least[lane].min(byte);
            // Of the bytes that are left, only two dots have no more bits together than a dot.
            clear[lane] = clear[lane].min(byte ^ b'/').min((byte | next) ^ b'.');
        }
    });
    for lane in 0..BLOCK {
        fault[lane] |= b'-'.saturating_sub(least[lane]) | 1u8.saturating_sub(clear[lane]);
    }
    fault == [0; BLOCK] && have_sound_ends(bytes)
}

/// Shows each block beside the block that begins one byte later; the last one overlaps the one before.
#[inline(always)]
fn for_each_block(bytes: &[u8], mut judge: impl FnMut(&[u8; BLOCK], &[u8; BLOCK])) {
    let mut both = |step: &[u8; STEP + 1]| {
        for at in [0, BLOCK] {
            if let (Some(block), Some(next)) =
                (step[at..].first_chunk::<BLOCK>(), step[at + 1..].first_chunk::<BLOCK>())
            {
                judge(block, next);
            }
        }
    };
    let mut rest = bytes;
    while let Some(step) = rest.first_chunk() {
        both(step);
        rest = &rest[STEP..];
    }
    if let Some(last) = bytes.last_chunk() {
        both(last);
    }
}

/// Whether there is a dot at neither end; the last byte is in no block.
fn have_sound_ends(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| *first != b'.')
        && bytes.last().is_some_and(|last| is_label_byte(*last) || *last == b'_')
}
