//! Which requests something is for: by host, path prefix and method.

use super::path::Letters;
use super::{HostPattern, PathPrefix};

/// The three conditions that policies and groups of upstreams have in common. An empty list is no condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fits<'f> {
    pub(crate) hosts: &'f [HostPattern],
    pub(crate) paths: &'f [PathPrefix],
    pub(crate) methods: &'f [String],
}

impl Fits<'_> {
    pub(super) fn is_for(
        &self,
        host: &str,
        reading: &[u8],
        letters: Letters,
        method: &str,
    ) -> bool {
        self.is_for_path(reading, letters) && self.is_for_method(method) && self.is_for_host(host)
    }

    /// Whether it may be for a request whose path has no reading that everybody shares.
    pub(super) fn is_for_unread(&self, host: &str, method: &str) -> bool {
        self.is_for_method(method) && self.is_for_host(host)
    }

    fn is_for_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    fn is_for_path(&self, path: &[u8], letters: Letters) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|prefix| prefix.covers(path, letters))
    }

    fn is_for_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|listed| listed == method)
    }

    /// Whether every request that `other` is for is one of these.
    pub(crate) fn includes(&self, other: &Self) -> bool {
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

    /// Whether some request is one of both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        fn any<T>(some: &[T], others: &[T], meet: impl Fn(&T, &T) -> bool) -> bool {
            some.is_empty()
                || others.is_empty()
                || some.iter().any(|one| others.iter().any(|other| meet(one, other)))
        }
        let below =
            |one: &PathPrefix, other: &PathPrefix| one.covers(other.as_bytes(), Letters::AsWritten);
        any(self.hosts, other.hosts, |one, other| one.includes(other) || other.includes(one))
            && any(self.paths, other.paths, |one, other| below(one, other) || below(other, one))
            && any(self.methods, other.methods, |one, other| one == other)
    }
}
