//! The vocabulary of both halves. Nothing here knows of a policy or of a fetch.

pub mod header_name;
pub mod method;
pub mod origin;
pub mod safelist;

pub use origin::{OpaqueOrigin, Origin, OriginError, OriginParts, TupleOrigin};
