//! Configurations of any program: where they are read from, and what is said when they are not understood.

mod gather;
mod model;

pub(crate) use gather::{Gathered, gather};
pub(crate) use model::{Circumstance, Modelled, model, place};
