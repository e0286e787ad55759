//! Counters, kept per thread and added up when somebody asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::json_line as json;
use super::{Lost, Outcome};

/// Upper bounds of the duration histogram, in microseconds.
pub(crate) const BUCKETS_US: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

/// What is counted for one route.
#[derive(Debug)]
pub(crate) struct RouteMetrics {
    pub(crate) name: String,
    /// How the lines of its requests end in the access log, by outcome.
    line_ends: Box<[Vec<u8>]>,
    threads: Box<[ThreadCounts]>,
}

/// One thread's counts, on cache lines of its own. It alone writes them.
#[derive(Debug, Default)]
#[repr(align(128))]
struct ThreadCounts {
    requests: [AtomicU64; Outcome::ALL.len()],
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
    preflights_granted: AtomicU64,
    /// By reason. Reasons are codes of ours: there are few.
    preflights_refused: Mutex<BTreeMap<&'static str, u64>>,
    shadow: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    upstream_cors: AtomicU64,
}

impl RouteMetrics {
    pub(crate) fn new(name: &str, threads: usize) -> Self {
        Self {
            name: name.to_owned(),
            line_ends: line_ends(name),
            threads: (0..threads).map(|_| ThreadCounts::default()).collect(),
        }
    }

    pub(crate) fn request(&self, thread: usize, outcome: Outcome, duration: Duration) {
        let counts = &self.threads[thread];
        count(&counts.requests[outcome as usize], 1);
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|&bound| us <= bound).unwrap_or(BUCKETS_US.len());
        count(&counts.buckets[bucket], 1);
        count(&counts.sum_us, us);
    }

    pub(super) fn line_end(&self, outcome: Outcome) -> &[u8] {
        &self.line_ends[outcome as usize]
    }

    pub(crate) fn preflight_granted(&self, thread: usize) {
        count(&self.threads[thread].preflights_granted, 1);
    }

    pub(crate) fn preflight_refused(&self, thread: usize, reason: &'static str) {
        add(&self.threads[thread].preflights_refused, reason);
    }

    /// The shadow policy would have decided otherwise.
    pub(crate) fn shadow_differs(
        &self,
        thread: usize,
        enforced: &'static str,
        shadow: &'static str,
    ) {
        add(&self.threads[thread].shadow, (enforced, shadow));
    }

    /// The upstream has set CORS headers itself.
    pub(crate) fn upstream_cors(&self, thread: usize) {
        count(&self.threads[thread].upstream_cors, 1);
    }

    fn sum(&self, count: impl Fn(&ThreadCounts) -> u64) -> u64 {
        self.threads.iter().map(count).sum()
    }

    pub(crate) fn requests(&self, outcome: Outcome) -> u64 {
        self.sum(|counts| counts.requests[outcome as usize].load(Relaxed))
    }

    pub(crate) fn durations(&self) -> Durations {
        Durations {
            buckets: std::array::from_fn(|bucket| {
                self.sum(|counts| counts.buckets[bucket].load(Relaxed))
            }),
            sum_us: self.sum(|counts| counts.sum_us.load(Relaxed)),
        }
    }

    pub(crate) fn preflights_granted_total(&self) -> u64 {
        self.sum(|counts| counts.preflights_granted.load(Relaxed))
    }

    pub(crate) fn preflights_refused_total(&self) -> BTreeMap<&'static str, u64> {
        merge(self.threads.iter().map(|counts| &counts.preflights_refused))
    }

    pub(crate) fn shadow_total(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        merge(self.threads.iter().map(|counts| &counts.shadow))
    }

    pub(crate) fn upstream_cors_total(&self) -> u64 {
        self.sum(|counts| counts.upstream_cors.load(Relaxed))
    }
}

/// How the lines of a route's requests end in the access log, by what became of them.
fn line_ends(route: &str) -> Box<[Vec<u8>]> {
    let end = |outcome: &Outcome| {
        let mut out = Vec::new();
        // Names of policies need no escaping.
        json::plain(&mut out, br#","route":""#, route.as_bytes());
        json::plain(&mut out, br#"","outcome":""#, outcome.label().as_bytes());
        out.extend_from_slice(b"\"}\n");
        out
    };
    Outcome::ALL.iter().map(end).collect()
}

/// A histogram, added up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Durations {
    /// Counts per bucket, the last without bound; not cumulative.
    pub(crate) buckets: [u64; BUCKETS_US.len() + 1],
    pub(crate) sum_us: u64,
}

/// Adds to a count that no other thread writes: to ask for it alone would cost more than all else here.
fn count(count: &AtomicU64, more: u64) {
    count.store(count.load(Relaxed).wrapping_add(more), Relaxed);
}

fn add<K: Ord>(map: &Mutex<BTreeMap<K, u64>>, key: K) {
    *map.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

fn merge<'m, K: Ord + Copy + 'm>(
    maps: impl Iterator<Item = &'m Mutex<BTreeMap<K, u64>>>,
) -> BTreeMap<K, u64> {
    let mut merged = BTreeMap::new();
    for map in maps {
        for (&key, count) in &*map.lock().unwrap_or_else(PoisonError::into_inner) {
            *merged.entry(key).or_default() += count;
        }
    }
    merged
}

/// What is counted for the whole gateway.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    routes: Mutex<BTreeMap<String, Arc<RouteMetrics>>>,
    pub(crate) connections: AtomicI64,
    pub(crate) connections_accepted: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) connections_timed_out: AtomicU64,
    pub(crate) tls_handshake_failures: AtomicU64,
    /// Requests that the guard refused, by code.
    rejections: Mutex<BTreeMap<&'static str, u64>>,
    /// Requests that no upstream has answered, by code.
    upstream_errors: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) reloads_succeeded: AtomicU64,
    pub(crate) reloads_failed: AtomicU64,
    pub(crate) last_reload_failed: std::sync::atomic::AtomicBool,
    /// Lines of the access log.
    pub(crate) access_log_lost: Arc<Lost>,
    /// Lines of the program's own log, if it is told of it.
    pub(crate) own_log_lost: std::sync::OnceLock<Arc<Lost>>,
}

impl Metrics {
    /// The counts of a route; the same over reloads, as counters must not fall.
    pub(crate) fn route(&self, name: &str, threads: usize) -> Arc<RouteMetrics> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let route = routes
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(RouteMetrics::new(name, threads)));
        Arc::clone(route)
    }

    pub(crate) fn routes(&self) -> Vec<Arc<RouteMetrics>> {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.values().cloned().collect()
    }

    pub(crate) fn rejected(&self, code: &'static str) {
        add(&self.rejections, code);
    }

    pub(crate) fn rejections(&self) -> BTreeMap<&'static str, u64> {
        merge(std::iter::once(&self.rejections))
    }

    pub(crate) fn upstream_failed(&self, code: &'static str) {
        add(&self.upstream_errors, code);
    }

    pub(crate) fn upstream_errors(&self) -> BTreeMap<&'static str, u64> {
        merge(std::iter::once(&self.upstream_errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up() {
        let metrics = Metrics::default();
        let route = metrics.route("api", 2);
        route.request(0, Outcome::Shared, Duration::from_micros(300));
        route.request(1, Outcome::Shared, Duration::from_secs(60));
        route.preflight_refused(1, "origin-not-listed");
        assert_eq!(metrics.route("api", 2).requests(Outcome::Shared), 2);
        assert_eq!(route.durations().buckets[1], 1);
        assert_eq!(route.durations().buckets[BUCKETS_US.len()], 1);
        assert_eq!(route.durations().sum_us, 60_000_300);
        assert_eq!(route.preflights_refused_total()["origin-not-listed"], 1);
    }
}
