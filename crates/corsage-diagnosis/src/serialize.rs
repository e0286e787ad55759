//! How values of the core appear in JSON.

use corsage::browser::Code;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serializer;

/// A code by its name.
pub(crate) fn code<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

/// A code by its name, or null.
pub(crate) fn optional_code<S: Serializer>(
    code: &Option<Code>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match code {
        Some(code) => serializer.serialize_str(code.as_str()),
        None => serializer.serialize_none(),
    }
}

/// The names of all codes.
pub(crate) fn code_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": names() })
}

/// The names of all codes, and null.
pub(crate) fn optional_code_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<Option<&str>> = names().into_iter().map(Some).chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": names })
}

fn names() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}
