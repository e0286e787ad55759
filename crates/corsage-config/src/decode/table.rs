//! Tables: a struct, its keys, its defaults and its documentation from one definition.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value as Json};

use super::{Reader, Setting, camel_case, nearest};
use crate::tree::{Entry, Node, Value};
use corsage_report::{Problem, Severity};

/// A key of a table, as reading and the schema see it.
pub(crate) struct Field {
    /// The key, in snake_case; camelCase is accepted too.
    pub(crate) name: &'static str,
    /// One more spelling.
    pub(crate) also: Option<&'static str>,
    /// Whether a table without it is wrong.
    pub(crate) required: bool,
    /// The documentation's lines.
    pub(crate) doc: &'static [&'static str],
}

impl Field {
    fn is_spelled(&self, key: &str) -> bool {
        key == self.name || self.also == Some(key) || key == camel_case(self.name)
    }
}

impl Reader<'_> {
    /// The entries of a table, after unknown keys and repeated ones have been reported.
    pub(crate) fn table<'n>(&mut self, node: &'n Node, fields: &[Field]) -> Option<&'n [Entry]> {
        let entries = match &node.value {
            Value::Table(entries) => entries,
            // `gateway:` with nothing below it, in YAML.
            Value::Null => return Some(&[]),
            _ => {
                let example = fields.first().map_or("key", |field| field.name);
                self.wrong_type(node, "a table", &format!("a table: {{ {example} = … }}"));
                return None;
            }
        };
        for (index, entry) in entries.iter().enumerate() {
            let Some(field) = fields.iter().find(|field| field.is_spelled(&entry.key)) else {
                self.unknown_key(entry, fields);
                continue;
            };
            if let Some(first) = entries[..index].iter().find(|e| field.is_spelled(&e.key)) {
                let cause = format!("`{}` and `{}` are the same setting", first.key, entry.key);
                self.key_problem("duplicate-key", entry, cause, "keep one of the two".to_owned());
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|entry| field.is_spelled(&entry.key)) {
                let doc = field.doc.first().map_or("", |line| line.trim()).trim_end_matches('.');
                self.missing(
                    field.name,
                    &node.place,
                    format!("add `{}`: {}", field.name, lower_first(doc)),
                );
            }
        }
        Some(entries)
    }

    /// One field of a table; `None` if it is absent or was reported.
    pub(crate) fn entry<T: Setting>(&mut self, entries: &[Entry], field: &Field) -> Option<T> {
        let entry = entries.iter().find(|entry| field.is_spelled(&entry.key))?;
        self.inside(field.name.to_owned(), |reader| T::read(&entry.node, reader))
    }

    fn unknown_key(&mut self, entry: &Entry, fields: &[Field]) {
        let known = fields.iter().map(|field| field.name);
        let way_out = match nearest(&entry.key, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys here are {}", quoted_list(known)),
        };
        self.key_problem("unknown-key", entry, format!("unknown key `{}`", entry.key), way_out);
    }

    fn key_problem(&mut self, code: &'static str, entry: &Entry, cause: String, way_out: String) {
        let field = self.field();
        self.push(
            Problem::new(Severity::Error, code)
                .field(if field.is_empty() {
                    entry.key.clone()
                } else {
                    format!("{field}.{}", entry.key)
                })
                .cause(cause)
                .way_out(way_out)
                .place(entry.key_place.clone()),
        );
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn quoted_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The schema of a table.
pub(crate) fn object_schema(
    doc: &[&str],
    short_form: Option<&str>,
    fields: impl IntoIterator<Item = (Field, Schema, Option<Json>)>,
) -> Schema {
    let mut short_schema = None;
    let mut properties = Map::new();
    let mut other_spellings = Map::new();
    let mut required = Vec::new();
    for (field, mut schema, default) in fields {
        let plain = schema.clone();
        if short_form == Some(field.name) {
            short_schema = Some(plain.clone());
        }
        let described = schema.ensure_object();
        described.insert("description".to_owned(), paragraphs(field.doc).into());
        if let Some(default) = default.filter(|default| !default.is_null()) {
            described.insert("default".to_owned(), default);
        }
        let camel = camel_case(field.name);
        let spellings = [field.also.map(str::to_owned), (camel != field.name).then_some(camel)];
        for spelling in spellings.into_iter().flatten() {
            // Accepted, and not proposed by editors.
            other_spellings.insert(format!("^{spelling}$"), plain.clone().into());
        }
        if field.required {
            required.push(Json::from(field.name));
        }
        properties.insert(field.name.to_owned(), schema.into());
    }
    let mut schema = json_schema!({
        "type": "object",
        "description": paragraphs(doc),
        "properties": properties,
        "additionalProperties": false,
    });
    let object = schema.ensure_object();
    if !other_spellings.is_empty() {
        object.insert("patternProperties".to_owned(), other_spellings.into());
    }
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    match short_schema {
        Some(short) => json_schema!({ "anyOf": [short, schema] }),
        None => schema,
    }
}

/// Documentation lines joined into paragraphs.
pub(crate) fn paragraphs(doc: &[&str]) -> String {
    let mut text = String::new();
    for line in doc {
        let line = line.trim();
        if line.is_empty() {
            text.push_str("\n\n");
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text
}

/// A short form: a scalar stands for the table in which only this field is set.
pub(crate) fn long_form(node: &Node, key: &'static str) -> Option<Node> {
    match node.value {
        Value::Table(_) | Value::List(_) | Value::Null => None,
        _ => Some(Node::new(
            Value::Table(vec![Entry {
                key: key.to_owned(),
                key_place: node.place.clone(),
                node: node.clone(),
            }]),
            node.place.clone(),
        )),
    }
}

/// A struct of settings that all have defaults.
macro_rules! settings {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])* $(#[also($also:literal)])? $field_vis:vis $field:ident: $type:ty = $default:expr, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        $vis struct $name {
            $( $(#[doc = $field_doc])* $field_vis $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        $crate::decode::record! {
            @impl [$($doc)*] $name
            $( [$($field_doc)*] [$($also)?] $field: $type = $default, )*
        }
    };
}

/// A struct of settings of which some are required: those without a default.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident $(, short form $short:ident)? {
            $( $(#[doc = $field_doc:literal])* $(#[also($also:literal)])? $field_vis:vis $field:ident: $type:ty $(= $default:expr)?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        $vis struct $name {
            $( $(#[doc = $field_doc])* $field_vis $field: $type, )*
        }

        $crate::decode::record! {
            @impl [$($doc)*] $name $($short)?
            $( [$($field_doc)*] [$($also)?] $field: $type $(= $default)?, )*
        }
    };
    (
        @impl [$($doc:literal)*] $name:ident $($short:ident)?
        $( [$($field_doc:literal)*] [$($also:literal)?] $field:ident: $type:ty $(= $default:expr)?, )*
    ) => {
        impl $name {
            const FIELDS: &'static [$crate::decode::Field] = &[
                $( $crate::decode::Field {
                    name: stringify!($field),
                    also: $crate::decode::record!(@also $($also)?),
                    required: $crate::decode::record!(@required $($default)?),
                    doc: &[$($field_doc),*],
                }, )*
            ];
        }

        impl $crate::decode::Setting for $name {
            const ALONE: bool = true;
            const IN_TEXT: bool = $crate::decode::record!(@in_text $($short)?);

            #[allow(unused_variables, unused_assignments, reason = "one field, or no short form")]
            fn read(node: &$crate::tree::Node, reader: &mut $crate::decode::Reader<'_>) -> Option<Self> {
                let long: Option<$crate::tree::Node> = None;
                $( let long = $crate::decode::long_form(node, stringify!($short)); )?
                let node = long.as_ref().unwrap_or(node);
                let entries = reader.table(node, Self::FIELDS)?;
                let mut fields = Self::FIELDS.iter();
                $( let $field: Option<$type> = fields.next().and_then(|field| reader.entry(entries, field)); )*
                Some(Self {
                    $( $field: $crate::decode::record!(@value $field $(= $default)?), )*
                })
            }

            fn show(&self) -> serde_json::Value {
                let mut shown = serde_json::Map::new();
                $( shown.insert(stringify!($field).to_owned(), $crate::decode::Setting::show(&self.$field)); )*
                shown.into()
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut fields = Self::FIELDS.iter();
                let mut described = Vec::new();
                $(
                    if let Some(field) = fields.next() {
                        let default: Option<serde_json::Value> = $crate::decode::record!(@default $type $(, $default)?);
                        described.push((
                            $crate::decode::Field { ..*field },
                            <$type as $crate::decode::Setting>::schema(generator),
                            default,
                        ));
                    }
                )*
                $crate::decode::object_schema(
                    &[$($doc),*],
                    $crate::decode::record!(@short $($short)?),
                    described,
                )
            }

            fn scalars(path: &mut Vec<&'static str>, found: &mut Vec<$crate::decode::Scalar>) {
                $(
                    path.push(stringify!($field));
                    <$type as $crate::decode::Setting>::scalars(path, found);
                    path.pop();
                )*
            }
        }
    };
    (@also) => { None };
    (@also $also:literal) => { Some($also) };
    (@required) => { true };
    (@required $default:expr) => { false };
    (@in_text) => { false };
    (@in_text $short:ident) => { true };
    (@short) => { None };
    (@short $short:ident) => { Some(stringify!($short)) };
    (@value $field:ident) => { $field? };
    (@value $field:ident = $default:expr) => { $field.unwrap_or_else(|| $default) };
    (@default $type:ty) => { None };
    (@default $type:ty, $default:expr) => {{
        let default: $type = $default;
        Some($crate::decode::Setting::show(&default))
    }};
}

pub(crate) use {record, settings};
