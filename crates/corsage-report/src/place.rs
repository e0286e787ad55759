//! Where a value was written.

use std::ops::Range;
use std::sync::Arc;

/// Where a value was written: in the file, in the environment, on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the file: byte offsets into its text.
    File(Range<usize>),
    /// In this environment variable.
    Environment(Arc<str>),
    /// In this argument of the command.
    Argument(Arc<str>),
    /// Nowhere: it is missing, or a default.
    Nowhere,
}

impl Place {
    /// The bytes of the file's text, if it was written there.
    #[must_use]
    pub fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::File(span) => Some(span.clone()),
            Self::Environment(_) | Self::Argument(_) | Self::Nowhere => None,
        }
    }
}
