//! The end of a load.

use url::Url;

use super::Sight;
use crate::browser::{FilteredResponse, NetworkError, Note, Transcript};

/// The end of a load: what happened, and what the page sees of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the page sees.
    pub sight: Sight,
    /// What the load came to: of its fetch, of the protections, and of who was to use it.
    pub outcome: Result<FilteredResponse, NetworkError>,
    /// How it came to that.
    pub transcript: Transcript,
    /// Remarks on the load as a whole.
    pub notes: Vec<Note>,
    /// Whether a preload answered, and no request was sent.
    pub source: LoadSource,
    /// Every URL that was asked, in order; the last one is where the answer came from.
    pub urls: Vec<Url>,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadSource {
    /// The network, or the engine itself.
    Fetched,
    /// A preload.
    Preloaded,
}
