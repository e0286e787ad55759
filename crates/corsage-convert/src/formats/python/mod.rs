//! What programs in Python have in common: how response lines are kept, how options are taken from a call,
//! what is behind.

mod behind;
mod borders;
mod lines;
mod options;

pub(crate) use behind::{Behaves, behind_answer};
pub(crate) use borders::{Questions, paths_of};
pub(crate) use lines::{Lines, Spelling};
pub(crate) use options::{Options, py_text, refused, rejected, texts};
