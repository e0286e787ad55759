//! JSON: the one value that says CORS is put in the place of the old one, and not a byte around it changes.

use std::ops::Range;

use super::NotEdited;
use crate::document::{self, Node};

/// Puts the value under `key` of the written text into the file's.
pub(super) fn edit(file: &str, written: &str, key: &str) -> Result<String, NotEdited> {
    let (old, new) = (found(file, key)?, found(written, key)?);
    if old.node == new.node {
        return Ok(file.to_owned());
    }
    Ok(replaced(file, &old.range, &laid(&written[new.range], file, &old.range)))
}

/// Lists of rules for paths, each with headers under names of their own: those about CORS are changed, and all
/// others stay.
pub(super) fn edit_rules(file: &str, written: &str, key: &str) -> Result<String, NotEdited> {
    let (old, new) = (found(file, key)?, found(written, key)?);
    let mut items = Vec::new();
    let mut of_cors = Vec::new();
    for item in old.node.items() {
        let about: Vec<bool> = item.each("headers").into_iter().map(is_about_cors).collect();
        match (about.contains(&true), about.contains(&false)) {
            (true, true) => return Err(NotEdited::Shape),
            (true, false) => of_cors.push(item),
            (false, _) => items.push(file[value(file, item)?].to_owned()),
        }
    }
    if of_cors.iter().copied().eq(new.node.items()) {
        return Ok(file.to_owned());
    }
    for item in new.node.items() {
        items.push(deeper(&laid(&written[value(written, item)?], file, &old.range)));
    }
    let depth = " ".repeat(depth(file, &old.range) + 2);
    let list = items.iter().map(|item| format!("\n{depth}{item}")).collect::<Vec<_>>();
    let close = format!("\n{}", &depth[2..]);
    Ok(replaced(file, &old.range, &format!("[{}{close}]", list.join(","))))
}

/// A value and where all of it stands.
struct Found {
    node: Node,
    range: Range<usize>,
}

fn found(text: &str, key: &str) -> Result<Found, NotEdited> {
    let documents = document::read_all(text).map_err(|_| NotEdited::Shape)?;
    let [document] = documents.as_slice() else { return Err(NotEdited::Shape) };
    let mut all = Vec::new();
    under(document, key, &mut all);
    let [node] = all.as_slice() else { return Err(NotEdited::Shape) };
    Ok(Found { range: value(text, node)?, node: (*node).clone() })
}

/// Everything under a key, however deep, but for what stands in such a value itself.
fn under<'n>(node: &'n Node, key: &str, into: &mut Vec<&'n Node>) {
    for entry in node.entries() {
        if entry.key == key {
            into.push(&entry.node);
        } else {
            under(&entry.node, key, into);
        }
    }
    node.items().iter().for_each(|item| under(item, key, into));
}

/// From its opening bracket to the one that closes it.
fn value(text: &str, node: &Node) -> Result<Range<usize>, NotEdited> {
    let start = node.span.start;
    let rest = text.get(start..).filter(|rest| rest.starts_with(['[', '{']));
    let rest = rest.ok_or(NotEdited::Shape)?;
    let (mut level, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => level += 1,
            b']' | b'}' => {
                level -= 1;
                if level == 0 {
                    return Ok(start..start + at + 1);
                }
            }
            _ => {}
        }
    }
    Err(NotEdited::Shape)
}

fn is_about_cors(header: &Node) -> bool {
    let name = header.get("key").and_then(Node::as_str).unwrap_or_default().to_ascii_lowercase();
    name.starts_with("access-control-") || name == "vary"
}

fn replaced(text: &str, range: &Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..range.start], &text[range.end..])
}

/// How deep the line stands on which a value begins.
fn depth(text: &str, range: &Range<usize>) -> usize {
    let line = text[..range.start].rsplit('\n').next().unwrap_or_default();
    line.len() - line.trim_start().len()
}

/// A value of the written text as the file is laid out: on one line where the old one is, as deep otherwise.
fn laid(new: &str, file: &str, old: &Range<usize>) -> String {
    if !file[old.clone()].contains('\n') {
        return new.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    }
    // What closes it stands as deep as the line on which it begins.
    let own = new.lines().next_back().map_or(0, |line| line.len() - line.trim_start().len());
    let depth = " ".repeat(depth(file, old));
    let mut lines = new.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| format!("{text}\n{depth}{}", line.get(own..).unwrap_or("")))
}

/// An item stands two deeper than its list.
fn deeper(item: &str) -> String {
    item.replace('\n', "\n  ")
}
