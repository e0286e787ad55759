//! `--html` in a build without a tokenizer.

use corsage::browser::load::Load;

/// # Errors
/// Always: that there is no tokenizer, and where there is one.
pub(super) fn loads(_: &str, _: Option<&str>) -> Result<Vec<Vec<Load>>, String> {
    Err("--html: this build reads no HTML; the whole command does: cargo install corsage-cli"
        .to_owned())
}
