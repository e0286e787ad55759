//! What real browsers did, beside what the browser half does.

mod case;
mod compare;
mod explained;
mod raw;
mod run;
mod world;

pub(crate) use case::{Pairs, bytes, latin1};
pub use run::{Told, run};
