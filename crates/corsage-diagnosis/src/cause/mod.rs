//! Causes: what really happened, found by a table of signs.

mod evidence;
mod kind;
mod signs;

pub(crate) use evidence::Evidence;
pub use kind::Cause;
pub(crate) use signs::{causes, is_login};
