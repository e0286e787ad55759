//! The layer: what an application mounts.

use corsage::server::{Panics, Policy, RecordDecisions, SharedPolicy};
use tower_layer::Layer;

use crate::Cors;

/// Wraps services in [`Cors`].
///
/// A layer of its own for each route, or group of routes, is how policies differ by route.
#[derive(Clone, Debug)]
pub struct CorsLayer {
    pub(crate) source: Source,
    pub(crate) record: RecordDecisions,
    pub(crate) panics: Panics,
    /// The policy, where everything but `OPTIONS` is answered alike and nothing else was asked for.
    pub(crate) alike: Option<Policy>,
}

/// Where the policy comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Fixed(Policy),
    Shared(SharedPolicy),
}

impl CorsLayer {
    /// A layer for a policy that stays.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::from_source(Source::Fixed(policy))
    }

    /// A layer for a policy that can be replaced while requests are served.
    #[must_use]
    pub fn shared(policy: SharedPolicy) -> Self {
        Self::from_source(Source::Shared(policy))
    }

    fn from_source(source: Source) -> Self {
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer, alike: None }
            .prepared()
    }

    fn prepared(mut self) -> Self {
        self.alike = match (&self.source, self.record, self.panics) {
            (Source::Fixed(policy), RecordDecisions::Off, Panics::Answer)
                if policy.is_constant() =>
            {
                Some(policy.clone())
            }
            _ => None,
        };
        self
    }

    /// Sets whether decisions are left in the response's extensions.
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self.prepared()
    }

    /// Sets what becomes of panics in what is inside.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self.prepared()
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors { inner, layer: self.clone() }
    }
}
