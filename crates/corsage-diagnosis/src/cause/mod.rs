//! Causes: what really happened.

mod kind;

pub use kind::Cause;
