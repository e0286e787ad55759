//! Configurations of any program: where they are read from, and what is said when they are not understood.

mod gather;
mod junit;
mod live;
mod model;

pub(crate) use gather::{Gathered, gather};
pub(crate) use junit::junit;
pub(crate) use live::{Live, Sent, sent};
pub(crate) use model::{Circumstance, Modelled, model, place};
