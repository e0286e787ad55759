//! Origins that no list names: those that a predicate admits, and those that somebody looks up.

use std::fmt;
use std::sync::Arc;

use crate::terms::OriginParts;

/// Who decides about an origin that the list does not admit. Two are equal if they are the same.
#[derive(Clone)]
pub struct DynamicOrigins(Source);

#[derive(Clone)]
enum Source {
    Predicate(Arc<dyn Fn(OriginParts<'_>) -> bool + Send + Sync>),
    LookedUp,
}

/// What looking an origin up has shown; goes into a [`Request`](super::Request).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OriginVerdict {
    /// Nobody looked, or it is not admitted.
    #[default]
    Refused,
    /// It is admitted.
    Admitted,
}

impl DynamicOrigins {
    /// Wraps a predicate. It runs for every request with an `Origin` that the list does not admit, so it
    /// should look things up in memory.
    #[must_use]
    pub fn new(predicate: impl Fn(OriginParts<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Source::Predicate(Arc::new(predicate)))
    }

    /// The adapter looks origins up, and may wait for the answer.
    #[must_use]
    pub const fn looked_up() -> Self {
        Self(Source::LookedUp)
    }

    pub(super) fn are_looked_up(&self) -> bool {
        matches!(self.0, Source::LookedUp)
    }

    pub(super) fn admits(&self, origin: OriginParts<'_>, verdict: OriginVerdict) -> bool {
        match &self.0 {
            Source::Predicate(predicate) => predicate(origin),
            Source::LookedUp => verdict == OriginVerdict::Admitted,
        }
    }
}

impl fmt::Debug for DynamicOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Predicate(_) => "DynamicOrigins(..)",
            Source::LookedUp => "DynamicOrigins(looked up)",
        })
    }
}

impl PartialEq for DynamicOrigins {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::Predicate(one), Source::Predicate(two)) => Arc::ptr_eq(one, two),
            (Source::LookedUp, Source::LookedUp) => true,
            _ => false,
        }
    }
}

impl Eq for DynamicOrigins {}
