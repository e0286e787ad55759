//! The part of JavaScript and TypeScript in which people configure CORS: literals, lists, objects, the
//! usual methods of texts and arrays, functions that decide about an origin.
//!
//! A module is run, as the program around it would run it, and that program is the [`World`]: it gives the
//! names that the module finds, and is called back. What has no model here stops the run with its place.

mod builtins;
mod check;
mod evaluate;
mod idle;
mod literals;
mod lower;
mod methods;
mod parse;
mod scope;
mod tree;
mod value;
mod world;

pub(crate) use check::check;
pub(crate) use evaluate::{Machine, Stop};
pub(crate) use literals::{Literal, LiteralKind, Place, literals};
pub(crate) use parse::parse;
pub(crate) use scope::Scope;
pub(crate) use tree::Statement;
pub(crate) use value::{Fields, Host, Value, join, unmodelled};
pub(crate) use world::World;
