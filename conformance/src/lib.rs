//! Cases as data, and the runners that put every engine through them.

pub mod adapters;
pub mod audit_bed;
mod browser_judge;
pub mod config_cases;
pub mod convert;
pub mod envoy;
pub mod input;
pub mod loads;
pub mod loads_table;
pub mod oracle;
pub mod server_cases;

/// What a run found: its text, the last line of which counts, and whether everything passed.
#[derive(Debug)]
pub struct Report {
    /// What to print.
    pub text: String,
    /// Whether nothing failed.
    pub passed: bool,
}
