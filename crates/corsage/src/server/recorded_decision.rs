//! What is left of a decision when the request is gone.

use super::{Decision, OutcomeKind, RefusalKind, Replaced};

/// What adapters leave in extensions, for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedDecision {
    outcome: OutcomeKind,
    refusal: Option<RefusalKind>,
    replaced: Replaced,
}

/// Whether an adapter leaves a [`RecordedDecision`] in extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordDecisions {
    /// It does not: the extensions would have to be allocated for it.
    #[default]
    Off,
    /// It does, for whoever logs or counts.
    On,
}

impl RecordDecisions {
    /// The record of a decision, where one is asked for.
    #[must_use]
    pub fn record(self, decision: &Decision<'_>) -> Option<RecordedDecision> {
        match self {
            Self::Off => None,
            Self::On => Some(RecordedDecision::of(decision)),
        }
    }
}

impl RecordedDecision {
    /// Of a decision.
    #[must_use]
    pub fn of(decision: &Decision<'_>) -> Self {
        let outcome = decision.outcome();
        Self { outcome: outcome.kind(), refusal: outcome.refusal(), replaced: Replaced::Nothing }
    }

    /// With what was found on the response.
    #[must_use]
    pub fn with(self, replaced: Replaced) -> Self {
        Self { replaced, ..self }
    }

    /// What was decided.
    #[must_use]
    pub fn outcome(&self) -> OutcomeKind {
        self.outcome
    }

    /// Which rule refused, if one did.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalKind> {
        self.refusal
    }

    /// Whether the handler had set headers of CORS itself.
    #[must_use]
    pub fn replaced(&self) -> Replaced {
        self.replaced
    }
}
