//! One value of a document, with the place where it was written.

use crate::decode::camel_case;
use corsage_report::Place;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// What the formats have in common. Numbers stay text: who asks for one knows its range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// As written, radix prefix included: `8080`, `0x1F`, `1_000`.
    Integer(String),
    Float(String),
    String(String),
    /// Dates and times of TOML, which no setting takes.
    DateTime(String),
    /// An environment variable: it has no type until somebody asks for one.
    Untyped(String),
    List(Vec<Node>),
    /// In the order of the file. A key may occur twice; reading reports it.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(value: Value, place: Place) -> Self {
        Self { value, place }
    }

    /// The kind, with its article, as a sentence about the file needs it.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number with a fraction",
            Value::String(_) | Value::Untyped(_) => "a string",
            Value::DateTime(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The text of a scalar, for messages.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Boolean(value) => Some(value.to_string()),
            Value::Integer(text)
            | Value::Float(text)
            | Value::String(text)
            | Value::DateTime(text)
            | Value::Untyped(text) => Some(text.clone()),
            Value::Null | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// The value at the end of this path of keys and list positions, or as far as the path leads.
    pub(crate) fn nearest(&self, path: &[Step<'_>]) -> &Node {
        let Some((step, rest)) = path.split_first() else { return self };
        self.next(*step).map_or(self, |node| node.nearest(rest))
    }

    /// The value at the end of this path, if there is one.
    pub(crate) fn at(&self, path: &[Step<'_>]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| node.next(*step))
    }

    fn next(&self, step: Step<'_>) -> Option<&Node> {
        match (step, &self.value) {
            (Step::Key(names), Value::Table(entries)) => entries
                .iter()
                .find(|entry| names.contains(&entry.key.as_str()))
                .map(|entry| &entry.node),
            (Step::Index(index), Value::List(items)) => items.get(index),
            // One value where a list may stand.
            (Step::Index(0), _) => Some(self),
            _ => None,
        }
    }

    /// Sets the value at the end of this path of keys, making tables on the way.
    pub(crate) fn set(&mut self, path: &[&str], node: Node) {
        let Some((key, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self.value, Value::Table(_)) {
            // A scalar or nothing stands where a table must: what was said later replaces it.
            self.value = Value::Table(Vec::new());
            self.place = node.place.clone();
        }
        let Value::Table(entries) = &mut self.value else { return };
        let camel = camel_case(key);
        // `upstream` for `upstreams`, `policies` for `policy`.
        let other_number = |written: &str| match *key {
            "upstreams" => written == "upstream",
            "policy" => written == "policies",
            _ => false,
        };
        let is_it = |entry: &&mut Entry| {
            entry.key == *key || entry.key == camel || other_number(&entry.key)
        };
        if let Some(entry) = entries.iter_mut().find(is_it) {
            entry.node.set(rest, node);
        } else {
            let mut made = Node::new(Value::Null, node.place.clone());
            let key_place = node.place.clone();
            made.set(rest, node);
            entries.push(Entry { key: (*key).to_owned(), key_place, node: made });
        }
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// A key, under any of its spellings.
    Key(&'a [&'a str]),
    /// A position in a list.
    Index(usize),
}
