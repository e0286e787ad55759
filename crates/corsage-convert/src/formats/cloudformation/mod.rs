//! CloudFormation's and SAM's templates: buckets, APIs, function URLs, response headers policies.
//!
//! Each resource is a program of its own. What an intrinsic function gives (`Ref`, `Fn::Sub`) is not in the
//! template: where CORS needs it, it is named with its place.

mod api;
mod intrinsic;
mod resources;
mod sam;

use crate::document;
use crate::formats::several;
use crate::{NotRead, Program, Source};

/// Reads a template, or pieces of one.
///
/// # Errors
/// What is not understood, or what the service refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents: Vec<document::Node> =
        document::read_fragments(source.text)?.into_iter().map(intrinsic::resolved).collect();
    several::one_of(resources::all(&documents)?, source, "no resource with CORS")
}

/// The programs of the resources in a piece of a template.
pub(crate) fn parts(document: &document::Node) -> Result<several::Parts, NotRead> {
    let document = intrinsic::resolved(document.clone());
    resources::all(std::slice::from_ref(&document))
}

pub(crate) use api::{cors as openapi_cors, mocks as openapi_mocks};
