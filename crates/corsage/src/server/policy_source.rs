//! What every adapter is told beside its policy.

use super::{Policy, SharedPolicy};

/// Where an adapter takes its policy from.
#[derive(Clone, Debug)]
pub enum PolicySource {
    /// It stays.
    Fixed(Policy),
    /// It can be replaced while requests are served.
    Shared(SharedPolicy),
}

/// What becomes of a panic in what an adapter wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panics {
    /// It becomes a 500 that carries the headers, so that the page can tell it from a broken network. The
    /// panic hook has run; nothing of the panic is told to the stranger.
    #[default]
    Answer,
    /// It goes on, and the connection ends without an answer.
    Propagate,
}

impl PolicySource {
    /// The policy in force.
    #[must_use]
    pub fn load(&self) -> Policy {
        match self {
            Self::Fixed(policy) => policy.clone(),
            Self::Shared(shared) => shared.load(),
        }
    }

    /// Whether a decision may ever refuse a write. A shared policy may be replaced by one that does.
    #[must_use]
    pub fn may_refuse_writes(&self) -> bool {
        match self {
            Self::Fixed(policy) => {
                policy.draft().disallowed_writes == super::DisallowedWrites::Refuse
            }
            Self::Shared(_) => true,
        }
    }
}

impl From<Policy> for PolicySource {
    fn from(policy: Policy) -> Self {
        Self::Fixed(policy)
    }
}

impl From<SharedPolicy> for PolicySource {
    fn from(policy: SharedPolicy) -> Self {
        Self::Shared(policy)
    }
}
