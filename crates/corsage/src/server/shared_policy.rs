//! A policy that is replaced while it is asked: atomic, and wait-free for readers.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::policy::Compiled;
use super::{OriginList, Policy, PolicyDraft, PolicyErrors};

/// A policy that can be replaced. Clones share it.
///
/// ```
/// use corsage::server::{PolicyDraft, SharedPolicy};
/// let shared = SharedPolicy::new(PolicyDraft::new().origins(["https://a.example"]).compile()?);
/// let change = shared.replace(PolicyDraft::new().origins(["https://b.example"]))?;
/// assert_eq!(change.origins_added, ["https://b.example"]);
/// assert!(shared.load().admits_origin("https://b.example"));
/// // A draft with an error leaves the old policy in force.
/// assert!(shared.replace(PolicyDraft::new().origins(["b.example"])).is_err());
/// assert!(shared.load().admits_origin("https://b.example"));
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedPolicy(Arc<ArcSwap<Compiled>>);

/// What a replacement changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// Origins and patterns that are new.
    pub origins_added: Vec<String>,
    /// Those that are gone.
    pub origins_removed: Vec<String>,
    /// Names of all other fields that differ.
    pub fields: Vec<&'static str>,
}

impl SharedPolicy {
    /// Starts with a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(ArcSwap::new(policy.0)))
    }

    /// The policy in force.
    #[must_use]
    pub fn load(&self) -> Policy {
        Policy(self.0.load_full())
    }

    /// Compiles a draft and puts it in force. Requests that were decided before keep their decision.
    ///
    /// # Errors
    /// The draft's problems; the old policy stays.
    pub fn replace(&self, draft: PolicyDraft) -> Result<PolicyChange, PolicyErrors> {
        Ok(self.replace_with(draft.compile()?))
    }

    /// Puts a compiled policy in force.
    pub fn replace_with(&self, policy: Policy) -> PolicyChange {
        let Policy(new) = policy;
        let old = self.0.swap(Arc::clone(&new));
        PolicyChange::between(&old.draft, &new.draft)
    }
}

impl PolicyChange {
    /// What differs between two drafts.
    #[must_use]
    pub fn between(old: &PolicyDraft, new: &PolicyDraft) -> Self {
        let mut fields = Vec::new();
        let mut compare = |name, same: bool| {
            if !same {
                fields.push(name);
            }
        };
        compare("dynamic_origins", old.dynamic_origins == new.dynamic_origins);
        compare("allow_methods", old.allow_methods == new.allow_methods);
        compare("allow_headers", old.allow_headers == new.allow_headers);
        compare("expose_headers", old.expose_headers == new.expose_headers);
        compare("allow_credentials", old.allow_credentials == new.allow_credentials);
        compare("max_age", old.max_age == new.max_age);
        compare("timing_allow_origins", old.timing_allow_origins == new.timing_allow_origins);
        compare(
            "cross_origin_resource_policy",
            old.cross_origin_resource_policy == new.cross_origin_resource_policy,
        );
        compare("disallowed_writes", old.disallowed_writes == new.disallowed_writes);
        compare("vary_also", old.vary_also == new.vary_also);
        compare("private_network_access", old.private_network_access == new.private_network_access);
        compare("preflight", old.preflight == new.preflight);
        compare("debug_header", old.debug_header == new.debug_header);
        compare("tolerate", old.tolerate == new.tolerate);
        Self {
            origins_added: missing(&old.allow_origins, &new.allow_origins),
            origins_removed: missing(&new.allow_origins, &old.allow_origins),
            fields,
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the second list has and the first has not.
fn missing(from: &OriginList, list: &OriginList) -> Vec<String> {
    if from == list {
        return Vec::new();
    }
    let known: HashSet<&str> = from.iter().collect();
    list.iter().filter(|origin| !known.contains(origin)).map(str::to_owned).collect()
}
