//! HAR archives: read as they were recorded, and judged by the browser's half, without asking anybody.
//!
//! Archives never say why a browser blocked, so it is replayed: the recorded answers, preflights included, go
//! through the same machine that a browser's requests go through.

mod assemble;
mod entry;
mod judge;
mod loose;
mod read;
mod table;

pub use judge::{Certainty, Judged, Outcome, Why};
pub use read::{Archive, NoArchive, read};
pub use table::{Choice, Row, Table, table};
