//! The catalogue: every sentence that a person reads, keyed by stable codes, one module per
//! language. Algorithms hold codes and facts, never sentences.

mod en;
mod fill;
mod language;
mod text;
mod topic;

pub use fill::fill;
pub use language::Language;
pub use text::{CauseText, CodeText, Words};
pub use topic::{Topic, TopicKind, TopicText};
