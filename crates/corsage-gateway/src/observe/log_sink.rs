//! Access log lines on their way to standard output: never in the way of a request.

use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::Metrics;

/// Bytes collected by one thread before they are handed over; a tick hands over the rest.
const BATCH_BYTES: usize = 32 * 1024;
/// Batches in the queue. Behind it lines are dropped and counted: a reader that has stopped must
/// not stop the gateway.
const QUEUE: usize = 256;

/// Where the lines of all threads meet.
pub(crate) struct LogSink {
    queue: SyncSender<Batch>,
    metrics: Arc<Metrics>,
}

enum Batch {
    Lines(Vec<u8>),
    /// Write to this from now on.
    Output(Box<dyn Write + Send>),
    /// Tell when everything before is written.
    Flush(SyncSender<()>),
}

impl LogSink {
    /// Starts the writer.
    pub(crate) fn new(metrics: Arc<Metrics>, out: Box<dyn Write + Send>) -> std::io::Result<Self> {
        let (queue, batches) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("corsage-log".into())
            .spawn(move || write(&batches, out))?;
        Ok(Self { queue, metrics })
    }

    fn send(&self, lines: Vec<u8>) {
        if let Err(TrySendError::Full(Batch::Lines(lines))) =
            self.queue.try_send(Batch::Lines(lines))
        {
            let count = memchr::memchr_iter(b'\n', &lines).count();
            self.metrics.log_lines_dropped.fetch_add(count as u64, Relaxed);
        }
    }

    /// Writes to something else from now on.
    pub(crate) fn redirect(&self, out: Box<dyn Write + Send>) {
        let _ = self.queue.send(Batch::Output(out));
    }

    /// Waits until what was sent is written, or the reader has stopped.
    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.queue.try_send(Batch::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(std::time::Duration::from_secs(1));
        }
    }
}

fn write(batches: &Receiver<Batch>, mut out: Box<dyn Write + Send>) {
    for batch in batches {
        match batch {
            // A closed standard output is the operator's wish.
            Batch::Output(other) => out = other,
            Batch::Lines(lines) => drop(out.write_all(&lines).and_then(|()| out.flush())),
            Batch::Flush(done) => drop(done.send(())),
        }
    }
}

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
