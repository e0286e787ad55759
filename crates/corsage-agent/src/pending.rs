//! Fetches that have no answer yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, watch};

/// Which fetches are under way, by their ids. Clones share the list.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    fetches: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
    count: Arc<watch::Sender<usize>>,
}

/// An id is already under way.
#[derive(Debug)]
pub(crate) struct IdInUse;

/// One fetch under way; it leaves the list when this is dropped.
#[derive(Debug)]
pub(crate) struct Entry {
    pending: Pending,
    key: String,
    abort: Arc<Notify>,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self { fetches: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    pub(crate) fn enter(&self, id: &Value) -> Result<Entry, IdInUse> {
        let (key, abort) = (id.to_string(), Arc::new(Notify::new()));
        let mut fetches = self.fetches();
        if fetches.contains_key(&key) {
            return Err(IdInUse);
        }
        fetches.insert(key.clone(), Arc::clone(&abort));
        self.count.send_replace(fetches.len());
        drop(fetches);
        Ok(Entry { pending: self.clone(), key, abort })
    }

    pub(crate) fn abort(&self, id: &Value) {
        if let Some(abort) = self.fetches().get(&id.to_string()) {
            abort.notify_one();
        }
    }

    pub(crate) fn abort_all(&self) {
        for abort in self.fetches().values() {
            abort.notify_one();
        }
    }

    /// Resolves when nothing is under way.
    pub(crate) async fn none_left(&self) {
        // Fails only without a sender, and this holds one.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn fetches(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Resolves when the caller gives up.
    pub(crate) async fn aborted(&self) {
        self.abort.notified().await;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut fetches = self.pending.fetches();
        fetches.remove(&self.key);
        self.pending.count.send_replace(fetches.len());
    }
}
