//! The layer: what an application mounts.

use corsage::server::{Panics, Policy, PolicySource, RecordDecisions, SharedPolicy};
use tower_layer::Layer;

use crate::Cors;

/// Wraps services in [`Cors`].
///
/// A layer of its own for each route, or group of routes, is how policies differ by route.
#[derive(Clone, Debug)]
pub struct CorsLayer {
    pub(crate) source: PolicySource,
    pub(crate) record: RecordDecisions,
    pub(crate) panics: Panics,
}

impl CorsLayer {
    /// A layer for a policy that stays.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::from_source(policy.into())
    }

    /// A layer for a policy that can be replaced while requests are served.
    #[must_use]
    pub fn shared(policy: SharedPolicy) -> Self {
        Self::from_source(policy.into())
    }

    fn from_source(source: PolicySource) -> Self {
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer }
    }

    /// Sets whether decisions are left in the response's extensions.
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self
    }

    /// Sets what becomes of panics in what is inside.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors { inner, layer: self.clone() }
    }
}
