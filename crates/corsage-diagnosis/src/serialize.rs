//! How values of the core appear in JSON.

use corsage::browser::Code;
use serde::Serializer;

/// A code by its name.
pub(crate) fn code<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}
