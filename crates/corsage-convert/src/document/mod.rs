//! Documents of keys and values, with the place of each: YAML, JSON, TOML and HCL.

mod fields;
mod fragment;
#[cfg(feature = "terraform")]
mod hcl;
#[cfg(feature = "xml")]
mod properties;
mod toml;
mod yaml;

pub(crate) use fields::Fields;
pub(crate) use fragment::read_fragments;
#[cfg(feature = "terraform")]
pub(crate) use hcl::read as read_hcl;
#[cfg(feature = "xml")]
pub(crate) use properties::read as read_properties;
pub(crate) use toml::read as read_toml;
pub(crate) use yaml::read_all;

use crate::{NotRead, Refused, Rejected, Span, Why};

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// A value. Numbers are kept as they are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(String),
    Float(String),
    String(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A value that is not in the text: a reference, a function, an interpolation.
    Unread(Why),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// The value under a key, where this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value at the end of some keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text, where this is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items; none where this is no list.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries; none where this is no map.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Every value under a key: of all entries of that name, lists opened.
    pub(crate) fn each(&self, key: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        for entry in self.entries().iter().filter(|entry| entry.key == key) {
            match &entry.node.value {
                Value::List(items) => found.extend(items),
                Value::Null => {}
                _ => found.push(&entry.node),
            }
        }
        found
    }

    /// A whole number that has to be one; quoted ones count where the format lets them.
    pub(crate) fn integer(&self, what: &str) -> Result<i64, NotRead> {
        match &self.value {
            Value::Integer(text) | Value::String(text) => {
                text.trim().parse().map_err(|_| self.rejected(what))
            }
            Value::Float(text) => match text.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(number as i64),
                _ => Err(self.rejected(what)),
            },
            _ => Err(self.rejected(what)),
        }
    }

    /// A text that has to be one.
    pub(crate) fn text(&self, what: &str) -> Result<String, NotRead> {
        self.as_str().map(str::to_owned).ok_or_else(|| self.rejected(what))
    }

    /// A boolean that has to be one.
    pub(crate) fn boolean(&self, what: &str) -> Result<bool, NotRead> {
        match self.value {
            Value::Boolean(value) => Ok(value),
            _ => Err(self.rejected(what)),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, what: &str) -> Result<Vec<String>, NotRead> {
        match &self.value {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => items.iter().map(|item| item.text(what)).collect(),
            _ => Err(self.rejected(what)),
        }
    }

    /// A list of texts, each with its place.
    pub(crate) fn placed_texts(&self, what: &str) -> Result<Vec<(String, Span)>, NotRead> {
        let texts = self.texts(what)?;
        Ok(texts.into_iter().zip(self.items().iter().map(|item| item.span.clone())).collect())
    }

    /// This has no model here.
    pub(crate) fn refused(&self, what: &str) -> NotRead {
        NotRead::refused(Refused::new(self.span.clone(), what, Why::NotModelled))
    }

    /// The program refuses this; where the value is not in the text, nobody knows whether it does.
    pub(crate) fn rejected(&self, what: &str) -> NotRead {
        if let Value::Unread(why) = self.value {
            return NotRead::refused(Refused::new(self.span.clone(), what, why));
        }
        NotRead::Rejected(Rejected { span: self.span.clone(), what: what.to_owned() })
    }
}
