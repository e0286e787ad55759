//! Renderings of a report, one file each; none knows another.

mod colour;
mod format;
mod github;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod uri;

pub use colour::Colour;
pub use format::Format;
