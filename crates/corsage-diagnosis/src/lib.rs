//! Explanations: what a fetch's transcript means for people. Which conditions failed, what really
//! happened, what each browser prints, what to change, and what would fail next.
//!
//! - [`page`] is the documentation of a code, [`CodeText`] what the catalogue says of it,
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
mod remark;
mod replay;
mod serialize;
mod topic;

pub use account::{Account, account};
pub use catalogue::{CauseText, CodeText};
pub use cause::Cause;
pub use corsage_texts::Language;
pub use observation::{
    Beyond, Exchange, Failure, Observation, Probed, Question, Reachable, Source,
};
pub use page::page;
pub use remark::RemarkKind;
pub use replay::{Due, due};
pub use topic::{Topic, TopicKind, TopicText};
