//! The lines of one thread, until there are enough of them to be worth handing over.

use std::sync::{Arc, Mutex, PoisonError};

use super::LogSink;

/// Bytes collected before they are handed over; a tick hands over the rest.
const BATCH_BYTES: usize = 32 * 1024;

/// The lines of one thread.
pub(crate) struct LogBuffer {
    lines: Mutex<Vec<u8>>,
    sink: Arc<LogSink>,
}

impl LogBuffer {
    pub(crate) fn new(sink: Arc<LogSink>) -> Self {
        Self { lines: Mutex::default(), sink }
    }

    /// Appends one line, written by `write` with its line end.
    pub(crate) fn line(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.capacity() == 0 {
            // With room for the line that makes it full, so that it never grows.
            lines.reserve_exact(BATCH_BYTES + 4 * 1024);
        }
        write(&mut lines);
        if lines.len() >= BATCH_BYTES {
            let full = std::mem::take(&mut *lines);
            drop(lines);
            self.sink.send(full);
        }
    }

    /// Hands over what there is.
    pub(crate) fn hand_over(&self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.is_empty() {
            let full = std::mem::take(&mut *lines);
            drop(lines);
            self.sink.send(full);
        }
    }
}
