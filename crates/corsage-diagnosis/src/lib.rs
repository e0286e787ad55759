//! Explanations: what a fetch's transcript means for people. Which conditions failed, what really
//! happened, what each browser prints, what to change, and what would fail next.
//!
//! - [`page`] is the documentation of a code, [`Language`] the catalogue of all texts,
//! - [`console::printed`] is what browsers print; the way back is in `corsage-evidence`.

pub mod account;
mod catalogue;
mod cause;
pub mod console;
pub mod fix;
mod machine;
mod near_miss;
mod observation;
mod page;
mod redact;
mod replay;
mod serialize;

pub use account::{Account, account};
pub use catalogue::{CauseText, CodeText, Language, Topic, TopicKind, TopicText, Words, fill};
pub use cause::Cause;
pub use observation::{Exchange, Failure, Observation, Reachable};
pub use page::page;
