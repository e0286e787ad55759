//! Servers that do the same, and the choice among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use corsage_config::{Balance, GatewaySettings};

use super::{Endpoint, LoadError};
use crate::clock;
use crate::random::Random;

pub(crate) struct Cluster {
    pub(crate) endpoints: Vec<Arc<Endpoint>>,
    balance: Balance,
    turn: AtomicUsize,
}

impl Cluster {
    /// The servers of a configuration. Those that were there before keep their connections and
    /// their health.
    pub(crate) fn new(
        settings: &GatewaySettings,
        workers: usize,
        before: Option<&Self>,
    ) -> Result<Self, LoadError> {
        // Who listens nowhere sends nothing on.
        if settings.upstreams.is_empty() && !settings.listen.is_empty() {
            return Err(LoadError::NoServer);
        }
        let header_count = settings.limits.response_header_count;
        let endpoint = |upstream| {
            let kept = before.and_then(|cluster| {
                let mut endpoints = cluster.endpoints.iter();
                endpoints.find(|it| it.is_as(upstream, &settings.pool, header_count))
            });
            match kept {
                Some(endpoint) => Ok(Arc::clone(endpoint)),
                None => {
                    Endpoint::new(upstream, &settings.pool, header_count, workers).map(Arc::new)
                }
            }
        };
        let endpoints = settings.upstreams.iter().map(endpoint).collect::<Result<_, _>>()?;
        Ok(Self { endpoints, balance: settings.balance, turn: AtomicUsize::new(0) })
    }

    /// A server for a request. Those that are not well, or that have just failed this request, only
    /// if there are no others.
    pub(crate) fn pick(&self, failed: Option<&Arc<Endpoint>>, random: &Random) -> &Arc<Endpoint> {
        if let [only] = &*self.endpoints {
            return only;
        }
        let now = clock::now_ms();
        let count = self.endpoints.len();
        let start = match self.balance {
            Balance::LeastLoaded => random.below(count),
            Balance::RoundRobin => self.turn.fetch_add(1, Relaxed) % count,
        };
        let mut usable =
            (0..count).map(|step| &self.endpoints[(start + step) % count]).filter(|endpoint| {
                endpoint.health.is_available(now)
                    && failed.is_none_or(|failed| !Arc::ptr_eq(failed, endpoint))
            });
        let first = usable.next();
        // Power of two choices: the second is drawn among all others, so that a server behind one
        // that is left out gets no double share.
        let second = match self.balance {
            Balance::RoundRobin => None,
            Balance::LeastLoaded => {
                let others = usable.clone().count();
                if others > 0 { usable.nth(random.below(others)) } else { None }
            }
        };
        match (first, second) {
            (Some(first), Some(second)) if second.load.get() < first.load.get() => second,
            (Some(first), _) => first,
            (None, _) => &self.endpoints[start],
        }
    }
}
