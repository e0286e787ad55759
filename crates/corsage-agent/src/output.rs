//! Standard output: whole lines, one after the other.

use std::io::Write;
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::mpsc;

/// Replies that wait for a slow reader; further ones wait with whoever makes them.
const QUEUE: usize = 64;

/// Where replies go. Clones write to the same output.
#[derive(Clone, Debug)]
pub(crate) struct Output(mpsc::Sender<Value>);

/// The thread that writes; it ends with the last [`Output`], or when nobody reads any more.
pub(crate) type Writer = JoinHandle<()>;

impl Output {
    pub(crate) fn start() -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), std::thread::spawn(move || write_all(receiver)))
    }

    pub(crate) async fn send(&self, reply: Value) {
        // Fails once the output is closed; who closed it wants no reply.
        let _ = self.0.send(reply).await;
    }

    /// Resolves when nobody reads the replies any more.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

fn write_all(mut receiver: mpsc::Receiver<Value>) {
    let mut output = std::io::stdout().lock();
    while let Some(reply) = receiver.blocking_recv() {
        let mut line = reply.to_string();
        line.push('\n');
        if output.write_all(line.as_bytes()).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
