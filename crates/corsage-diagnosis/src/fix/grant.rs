//! What a server must grant, all in all: the input of a snippet.

use schemars::JsonSchema;
use serde::Serialize;

/// The whole policy that would let this request through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grant {
    /// The page's origin.
    pub origin: String,
    /// Whether credentials are included.
    pub credentials: bool,
    /// Methods that need to be listed.
    pub methods: Vec<String>,
    /// Request headers that need to be listed.
    pub headers: Vec<String>,
    /// Response headers that a script may want to read.
    pub expose: Vec<String>,
}
