//! The page of a code: what `docs/codes/` holds and `corsage explain --code` prints.

mod example;
mod link;
mod render;

pub use render::page;
