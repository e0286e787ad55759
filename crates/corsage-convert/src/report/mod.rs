//! What is told of comparisons, for people and for machines.

mod columns;
mod human;
mod json;
mod texts;

pub use columns::columns;
pub use human::{human, markdown, request};
pub use json::to_json;
pub use texts::{holder, not_read, result, revocation, undecided, why};
