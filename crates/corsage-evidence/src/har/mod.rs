//! HAR archives: read as they were recorded, and judged by the browser's half, without asking anybody.
//!
//! Archives never say why a browser blocked, so it is replayed: the recorded answers, preflights included, go
//! through the same machine that a browser's requests go through.

mod assemble;
mod creator;
mod element;
mod entry;
mod index;
mod judge;
mod judged;
mod loose;
mod outcome;
mod read;
mod table;

pub use judged::Judged;
pub use outcome::{Certainty, Outcome, Why};
pub use read::{Archive, NoArchive, read};
pub use table::{Choice, Row, Table, table};
