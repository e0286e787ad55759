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
    /// The policy, where everything but `OPTIONS` is answered alike and nobody wants to know why.
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
        let alike = alike(&source);
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer, alike }
    }

    /// Sets whether decisions are left in the response's extensions.
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self.alike = match record {
            RecordDecisions::Off => alike(&self.source),
            RecordDecisions::On => None,
        };
        self
    }

    /// Sets what becomes of panics in what is inside.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }
}

fn alike(source: &Source) -> Option<Policy> {
    match source {
        Source::Fixed(policy) if policy.is_constant() => Some(policy.clone()),
        Source::Fixed(_) | Source::Shared(_) => None,
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors { inner, layer: self.clone() }
    }
}
