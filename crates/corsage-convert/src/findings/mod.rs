//! What is wrong with a configuration, whatever program it is for.
//!
//! Nothing here looks at a format: the model is asked, and what it answers is judged.

mod code;
mod look;

pub use code::{FindingCode, FindingSeverity};
pub use look::{Finding, findings};
