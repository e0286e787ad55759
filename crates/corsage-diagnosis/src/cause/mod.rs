//! Causes: what really happened, found by a table of signs.

mod answers;
mod application;
mod evidence;
mod kind;
mod layers;
mod login;
mod signs;

pub(crate) use answers::is_unreachable;
pub(crate) use evidence::Evidence;
pub use kind::Cause;
pub(crate) use login::leads_to_login;
pub(crate) use signs::causes;
