//! What is wrong with a configuration, whatever program it is for.
//!
//! The model is asked, and what it answers is judged, whatever the format. What a model cannot show is looked for in
//! the text, format by format: values that are not taken, and what is granted by default.

mod code;
mod look;
mod text;

pub use code::{FindingCode, FindingSeverity};
pub use look::{Finding, findings, findings_in};
