//! [Network error](https://fetch.spec.whatwg.org/#concept-network-error): to script one `TypeError`
//! without a reason; here with all its reasons.

use super::{Code, NearMiss};

/// Why a fetch failed: every condition that was not met, in the standard's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError {
    pub(crate) blockers: Vec<Blocker>,
    pub(crate) blamed: usize,
}

impl NetworkError {
    /// Every condition that was not met, in the standard's order; at least one.
    #[must_use]
    pub fn blockers(&self) -> &[Blocker] {
        &self.blockers
    }

    /// The one that the profile's console names: the first that this engine looks at.
    #[must_use]
    pub fn blamed(&self) -> &Blocker {
        &self.blockers[self.blamed]
    }
}

impl std::fmt::Display for NetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, blocker) in self.blockers.iter().enumerate() {
            write!(f, "{}{}", if position > 0 { ", " } else { "" }, blocker.code)?;
        }
        Ok(())
    }
}

impl std::error::Error for NetworkError {}

/// One condition that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The unified code.
    pub code: Code,
    /// Number of redirects followed before.
    pub hop: usize,
    /// On which message it failed.
    pub message: MessageKind,
    /// The header that is missing or wrong.
    pub header: Option<&'static str>,
    /// What that header held: all lines joined; `None` if there was no line.
    pub seen: Option<Vec<u8>>,
    /// What it would have had to hold.
    pub wanted: Option<Vec<u8>>,
    /// The method, header name, status or URL in question.
    pub subject: Option<Vec<u8>>,
    /// How near the seen value is to the wanted one.
    pub near_miss: Option<NearMiss>,
}

/// Which message of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Before any traffic.
    BeforeSending,
    /// The preflight or its response.
    Preflight,
    /// The request itself or its response.
    Actual,
}
