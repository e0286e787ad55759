//! Regular expressions in the flavours of the programs that use them.
//!
//! An expression is read as its flavour reads it, into one tree. From the tree come the two faces of a
//! [`Matcher`]: an engine that finds what the program would find, and an automaton over the language of
//! origins, with which sets of origins are compared. Both are bounded in time and memory.

mod ast;
mod emit;
mod escapes;
mod filled;
mod flavour;
mod lua;
mod matcher;
mod parse;

pub(crate) use emit::escaped;
pub(crate) use filled::filled;
pub use flavour::{Case, Flavour, Reach};
pub use matcher::{BadExpression, BadExpressionWhy, Captured, Matcher};
