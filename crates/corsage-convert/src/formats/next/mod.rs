//! `headers()` of Next's configuration, as `next start` serves by it.

mod answer;
mod condition;
mod path;
mod read;
mod value;

use self::answer::Site;
pub(crate) use self::path::{Bad, PathPattern};
use crate::{NotRead, Program, Source};

/// Reads a `next.config.js`.
///
/// # Errors
/// What is not understood, or what Next refuses.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(Site { rules: read::rules(source)? }))
}
