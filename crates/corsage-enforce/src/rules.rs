//! A file's policies, with what the file says besides about CORS.

use std::time::Duration;

use crate::{Judgement, Step, worth_telling};
use corsage::server::{Policy, PolicyDraft, Request};
use corsage_config::{Config, OriginCheck, PolicyEntry, PolicyTable, UpstreamCors};

/// What holds for every exchange until the next file.
#[derive(Clone, Debug)]
pub struct Rules {
    policies: PolicyTable,
    /// What no policy is for: nothing may be shared.
    rest: Policy,
    upstream_cors: UpstreamCors,
    web_sockets: OriginCheck,
    refused_origin_every: Duration,
}

/// A judgement, with the policy that made it.
#[derive(Clone, Debug)]
pub struct Judged<'r> {
    rules: &'r Rules,
    /// Its place among [`Rules::entries`].
    position: Option<usize>,
    judgement: Judgement,
}

impl Rules {
    /// The rules of a file; `None` if it has no policy, so that there is nothing to enforce.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        if config.policies.entries().is_empty() {
            return None;
        }
        Some(Self {
            policies: config.policies.clone(),
            rest: PolicyDraft::new().compile().ok()?,
            upstream_cors: config.gateway.upstream_cors,
            web_sockets: config.gateway.websocket.origins,
            refused_origin_every: config.gateway.log.refused_origin_every,
        })
    }

    /// The policies, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[PolicyEntry] {
        self.policies.entries()
    }

    /// What becomes of CORS headers that the upstream itself sends.
    #[must_use]
    pub fn upstream_cors(&self) -> UpstreamCors {
        self.upstream_cors
    }

    /// How often at most the same refusal is told of.
    #[must_use]
    pub fn refused_origin_every(&self) -> Duration {
        self.refused_origin_every
    }

    /// Judges a request. `host` is its `Host` or `:authority`, `path` its path as it came, without the query.
    #[must_use]
    pub fn judge(&self, host: &str, path: &str, request: &Request<'_>) -> Judged<'_> {
        let position = self.policies.position(host, path, request.policy_method());
        let entry = position.map(|position| &self.entries()[position]);
        let policy = entry.map_or(&self.rest, |entry| &entry.policy);
        let shadow = entry.and_then(|entry| entry.shadow.as_ref());
        Judged { rules: self, position, judgement: Judgement::of(policy, shadow, request) }
    }
}

impl Judged<'_> {
    /// The place of the policy among [`Rules::entries`]; `None` if no policy is for the request.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// What was decided.
    #[must_use]
    pub fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// The name of the policy, in logs and metrics.
    #[must_use]
    pub fn name(&self) -> &str {
        self.position.map_or("none", |position| &self.rules.entries()[position].name)
    }

    /// What to add to the policy to allow this, if that is worth a line in the log.
    #[must_use]
    pub fn advice(&self, request: &Request<'_>) -> Option<String> {
        self.judgement.refusal()?;
        let policy = self.position.map_or(&self.rules.rest, |at| &self.rules.entries()[at].policy);
        worth_telling(policy, request)
    }

    /// What goes on the response, for a request that somebody has answered already.
    #[must_use]
    pub fn into_judgement(self) -> Judgement {
        self.judgement
    }

    /// What is to be done with the request.
    #[must_use]
    pub fn step(self) -> Step {
        self.judgement.step(self.rules.web_sockets)
    }
}
