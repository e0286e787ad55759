//! How values of the core appear in JSON.

use corsage::browser::Code;
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
