//! YAML, and JSON as a part of it, with the places of serde-saphyr.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::{Entry, Node, Value};
use crate::{NotRead, Refused, Span, Why};

/// How deep a document may be: Envoy's own are some thirty deep.
const MAX_DEPTH: usize = 64;

/// Every document of a text that is not empty.
pub(crate) fn read_all(text: &str) -> Result<Vec<Node>, NotRead> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        // A tree of manifests is large because its text is; what aliases blow up is not.
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_documents: 1_024 + text.len() / 8,
            max_nodes: 250_000 + text.len(),
            max_events: 1_000_000 + 4 * text.len(),
        },
    };
    let documents = serde_saphyr::from_multiple_with_options::<Option<Spanned<Raw>>>(text, options);
    match documents {
        Ok(documents) => Ok(documents.into_iter().flatten().map(|raw| node(raw, text)).collect()),
        Err(error) => {
            let error = error.without_snippet();
            let at = error.location().map_or(text.len()..text.len(), |at| span(at, text));
            let why = match &error {
                serde_saphyr::Error::Budget { .. } => Why::TooLarge,
                _ => Why::Syntax,
            };
            Err(NotRead::refused(Refused::new(at, "YAML", why)))
        }
    }
}

/// A value of any type, with the spans of what is in it.
enum Raw {
    Null,
    Boolean(bool),
    Integer(String),
    Float(String),
    String(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
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
        Ok(Raw::Map(entries))
    }
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let span = span(raw.defined, text);
    if let Some(tag) = tag(text, &span) {
        return Node { value: tagged(tag, raw.value), span };
    }
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Boolean(value) => Value::Boolean(value),
        Raw::Integer(value) => Value::Integer(value),
        Raw::Float(value) => Value::Float(value),
        Raw::String(value) => Value::String(value),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, text)).collect()),
        Raw::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    key_span: self::span(key.defined, text),
                    key: key.value,
                    node: node(value, text),
                })
                .collect(),
        ),
    };
    Node { value, span }
}

/// The tag of an application's own before a value: `!Ref`, `!Sub`.
fn tag<'t>(text: &'t str, span: &Span) -> Option<&'t str> {
    let own = |tag: &'t str| {
        let name = tag.strip_prefix('!')?;
        let is_name = name.starts_with(|char: char| char.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':'));
        is_name.then_some(tag)
    };
    let value = text.get(span.clone()).unwrap_or_default();
    if let Some(tag) = value.split_whitespace().next().and_then(own) {
        return Some(tag);
    }
    // The parser gives the value's place, which is behind the tag.
    let before = text.get(..span.start)?.trim_end();
    let word = before.rsplit(|char: char| char.is_whitespace() || "[{,".contains(char)).next();
    word.and_then(own)
}

/// What an application makes of a tagged value is known only of texts in which nothing is filled in.
fn tagged(tag: &str, raw: Raw) -> Value {
    match raw {
        Raw::String(text) if tag == "!Sub" && !text.contains("${") => Value::String(text),
        _ if tag == "!Sub" => Value::Unread(Why::Computed),
        _ => Value::Unread(Why::Elsewhere),
    }
}

fn span(location: Location, text: &str) -> Span {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_places_and_types() {
        let text = "a: 'true'\nb: [1, true]\n---\nc: &x\n- y\nd: *x\n";
        let documents = read_all(text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].get("a").unwrap().as_str(), Some("true"));
        assert_eq!(documents[0].get("b").unwrap().items()[1].value, Value::Boolean(true));
        assert_eq!(&text[documents[0].get("b").unwrap().items()[0].span.clone()], "1");
        assert_eq!(documents[1].get("d"), documents[1].get("c"));
    }

    #[test]
    fn values_with_tags_of_their_own_are_not_taken_for_texts() {
        let text = "a: !Ref Origin\nb: [!Sub 'https://a.b', !Sub 'https://${c}']\nd: !If\n  - x\n  - y\ne: wow !x\n";
        let document = read_all(text).unwrap().remove(0);
        let value = |key: &str| document.get(key).unwrap().value.clone();
        assert_eq!(value("a"), Value::Unread(Why::Elsewhere));
        assert_eq!(value("d"), Value::Unread(Why::Elsewhere));
        assert_eq!(value("e"), Value::String("wow !x".to_owned()));
        let list = document.get("b").unwrap().items();
        assert_eq!(list[0].as_str(), Some("https://a.b"));
        assert_eq!(list[1].value, Value::Unread(Why::Computed));
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in ["a: [\"b\", c\u{2008}d", "a: [", "\t- b: c\n d", "{{- if .Values.x }}\na: b\n"]
        {
            assert!(read_all(text).is_err(), "{text}");
        }
    }
}
