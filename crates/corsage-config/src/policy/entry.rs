//! A policy with the requests that it is for.

use corsage::server::Policy;

use super::path::Letters;
use super::{HostPattern, PathPrefix};

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
    /// What is enforced. The draft it came from is [`Policy::draft`].
    pub policy: Policy,
    /// What is evaluated beside it, counted and logged, and never enforced.
    pub shadow: Option<Policy>,
}

impl PolicyEntry {
    pub(super) fn is_for_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    pub(super) fn is_for_path(&self, path: &[u8], letters: Letters) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|prefix| prefix.covers(path, letters))
    }

    pub(super) fn is_for_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|listed| listed == method)
    }

    /// Whether every request that `other` is for is also one of these.
    pub(super) fn hides(&self, other: &Self) -> bool {
        let hosts = self.hosts.is_empty()
            || (!other.hosts.is_empty()
                && other.hosts.iter().all(|host| self.hosts.iter().any(|own| own.includes(host))));
        let paths = self.paths.is_empty()
            || (!other.paths.is_empty()
                && other
                    .paths
                    .iter()
                    .all(|path| self.is_for_path(path.as_bytes(), Letters::AsWritten)));
        let methods = self.methods.is_empty()
            || (!other.methods.is_empty()
                && other.methods.iter().all(|method| self.is_for_method(method)));
        hosts && paths && methods
    }
}
