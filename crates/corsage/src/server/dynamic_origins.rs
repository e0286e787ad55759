//! Origins that a predicate admits.

use std::fmt;
use std::sync::Arc;

use crate::terms::OriginParts;

/// A predicate over well-formed origins. Two are equal if they are the same predicate.
#[derive(Clone)]
pub struct DynamicOrigins(Arc<dyn Fn(OriginParts<'_>) -> bool + Send + Sync>);

impl DynamicOrigins {
    /// Wraps a predicate. It runs for every request with an `Origin` that the list does not admit, so it
    /// should look things up in memory.
    #[must_use]
    pub fn new(predicate: impl Fn(OriginParts<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(predicate))
    }

    pub(super) fn admits(&self, origin: OriginParts<'_>) -> bool {
        (self.0)(origin)
    }
}

impl fmt::Debug for DynamicOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynamicOrigins(..)")
    }
}

impl PartialEq for DynamicOrigins {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DynamicOrigins {}
