//! API Gateway's extensions of an OpenAPI document.

use crate::document;
use crate::formats::{cloudformation, several};
use crate::{NotRead, Program, Source};

/// Reads `x-amazon-apigateway-cors` of an HTTP API, or the mocks of a REST API.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut parts = Vec::new();
    for document in document::read_fragments(source.text)? {
        let cors = cloudformation::openapi_cors(&document)?;
        let program = match cors {
            Some(program) => Some(program),
            None => cloudformation::openapi_mocks(&document)?,
        };
        parts.extend(program.map(|program| ("api".to_owned(), program)));
        // A template may have a definition within.
        if parts.is_empty() {
            parts.extend(cloudformation::parts(&document)?);
        }
    }
    several::one_of(parts, source, "nothing about CORS")
}
