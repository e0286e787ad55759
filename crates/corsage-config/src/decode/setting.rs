//! What a setting must be able to do: be read, be shown, describe itself.

use schemars::{Schema, SchemaGenerator};
use serde_json::Value as Json;

use super::Reader;
use crate::tree::Node;

/// A type that a file can hold. One implementation serves reading, `--show` and the schema.
pub(crate) trait Setting: Sized {
    /// Whether one value may stand where a list of them is asked for.
    const ALONE: bool = false;
    /// Whether the text of a variable can hold one: a table has no text, unless it has a short form.
    const IN_TEXT: bool = true;
    /// Whether `off` means none where this is optional.
    const OFF: bool = false;

    /// Reads the value, or reports what is wrong with it.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// The value as a file would have it.
    fn show(&self) -> Json;

    /// What an editor should know.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// The scalars below, each of which an environment variable can set.
    fn scalars(path: &mut Vec<&'static str>, found: &mut Vec<Scalar>) {
        found.push(Scalar { path: path.clone() });
    }
}

/// A scalar of the gateway's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The keys that lead to it, below `gateway`.
    pub(crate) path: Vec<&'static str>,
}
