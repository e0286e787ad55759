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

/// Go's durations, in whole seconds: `1m30s`, `24h`, `500ms`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let mut milliseconds: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let (factor, after) = if let Some(after) = unit.strip_prefix("ms") {
            (1, after)
        } else if let Some(after) = unit.strip_prefix('s') {
            (1000, after)
        } else if let Some(after) = unit.strip_prefix('m') {
            (60_000, after)
        } else if let Some(after) = unit.strip_prefix('h') {
            (3_600_000, after)
        } else {
            return None;
        };
        milliseconds = milliseconds.checked_add(number.checked_mul(factor)?)?;
        rest = after;
    }
    Some(milliseconds / 1000)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_as_go_reads_them() {
        assert_eq!(seconds("1m30s"), Some(90));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("500ms"), Some(0));
        for text in ["", "10", "h", "1d", "-1s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
