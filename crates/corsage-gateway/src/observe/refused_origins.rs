//! One line in the log per newly refused page: what to add to allow it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock;

/// Refusals remembered. Strangers choose them, so memory must end somewhere; then it starts anew.
const REMEMBERED: usize = 1_024;
/// Lines per minute.
const LINES_PER_MINUTE: u32 = 30;
const MINUTE_MS: u64 = 60_000;

/// What was refused lately.
#[derive(Debug, Default)]
pub(crate) struct RefusedOrigins(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When each was told of.
    seen: HashMap<(String, String), u64>,
    minute_began_ms: u64,
    lines: u32,
    suppressed: u64,
}

impl RefusedOrigins {
    /// Whether a line is due for this refusal, and how many were left out before it.
    pub(crate) fn is_news(&self, policy: &str, refusal: &str, every: Duration) -> Option<u64> {
        self.is_news_at(policy, refusal, every, clock::now_ms())
    }

    fn is_news_at(&self, policy: &str, refusal: &str, every: Duration, now_ms: u64) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (policy.to_owned(), refusal.to_owned());
        if let Some(told_ms) = state.seen.get(&key)
            && u128::from(now_ms.saturating_sub(*told_ms)) < every.as_millis()
        {
            return None;
        }
        if now_ms.saturating_sub(state.minute_began_ms) >= MINUTE_MS {
            state.minute_began_ms = now_ms;
            state.lines = 0;
        }
        if state.lines >= LINES_PER_MINUTE {
            state.suppressed += 1;
            return None;
        }
        state.lines += 1;
        if state.seen.len() >= REMEMBERED {
            state.seen.clear();
        }
        state.seen.insert(key, now_ms);
        Some(std::mem::take(&mut state.suppressed))
    }

    /// Forgets everything: a new policy may refuse for new reasons.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(600);

    #[test]
    fn news_once_and_not_too_much_of_it() {
        let refused = RefusedOrigins::default();
        assert_eq!(refused.is_news_at("api", "a", EVERY, 1), Some(0));
        assert_eq!(refused.is_news_at("api", "a", EVERY, 2), None);
        assert_eq!(refused.is_news_at("other", "a", EVERY, 3), Some(0));
        let lines = (0..10_000)
            .filter(|n| refused.is_news_at("api", &n.to_string(), EVERY, 4).is_some())
            .count();
        assert_eq!(lines, 28);
        assert_eq!(refused.is_news_at("api", "b", EVERY, MINUTE_MS + 1), Some(9_972));
        assert_eq!(refused.is_news_at("api", "a", EVERY, 11 * MINUTE_MS), Some(0));
    }

    #[test]
    fn memory_ends() {
        let refused = RefusedOrigins::default();
        for minute in 0..1_000 {
            for n in 0..30 {
                let refusal = format!("{minute}.{n}");
                refused.is_news_at("api", &refusal, EVERY, minute * MINUTE_MS);
            }
        }
        assert!(refused.0.lock().unwrap().seen.len() <= REMEMBERED);
    }
}
