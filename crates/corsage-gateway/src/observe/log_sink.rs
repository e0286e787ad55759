//! Lines on their way to where they are read: never in the way of a request.
//!
//! Serving threads hand lines over and go on; a thread of its own writes them. What a reader that has stopped, or a
//! full disk, does not take is dropped line by line, and counted.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use corsage_config::AccessLog;

/// Handed over at once and not yet written. Behind it lines are dropped.
const QUEUE: usize = 256;
/// How often whoever adds lines of its own is asked for them.
const TICK: Duration = Duration::from_secs(1);
/// A reader that shares its end with us may have made it non-blocking: asked again after this.
const AGAIN: Duration = Duration::from_millis(10);

/// Where lines go.
pub(crate) enum Output {
    /// A regular file, from which half a line can be taken back.
    File(File),
    /// Anything else.
    Stream(Box<dyn Write + Send>),
}

/// Lines that were not written, by cause.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    /// Nobody took them in time.
    pub(crate) unread: AtomicU64,
    /// The system would not write them: a full disk, a closed pipe.
    pub(crate) unwritten: AtomicU64,
}

/// Where the lines of all threads meet.
pub(crate) struct LogSink {
    queue: SyncSender<Batch>,
    lost: Arc<Lost>,
    /// What is to be written to from the next line on.
    next: Arc<Mutex<Option<Output>>>,
}

enum Batch {
    Lines(Vec<u8>),
    /// Tell when everything before is written.
    Flush(SyncSender<()>),
}

impl LogSink {
    /// Starts the writer. Once a second, `more` may add lines.
    pub(crate) fn new(
        lost: Arc<Lost>,
        out: Output,
        more: impl FnMut() -> Vec<u8> + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, batches) = sync_channel(QUEUE);
        let next = Arc::default();
        let writer = Writer { out, torn: false, lost: Arc::clone(&lost), next: Arc::clone(&next) };
        std::thread::Builder::new()
            .name("corsage-log".into())
            .spawn(move || writer.run(&batches, more))?;
        Ok(Self { queue, lost, next })
    }

    /// Hands over whole lines, or counts them as lost.
    pub(crate) fn send(&self, lines: Vec<u8>) {
        if let Err(TrySendError::Full(Batch::Lines(lines))) =
            self.queue.try_send(Batch::Lines(lines))
        {
            self.lost.unread.fetch_add(count(&lines), Relaxed);
        }
    }

    /// Writes to something else from the next line on.
    pub(crate) fn redirect(&self, out: Output) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(out);
    }

    /// Waits until what was sent is written, or the reader has stopped.
    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.queue.try_send(Batch::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(Duration::from_secs(1));
        }
    }
}

fn count(lines: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', lines).count() as u64
}

struct Writer {
    out: Output,
    /// What is written ends in the middle of a line.
    torn: bool,
    lost: Arc<Lost>,
    next: Arc<Mutex<Option<Output>>>,
}

impl Writer {
    fn run(mut self, batches: &Receiver<Batch>, mut more: impl FnMut() -> Vec<u8>) {
        loop {
            match batches.recv_timeout(TICK) {
                Ok(Batch::Lines(lines)) => self.write(&lines),
                Ok(Batch::Flush(done)) => {
                    self.write(&more());
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.write(&more()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn write(&mut self, lines: &[u8]) {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(next) = next {
            self.out = next;
            self.torn = false;
        }
        if lines.is_empty() {
            return;
        }
        if self.torn {
            if self.out.write_some(b"\n").1.is_err() {
                self.lost.unwritten.fetch_add(count(lines), Relaxed);
                return;
            }
            self.torn = false;
        }
        let (written, result) = self.out.write_some(lines);
        if result.is_ok() {
            return;
        }
        let whole = memchr::memrchr(b'\n', &lines[..written]).map_or(0, |end| end + 1);
        self.torn = whole < written && !self.out.take_back((written - whole) as u64);
        self.lost.unwritten.fetch_add(count(&lines[whole..]), Relaxed);
    }
}

impl Output {
    /// Opens what an access log is to be written to.
    pub(crate) fn open(log: &AccessLog) -> io::Result<Self> {
        Ok(match log {
            AccessLog::Off => Self::Stream(Box::new(io::sink())),
            AccessLog::Stdout => Self::Stream(Box::new(io::stdout())),
            AccessLog::File(path) => {
                let file = File::options().create(true).append(true).open(path)?;
                // Of a device or a pipe nothing can be taken back.
                match file.metadata()?.is_file() {
                    true => Self::File(file),
                    false => Self::Stream(Box::new(file)),
                }
            }
        })
    }

    /// Writes all it can, and says how much that was.
    fn write_some(&mut self, mut bytes: &[u8]) -> (usize, io::Result<()>) {
        let length = bytes.len();
        let out: &mut dyn Write = match self {
            Self::File(file) => file,
            Self::Stream(stream) => stream,
        };
        while !bytes.is_empty() {
            match out.write(bytes) {
                Ok(0) => return (length - bytes.len(), Err(io::ErrorKind::WriteZero.into())),
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(AGAIN);
                }
                Err(error) => return (length - bytes.len(), Err(error)),
            }
        }
        (length, out.flush())
    }

    /// Removes the last bytes; says whether it could.
    fn take_back(&mut self, bytes: u64) -> bool {
        let Self::File(file) = self else { return false };
        let shortened = file.metadata().map(|data| data.len().saturating_sub(bytes));
        shortened.and_then(|length| file.set_len(length)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, and no more.
    struct Small(usize, Arc<Mutex<Vec<u8>>>);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0 -= taken;
            self.1.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_not_written_is_counted_by_the_line_and_no_line_runs_into_another() {
        let (lost, seen) = (Arc::new(Lost::default()), Arc::new(Mutex::default()));
        let small = Output::Stream(Box::new(Small(8, Arc::clone(&seen))));
        let sink = LogSink::new(Arc::clone(&lost), small, Vec::new).unwrap();
        sink.send(b"one\ntwo\nthree\n".to_vec());
        sink.flush();
        assert_eq!(*seen.lock().unwrap(), b"one\ntwo\n");
        assert_eq!(lost.unwritten.load(Relaxed), 1);
        let small = Output::Stream(Box::new(Small(6, Arc::clone(&seen))));
        sink.redirect(small);
        sink.send(b"four\nfive\nsix\n".to_vec());
        sink.flush();
        assert_eq!(lost.unwritten.load(Relaxed), 3);
        assert_eq!(*seen.lock().unwrap(), b"one\ntwo\nfour\nf");
    }

    #[test]
    fn half_a_line_is_taken_back_from_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one\ntw").unwrap();
        assert!(Output::File(file.try_clone().unwrap()).take_back(2));
        assert_eq!(file.metadata().unwrap().len(), 4);
    }

    #[test]
    fn a_reader_that_has_stopped_holds_nobody_up() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                loop {
                    std::thread::park();
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lost = Arc::new(Lost::default());
        let out = Output::Stream(Box::new(Stuck));
        let sink = LogSink::new(Arc::clone(&lost), out, Vec::new).unwrap();
        for _ in 0..1_000 {
            sink.send(b"line\n".to_vec());
        }
        // One may be in the writer's hands.
        let unread = lost.unread.load(Relaxed);
        assert!((1_000 - QUEUE as u64 - 1..=1_000 - QUEUE as u64).contains(&unread), "{unread}");
    }
}
