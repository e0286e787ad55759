//! YAML into the tree, with the spans of serde-saphyr.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

use super::{Entry, Node, Value};
use corsage_report::{Place, Problem, Severity};

/// The document, or an empty one and the first fault of its syntax: this parser does not recover.
pub(crate) fn read_yaml(text: &str) -> (Node, Vec<Problem>) {
    let whole = Place::File(0..text.len());
    let options = serde_saphyr::options! {
        // Both stay, so that the second can be shown.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // `off` is a word of ours, and no boolean in YAML 1.2 either.
        strict_booleans: true,
        with_snippet: false,
        // Our settings are six deep; the default is deep enough to overflow the stack of a thread.
        budget: serde_saphyr::budget! { max_depth: 16 },
    };
    let mut problems = Vec::new();
    let node = match serde_saphyr::from_str_with_options::<Option<Spanned<Raw>>>(text, options) {
        Ok(Some(raw)) => node(raw, text, &mut problems),
        Ok(None) => Node::new(Value::Table(Vec::new()), whole),
        Err(error) => {
            let error = error.without_snippet();
            let place = error
                .location()
                .map_or(Place::File(text.len()..text.len()), |at| Place::File(span(at, text)));
            problems.push(
                Problem::new(Severity::Error, "syntax")
                    .cause(without_place(&error.to_string()))
                    .way_out(
                        "YAML goes by indentation: check the line above too, use spaces instead \
                          of tabs, and quote text that begins with a sign: \"*\"",
                    )
                    .place(place),
            );
            Node::new(Value::Table(Vec::new()), whole)
        }
    };
    (node, problems)
}

/// A value of any type, with the spans of what is in it.
enum Raw {
    Null,
    Boolean(bool),
    Integer(String),
    Float(String),
    String(String),
    List(Vec<Spanned<Raw>>),
    Table(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Integer(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Integer(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Table(entries))
    }
}

fn node(raw: Spanned<Raw>, text: &str, problems: &mut Vec<Problem>) -> Node {
    let place = Place::File(span(raw.defined, text));
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Boolean(value) => Value::Boolean(value),
        Raw::Integer(value) => Value::Integer(value),
        Raw::Float(value) => Value::Float(value),
        Raw::String(value) => Value::String(value),
        Raw::List(items) => {
            Value::List(items.into_iter().map(|item| node(item, text, problems)).collect())
        }
        Raw::Table(entries) => {
            let mut read: Vec<Entry> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let key_place = Place::File(span(key.defined, text));
                if read.iter().any(|entry| entry.key == key.value) {
                    problems.push(
                        Problem::new(Severity::Error, "duplicate-key")
                            .value(key.value.clone())
                            .cause("this key was set before in the same mapping")
                            .way_out("keep one of the two; lists take several values")
                            .place(key_place.clone()),
                    );
                    continue;
                }
                let value = node(value, text, problems);
                read.push(Entry { key: key.value, key_place, node: value });
            }
            Value::Table(read)
        }
    };
    Node::new(value, place)
}

fn span(location: Location, text: &str) -> Range<usize> {
    let span = location.span();
    let offset = span.byte_offset().and_then(|start| usize::try_from(start).ok());
    let length = span.byte_len().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let start = offset
        .unwrap_or_else(|| position(text, location.line(), location.column()))
        .min(text.len());
    start..(start + length).min(text.len())
}

/// The byte at a line and column, both from 1; columns count characters.
fn position(text: &str, line: u64, column: u64) -> usize {
    let skip = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let line_start: usize = text.split_inclusive('\n').take(skip(line)).map(str::len).sum();
    let rest = &text[line_start..];
    let line = rest.lines().next().unwrap_or_default();
    line_start + line.char_indices().nth(skip(column)).map_or(line.len(), |(at, _)| at)
}

/// The report shows the place itself.
fn without_place(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.split(" at line ").next().unwrap_or(line).to_owned()
}
