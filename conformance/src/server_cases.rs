//! One policy, one request, and what must come of it.

use std::path::Path;

use crate::Report;

/// Runs a file of server cases.
///
/// # Errors
/// What cannot be read.
pub fn run(_file: &Path) -> Result<Report, String> {
    Err("not yet".into())
}
