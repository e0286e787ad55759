//! What heads that never end may cost, all of them together.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What one connection has of the budget.
#[derive(Debug, Default)]
pub(crate) struct HeadShare(AtomicUsize);

impl HeadShare {
    /// Takes so many bytes, in place of what it had; how many all have then.
    pub(crate) fn settle(&self, bytes: usize, all: &AtomicUsize) -> usize {
        // Only the connection's own thread settles its share.
        let before = self.0.load(Relaxed);
        if before == bytes {
            return all.load(Relaxed);
        }
        self.0.store(bytes, Relaxed);
        if bytes >= before {
            all.fetch_add(bytes - before, Relaxed) + (bytes - before)
        } else {
            all.fetch_sub(before - bytes, Relaxed) - (before - bytes)
        }
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.0.load(Relaxed) != 0
    }
}
