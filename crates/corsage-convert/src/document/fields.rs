//! A map that is read key by key, so that no key is passed over.

use super::{Entry, Node, Value};
use crate::{NotRead, Refused, Why};

/// The keys of a map that nobody has taken yet.
pub(crate) struct Fields<'n> {
    left: Vec<&'n Entry>,
}

impl<'n> Fields<'n> {
    /// All keys of a map. Nothing at all is a map without keys.
    pub(crate) fn of(node: &'n Node, what: &str) -> Result<Self, NotRead> {
        match &node.value {
            Value::Map(entries) => Ok(Self { left: entries.iter().collect() }),
            Value::Null => Ok(Self { left: Vec::new() }),
            _ => Err(node.rejected(what)),
        }
    }

    /// Takes a key's value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<&'n Node> {
        let place = self.left.iter().position(|entry| entry.key == key)?;
        Some(&self.left.remove(place).node)
    }

    /// Takes keys out that no answer depends on.
    pub(crate) fn ignore(&mut self, keys: &[&str]) {
        self.left.retain(|entry| !keys.contains(&entry.key.as_str()));
    }

    /// Refuses what is left.
    pub(crate) fn done(self) -> Result<(), NotRead> {
        if self.left.is_empty() {
            return Ok(());
        }
        let refused = |entry: &&Entry| {
            Refused::new(entry.key_span.clone(), entry.key.clone(), Why::NotModelled)
        };
        Err(NotRead::Refused(self.left.iter().map(refused).collect()))
    }
}
