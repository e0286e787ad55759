//! What all objects of Kubernetes have in common.

use crate::document::{self, Node};
use crate::{NotRead, Refused, Source, Why};

/// How many nested lists of objects are opened.
const MAX_LISTS: usize = 8;

/// The objects of some kinds in a text, lists opened; others are passed over.
pub(super) fn objects(source: &Source<'_>, kinds: &[&str]) -> Result<Vec<Node>, NotRead> {
    let mut found = Vec::new();
    for document in document::read_fragments(source.text)? {
        collect(document, kinds, &mut found, 0);
    }
    if found.is_empty() {
        let what = format!("no {}", kinds.join(" or "));
        return Err(NotRead::refused(Refused::new(0..source.text.len(), what, Why::NotModelled)));
    }
    Ok(found)
}

fn collect(node: Node, kinds: &[&str], found: &mut Vec<Node>, depth: usize) {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    if kinds.contains(&kind) {
        found.push(node);
    } else if kind.is_empty() && depth < MAX_LISTS {
        // Objects that a tool keeps under names of its own.
        for entry in node.entries() {
            for item in entry.node.items() {
                collect(item.clone(), kinds, found, depth + 1);
            }
        }
    } else if kind.ends_with("List") && depth < MAX_LISTS {
        for item in node.get("items").map_or(&[][..], Node::items) {
            collect(item.clone(), kinds, found, depth + 1);
        }
    }
}

/// Pieces of objects: what stands without a kind, and has these keys one within the other.
pub(super) fn pieces(source: &Source<'_>, keys: &[&str]) -> Vec<Node> {
    let documents = document::read_fragments(source.text).unwrap_or_default();
    let is_piece = |node: &Node| node.get("kind").is_none() && node.at(keys).is_some();
    documents.into_iter().filter(is_piece).collect()
}

/// Go's durations, in whole seconds: `1m30s`, `1.5h`, `500ms`, `-1s`, `0`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    let mut nanoseconds: i128 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let number = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (factor, after) = UNITS.iter().find_map(|(unit, factor)| {
            rest[number..].strip_prefix(unit).map(|after| (*factor, after))
        })?;
        nanoseconds = nanoseconds.checked_add(scaled(&rest[..number], factor)?)?;
        rest = after;
    }
    // Go keeps them in 64 bits.
    let nanoseconds = i64::try_from(nanoseconds).ok().filter(|_| !unsigned.is_empty())?;
    let seconds = nanoseconds / 1_000_000_000;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

/// Units with their nanoseconds; those that begin as another does come first.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1000),
    ("µs", 1000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// A number with or without a fraction, times a factor.
fn scaled(number: &str, factor: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let fraction = fraction.get(..15.min(fraction.len()))?;
    let parsed = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    let whole: i128 = parsed(whole)?;
    let part: i128 = parsed(fraction)?;
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(factor)?.checked_add(part.checked_mul(factor)? / scale)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_as_go_reads_them() {
        assert_eq!(seconds("1m30s"), Some(90));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("500ms"), Some(0));
        assert_eq!(seconds("1.5h"), Some(5400));
        assert_eq!(seconds("-90s"), Some(-90));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("1500000us"), Some(1));
        for text in ["", "-", "10", "h", "1d", ".s", "1.2.3s", "99999999999h"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
