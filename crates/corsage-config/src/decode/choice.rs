//! Words out of a fixed set.

use schemars::{Schema, json_schema};

use super::{Reader, nearest};
use crate::decode::table::paragraphs;
use crate::tree::{Node, Value};

/// Finds the word's position among those that are known, or reports it.
pub(crate) fn read_word(node: &Node, reader: &mut Reader<'_>, words: &[&str]) -> Option<usize> {
    let list = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let (Value::String(text) | Value::Untyped(text)) = &node.value else {
        reader.wrong_type(node, "a word", &format!("one of {list}"));
        return None;
    };
    let position = words.iter().position(|word| word == text);
    if position.is_none() {
        let way_out = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"? known words are {list}"),
            None => format!("write one of {list}"),
        };
        reader.error("wrong-value", node, "unknown word", way_out);
    }
    position
}

/// The schema of a set of words.
pub(crate) fn words_schema(words: &[(&str, &[&str])]) -> Schema {
    let choices: Vec<_> = words
        .iter()
        .map(|(word, doc)| serde_json::json!({ "const": word, "description": paragraphs(doc) }))
        .collect();
    json_schema!({ "oneOf": choices })
}

/// An enum whose variants a file names by words.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $( $(#[doc = $variant_doc])* $variant, )*
        }

        impl $name {
            /// The word that a file has for it.
            #[must_use]
            $vis fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )*
                }
            }
        }

        impl $crate::decode::Setting for $name {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::decode::Reader<'_>) -> Option<Self> {
                const ALL: &[$name] = &[$( $name::$variant, )*];
                $crate::decode::read_word(node, reader, &[$( $word, )*]).map(|i| ALL[i])
            }

            fn show(&self) -> serde_json::Value {
                self.as_str().into()
            }

            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::decode::words_schema(&[$( ($word, &[$($variant_doc),*]), )*])
            }
        }
    };
}

pub(crate) use choice;
