//! What a document remembers from load to load: preflights, [preloaded resources](https://html.spec.whatwg.org/multipage/links.html#map-of-preloaded-resources)
//! and its [module map](https://html.spec.whatwg.org/multipage/webappapis.html#module-map).

use super::preload::Preloaded;
use crate::browser::PreflightCache;

/// The memory of one document.
///
/// ```
/// use corsage::browser::load::Document;
/// let document = Document::new();
/// assert!(format!("{document:?}").contains("preloads"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What servers have granted.
    pub preflights: PreflightCache,
    pub(super) preloads: Vec<Preloaded>,
}

impl Document {
    /// A document that has loaded nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
