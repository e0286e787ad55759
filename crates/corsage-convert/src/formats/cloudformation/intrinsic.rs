//! Intrinsic functions in their long form: maps with one key.

use crate::Why;
use crate::document::{Entry, Node, Value};

/// The same document, in which what functions give is unread.
pub(super) fn resolved(node: Node) -> Node {
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(resolved).collect()),
        Value::Map(entries) => match function(&entries) {
            Some(value) => value,
            None => Value::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry { node: resolved(entry.node), ..entry })
                    .collect(),
            ),
        },
        other => other,
    };
    Node { value, span: node.span }
}

fn function(entries: &[Entry]) -> Option<Value> {
    let [entry] = entries else { return None };
    match entry.key.as_str() {
        "Fn::Sub" => match entry.node.as_str() {
            Some(text) if !text.contains("${") => Some(Value::String(text.to_owned())),
            _ => Some(Value::Unread(Why::Computed)),
        },
        // A list of texts that is put together is known where all of its parts are.
        "Fn::Join" => match entry.node.items() {
            [between, list] => {
                let parts: Option<Vec<&str>> = list.items().iter().map(Node::as_str).collect();
                let joined =
                    between.as_str().zip(parts).map(|(between, parts)| parts.join(between));
                Some(joined.map_or(Value::Unread(Why::Computed), Value::String))
            }
            _ => Some(Value::Unread(Why::Computed)),
        },
        "Ref" => Some(Value::Unread(Why::Elsewhere)),
        // What is put in its place by a transformation of the template is elsewhere too.
        key if key.starts_with("Fn::") => Some(Value::Unread(Why::Elsewhere)),
        _ => None,
    }
}
