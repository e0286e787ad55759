//! The page of a code: what `docs/codes/` holds and `corsage explain --code` prints.

mod example;
mod link;
mod render;

pub(crate) use link::anchor;
pub use render::page;
