//! What is left of a decision when the request is gone.

use super::{Decision, OutcomeKind, RefusalKind, Replaced};

/// What adapters leave in extensions, for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedDecision {
    decided: Decided,
    shadow: Option<Decided>,
    replaced: Replaced,
}

/// What a policy decided, without what it borrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Which of the five ways it was.
    pub outcome: OutcomeKind,
    /// Which rule refused, if one did.
    pub refusal: Option<RefusalKind>,
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

impl Decided {
    fn of(decision: &Decision<'_>) -> Self {
        let outcome = decision.outcome();
        Self { outcome: outcome.kind(), refusal: outcome.refusal() }
    }
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
        Self { decided: Decided::of(decision), shadow: None, replaced: Replaced::Nothing }
    }

    /// With what a shadow policy would have decided.
    #[must_use]
    pub fn beside(self, shadow: &Decision<'_>) -> Self {
        Self { shadow: Some(Decided::of(shadow)), ..self }
    }

    /// With what was found on the response.
    #[must_use]
    pub fn with(self, replaced: Replaced) -> Self {
        Self { replaced, ..self }
    }

    /// What was decided.
    #[must_use]
    pub fn outcome(&self) -> OutcomeKind {
        self.decided.outcome
    }

    /// Which rule refused, if one did.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalKind> {
        self.decided.refusal
    }

    /// What the shadow policy would have decided, if there is one and it differs.
    #[must_use]
    pub fn shadow(&self) -> Option<Decided> {
        self.shadow.filter(|shadow| *shadow != self.decided)
    }

    /// Whether the handler had set headers of CORS itself.
    #[must_use]
    pub fn replaced(&self) -> Replaced {
        self.replaced
    }
}
