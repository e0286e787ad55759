//! Lines that say the same over and over are told once, and then how often.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// A line is not told again for so long; then it is told how often it came.
const QUIET_MS: u64 = 10_000;
/// Lines from one place in the program, however they differ, in that time.
const LINES_OF_ONE_KIND: u32 = 30;
/// Lines that are remembered. Strangers may choose them, so memory must end somewhere.
const REMEMBERED: usize = 512;

/// What has been told lately.
#[derive(Debug, Default)]
pub(crate) struct Fold(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: HashMap<u64, Told>,
    kinds: HashMap<usize, Kind>,
}

#[derive(Debug)]
struct Told {
    line: Vec<u8>,
    since_ms: u64,
    again: u64,
}

#[derive(Debug, Default)]
struct Kind {
    since_ms: u64,
    lines: u32,
    left_out: u64,
    last: Vec<u8>,
}

/// What was left out, of one line or of lines like it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// This line came so often again.
    Again(u64),
    /// So many more lines came from the place that this one comes from.
    Alike(u64),
}

impl Fold {
    /// Whether this line is to be written now. `kind` is the place in the program that it comes from.
    pub(crate) fn is_news(&self, kind: usize, line: &[u8], now_ms: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = hasher.finish();
        if let Some(told) = state.lines.get_mut(&key)
            && told.line == line
        {
            told.again += 1;
            return false;
        }
        let of_kind = state.kinds.entry(kind).or_default();
        if of_kind.lines == 0 {
            of_kind.since_ms = now_ms;
        }
        if of_kind.lines >= LINES_OF_ONE_KIND {
            of_kind.left_out += 1;
            of_kind.last.clear();
            of_kind.last.extend_from_slice(line);
            return false;
        }
        of_kind.lines += 1;
        if state.lines.len() < REMEMBERED {
            let told = Told { line: line.to_vec(), since_ms: now_ms, again: 0 };
            state.lines.insert(key, told);
        }
        true
    }

    /// What has been left out of late, each with a line to show it by; every so often somebody asks.
    pub(crate) fn left_out(&self, now_ms: u64, end: Ended) -> Vec<(Vec<u8>, LeftOut)> {
        let is_over =
            |since_ms: u64| end == Ended::All || now_ms.saturating_sub(since_ms) >= QUIET_MS;
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left_out = Vec::new();
        state.lines.retain(|_, told| {
            if !is_over(told.since_ms) {
                return true;
            }
            if told.again == 0 {
                return false;
            }
            left_out.push((told.line.clone(), LeftOut::Again(told.again)));
            // It goes on, perhaps: the next ones count anew.
            (told.since_ms, told.again) = (now_ms, 0);
            true
        });
        state.kinds.retain(|_, kind| {
            if !is_over(kind.since_ms) {
                return true;
            }
            if kind.left_out > 0 {
                left_out.push((std::mem::take(&mut kind.last), LeftOut::Alike(kind.left_out)));
            }
            false
        });
        left_out
    }
}

/// Which of the quiet times count as over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Those that are.
    Due,
    /// All: the program ends.
    All,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_line_is_told_once_and_then_how_often() {
        let fold = Fold::default();
        assert!(fold.is_news(1, b"a", 1));
        for _ in 0..1_000 {
            assert!(!fold.is_news(1, b"a", 2));
        }
        assert!(fold.is_news(1, b"b", 2));
        assert_eq!(fold.left_out(5_000, Ended::Due), []);
        assert_eq!(fold.left_out(10_002, Ended::Due), [(b"a".to_vec(), LeftOut::Again(1_000))]);
        assert!(!fold.is_news(1, b"a", 10_003));
        assert_eq!(fold.left_out(20_002, Ended::Due), [(b"a".to_vec(), LeftOut::Again(1))]);
        assert_eq!(fold.left_out(30_002, Ended::Due), []);
        assert!(fold.is_news(1, b"a", 30_003));
    }

    #[test]
    fn lines_that_differ_are_told_up_to_a_rate_and_memory_ends() {
        let fold = Fold::default();
        let lines = |kind, now| {
            (0..100_000).filter(|n: &u32| fold.is_news(kind, n.to_string().as_bytes(), now)).count()
        };
        assert_eq!(lines(1, 1), 30);
        assert_eq!(lines(2, 1), 30);
        let state = fold.0.lock().unwrap();
        assert!(state.lines.len() <= REMEMBERED);
        drop(state);
        let left_out = fold.left_out(0, Ended::All);
        assert!(left_out.contains(&(b"99999".to_vec(), LeftOut::Alike(99_970))));
    }
}
