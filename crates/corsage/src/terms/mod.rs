//! The vocabulary of both halves. Nothing here knows of a policy or of a fetch.

pub mod caps;
pub mod header_name;
pub mod header_values;
pub mod loopback;
pub mod method;
pub mod origin;
mod public_suffix;
pub mod punycode;
pub mod safelist;
mod severity;
pub mod site;

pub use origin::{OpaqueOrigin, Origin, OriginError, OriginParts, TupleOrigin};
#[cfg(feature = "public-suffix-list")]
pub use public_suffix::BundledPublicSuffixes;
pub use public_suffix::{NoPublicSuffixes, PublicSuffixes};
pub use severity::Severity;
