//! What is wrong with a file: every problem, each with its place, its cause and its way out.

mod json;
mod list;
mod render;
mod single;

pub use list::Problems;
pub use render::Colour;
pub use single::{Problem, Severity};
