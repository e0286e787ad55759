//! A policy with the requests that it is for.

use corsage::server::Policy;

use super::{Fits, HostPattern, PathPrefix};

/// A compiled policy, and which requests it decides.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PolicyEntry {
    /// Its name, unique in its file: the `route` of logs and metrics.
    pub name: String,
    /// Hosts; empty for every host.
    pub hosts: Vec<HostPattern>,
    /// Path prefixes; empty for every path.
    pub paths: Vec<PathPrefix>,
    /// Methods; empty for every method.
    pub methods: Vec<String>,
    /// Groups of upstreams, by name; empty for every group.
    pub groups: Vec<String>,
    /// What is enforced. The draft it came from is [`Policy::draft`].
    pub policy: Policy,
    /// What is evaluated beside it, counted and logged, and never enforced.
    pub shadow: Option<Policy>,
}

impl PolicyEntry {
    pub(crate) fn fits(&self) -> Fits<'_> {
        Fits { hosts: &self.hosts, paths: &self.paths, methods: &self.methods }
    }

    /// Whether it is for the requests of this group.
    pub(super) fn is_for_group(&self, group: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|listed| listed == group)
    }

    /// Whether every request that `other` is for is also one of these.
    pub(super) fn hides(&self, other: &Self) -> bool {
        let groups = self.groups.is_empty()
            || (!other.groups.is_empty()
                && other.groups.iter().all(|group| self.is_for_group(group)));
        groups && self.fits().includes(&other.fits())
    }
}
