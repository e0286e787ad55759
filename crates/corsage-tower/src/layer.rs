//! The layer: what an application mounts.

use corsage::server::{Panics, Policy, RecordDecisions, SharedPolicy, VariesBy};
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
    pub(crate) plain: Plain,
}

/// The policy, where it stays and nothing else was asked for, for everything but `OPTIONS`.
#[derive(Clone, Debug)]
pub(crate) enum Plain {
    /// All responses get the same headers.
    Constant(Policy),
    /// They follow nothing but `Origin`.
    ByOrigin(Policy),
    No,
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
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer, plain: Plain::No }
            .prepared()
    }

    fn prepared(mut self) -> Self {
        self.plain = match (&self.source, self.record, self.panics) {
            (Source::Fixed(policy), RecordDecisions::Off, Panics::Answer) => {
                match policy.varies_by() {
                    VariesBy::Nothing => Plain::Constant(policy.clone()),
                    VariesBy::Origin => Plain::ByOrigin(policy.clone()),
                    VariesBy::Request => Plain::No,
                }
            }
            _ => Plain::No,
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
