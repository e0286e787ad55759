//! Whether a server should get requests: what probes say, and what requests have met with.

use corsage_config::PassiveHealth;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

#[derive(Debug)]
pub(crate) struct Health {
    probes_good: AtomicBool,
    /// Requests that failed in a row.
    failures: AtomicU32,
    ejected_until_ms: AtomicU64,
    /// Probe results in a row that differ from the state.
    streak: AtomicU32,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            probes_good: AtomicBool::new(true),
            failures: AtomicU32::new(0),
            ejected_until_ms: AtomicU64::new(0),
            streak: AtomicU32::new(0),
        }
    }
}

impl Health {
    pub(crate) fn is_available(&self, now_ms: u64) -> bool {
        self.probes_good.load(Relaxed) && self.ejected_until_ms.load(Relaxed) <= now_ms
    }

    /// What there is to say of it.
    pub(crate) fn state(&self, now_ms: u64) -> State {
        let until_ms = self.ejected_until_ms.load(Relaxed);
        if !self.probes_good.load(Relaxed) {
            State::FailsProbes
        } else if until_ms > now_ms {
            State::Ejected { for_ms: until_ms - now_ms }
        } else {
            State::Well
        }
    }

    /// Requests that have failed since the last one that did not.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Relaxed)
    }

    pub(crate) fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
            self.ejected_until_ms.store(0, Relaxed);
        }
    }

    /// A request has failed: after several in a row the server is left alone for a while. One
    /// more failure after that while suffices for the next.
    pub(crate) fn failed(&self, now_ms: u64, settings: &PassiveHealth) {
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        if settings.failures.is_some_and(|limit| failures >= limit) {
            let pause = u64::try_from(settings.eject_for.as_millis()).unwrap_or(u64::MAX);
            self.ejected_until_ms.store(now_ms.saturating_add(pause), Relaxed);
        }
    }

    /// Notes a probe's result; the new state, if it changed.
    pub(crate) fn probed(
        &self,
        result: Probe,
        unhealthy_after: u32,
        healthy_after: u32,
    ) -> Option<Probe> {
        let good = self.probes_good.load(Relaxed);
        let (differs, needed) = match result {
            Probe::Good => (!good, healthy_after),
            Probe::Bad => (good, unhealthy_after),
        };
        if !differs {
            self.streak.store(0, Relaxed);
            return None;
        }
        if self.streak.fetch_add(1, Relaxed) + 1 < needed {
            return None;
        }
        self.streak.store(0, Relaxed);
        self.probes_good.store(result == Probe::Good, Relaxed);
        if result == Probe::Good {
            self.succeeded();
        }
        Some(result)
    }
}

/// How a server is, and what it is left out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Well,
    /// It does not answer its probes.
    FailsProbes,
    /// Requests have failed; it is tried again after this time.
    Ejected {
        for_ms: u64,
    },
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    Good,
    Bad,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_eject() {
        let mut settings = PassiveHealth::default();
        settings.failures = Some(3);
        settings.eject_for = std::time::Duration::from_secs(1);
        let health = Health::default();
        health.failed(10, &settings);
        health.failed(10, &settings);
        assert!(health.is_available(10));
        health.failed(10, &settings);
        assert!(!health.is_available(1_009));
        assert!(health.is_available(1_010));
        health.failed(1_010, &settings);
        assert!(!health.is_available(2_009));
        health.succeeded();
        assert!(health.is_available(1_010));
        settings.failures = None;
        for _ in 0..100 {
            health.failed(10, &settings);
        }
        assert!(health.is_available(10));
    }

    #[test]
    fn probes_must_agree_before_the_state_changes() {
        let health = Health::default();
        assert_eq!(health.probed(Probe::Bad, 2, 2), None);
        assert_eq!(health.probed(Probe::Good, 2, 2), None);
        assert_eq!(health.probed(Probe::Bad, 2, 2), None);
        assert_eq!(health.probed(Probe::Bad, 2, 2), Some(Probe::Bad));
        assert!(!health.is_available(0));
        assert_eq!(health.probed(Probe::Good, 2, 1), Some(Probe::Good));
        assert!(health.is_available(0));
    }
}
