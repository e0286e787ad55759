//! TOML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Node, Value};
use crate::{NotRead, Refused, Why};

/// How deep a document may be.
const MAX_DEPTH: usize = 64;

/// Reads a document.
pub(crate) fn read(text: &str) -> Result<Node, NotRead> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(text.len()..text.len());
        NotRead::refused(Refused::new(at, "TOML", Why::Syntax))
    })?;
    let span = table.span();
    Ok(Node { value: map(table.into_inner(), 0)?, span })
}

fn node(value: Spanned<DeValue<'_>>, depth: usize) -> Result<Node, NotRead> {
    let span = value.span();
    if depth > MAX_DEPTH {
        return Err(NotRead::refused(Refused::new(span, "deep nesting", Why::TooLarge)));
    }
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(number.to_string()),
        DeValue::Float(number) => Value::Float(number.to_string()),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => Value::List(
            items.into_iter().map(|item| node(item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => map(table, depth)?,
    };
    Ok(Node { value, span })
}

fn map(table: DeTable<'_>, depth: usize) -> Result<Value, NotRead> {
    let entries = table.into_iter().map(|(key, value)| {
        Ok(Entry {
            key_span: key.span(),
            key: key.into_inner().into_owned(),
            node: node(value, depth + 1)?,
        })
    });
    entries.collect::<Result<_, _>>().map(Value::Map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_arrays_of_tables() {
        let text = "[[headers]]\n  for = \"/*\"\n  [headers.values]\n  A = 'b'\n  n = 1\n";
        let document = read(text).unwrap();
        let header = document.each("headers")[0];
        assert_eq!(header.at(&["values", "A"]).and_then(Node::as_str), Some("b"));
        let place = header.get("for").unwrap().span.clone();
        assert_eq!(&text[place], "\"/*\"");
        assert!(read("a = [").is_err());
    }
}
