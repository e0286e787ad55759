//! One configuration, and what a validator must say.

use std::path::Path;

use crate::Report;

/// Runs a file of configurations.
///
/// # Errors
/// What cannot be read.
pub fn run(_file: &Path) -> Result<Report, String> {
    Err("not yet".into())
}
