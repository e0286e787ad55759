//! What is told once, and not again for a while: refused pages, for one, which strangers choose.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Facts remembered. Strangers choose them, so memory must end somewhere; then it starts anew.
const REMEMBERED: usize = 1_024;
/// Lines per minute.
const LINES_PER_MINUTE: u32 = 30;
const MINUTE_MS: u64 = 60_000;

/// What was told lately: each fact once in a while, and so many lines a minute at most.
///
/// ```
/// use std::time::Duration;
/// use corsage_enforce::News;
///
/// let (news, every) = (News::default(), Duration::from_secs(600));
/// assert_eq!(news.is_news("api", "https://a.example is not allowed", every, 1_000), Some(0));
/// assert_eq!(news.is_news("api", "https://a.example is not allowed", every, 2_000), None);
/// ```
#[derive(Debug, Default)]
pub struct News(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When each was told of.
    seen: HashMap<(String, String), u64>,
    minute_began_ms: u64,
    lines: u32,
    suppressed: u64,
}

impl News {
    /// Whether a line is due for this fact about a policy, and how many were left out before it. `now_ms` is the
    /// time in milliseconds, since whenever.
    #[must_use]
    pub fn is_news(&self, policy: &str, fact: &str, every: Duration, now_ms: u64) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (policy.to_owned(), fact.to_owned());
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

    /// Forgets everything: a new policy makes new facts.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(600);

    #[test]
    fn news_once_and_not_too_much_of_it() {
        let news = News::default();
        assert_eq!(news.is_news("api", "a", EVERY, 1), Some(0));
        assert_eq!(news.is_news("api", "a", EVERY, 2), None);
        assert_eq!(news.is_news("other", "a", EVERY, 3), Some(0));
        let lines =
            (0..10_000).filter(|n| news.is_news("api", &n.to_string(), EVERY, 4).is_some()).count();
        assert_eq!(lines, 28);
        assert_eq!(news.is_news("api", "b", EVERY, MINUTE_MS + 1), Some(9_972));
        assert_eq!(news.is_news("api", "a", EVERY, 11 * MINUTE_MS), Some(0));
    }

    #[test]
    fn memory_ends() {
        let news = News::default();
        for minute in 0..1_000 {
            for n in 0..30 {
                let fact = format!("{minute}.{n}");
                let _ = news.is_news("api", &fact, EVERY, minute * MINUTE_MS);
            }
        }
        assert!(news.0.lock().unwrap().seen.len() <= REMEMBERED);
    }
}
