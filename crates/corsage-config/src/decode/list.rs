//! Lists, options, and the little that is common to all containers.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use super::{Reader, Scalar, Setting};
use crate::tree::{Node, Value};

impl<T: Setting> Setting for Vec<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(i, item)| reader.inside(format!("[{i}]"), |r| T::read(item, r)))
                    .collect(),
            ),
            Value::Untyped(text) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .enumerate()
                    .filter_map(|(i, part)| {
                        let item = Node::new(Value::Untyped(part.to_owned()), node.place.clone());
                        reader.inside(format!("[{i}]"), |r| T::read(&item, r))
                    })
                    .collect(),
            ),
            _ if T::ALONE => T::read(node, reader).map(|alone| vec![alone]),
            _ => {
                let example = match (&node.value, node.text()) {
                    (Value::String(_), Some(text)) => format!("a list: [{text:?}]"),
                    (_, Some(text)) => format!("a list: [{text}]"),
                    _ => "a list: [ … ]".to_owned(),
                };
                reader.wrong_type(node, "a list", &example);
                None
            }
        }
    }

    fn show(&self) -> Json {
        self.iter().map(Setting::show).collect()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let item = T::schema(generator);
        let list = json_schema!({ "type": "array", "items": item });
        if T::ALONE { json_schema!({ "anyOf": [list, item] }) } else { list }
    }

    fn scalars(path: &mut Vec<&'static str>, found: &mut Vec<Scalar>) {
        // Where one value may stand for the list, a variable can hold it, or several with commas.
        if T::ALONE && T::IN_TEXT {
            found.push(Scalar { path: path.clone() });
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const ALONE: bool = T::ALONE;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::Null => Some(None),
            Value::String(text) | Value::Untyped(text) if T::OFF && text == "off" => Some(None),
            _ => T::read(node, reader).map(Some),
        }
    }

    fn show(&self) -> Json {
        match self {
            Some(value) => value.show(),
            None if T::OFF => "off".into(),
            None => Json::Null,
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let schema = T::schema(generator);
        if T::OFF { json_schema!({ "anyOf": [schema, { "const": "off" }] }) } else { schema }
    }

    fn scalars(path: &mut Vec<&'static str>, found: &mut Vec<Scalar>) {
        T::scalars(path, found);
    }
}
