//! The part of Python in which people configure CORS: literals, names, lists and what is made of them.
//!
//! A module is walked through once. What cannot be told becomes an [`Value::Unknown`] with its place, and
//! only a reader that needs it refuses it.

mod by_hand;
mod call;
mod evaluate;
mod methods;
mod value;

pub(crate) use call::{Call, Calls};
pub(crate) use evaluate::{Names, run};
pub(crate) use value::{Pattern, Value, truth};
