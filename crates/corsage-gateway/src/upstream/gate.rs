//! The queue for a server's connections, where there may only be so many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use corsage_config::Pool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The queue for one server, of all threads: they share it only where there is a limit.
pub(crate) struct Gate {
    places: Option<Arc<Semaphore>>,
    waiting: AtomicU32,
}

/// Too many wait already, or the wait was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl Gate {
    pub(crate) fn new(settings: &Pool) -> Self {
        let places = settings
            .max_connections
            .map(|count| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(usize::MAX))));
        Self { places, waiting: AtomicU32::new(0) }
    }

    /// Waits for a place among the connections; at once, and without one, where there is no limit.
    pub(crate) async fn enter(
        &self,
        settings: &Pool,
    ) -> Result<Option<OwnedSemaphorePermit>, QueueFull> {
        let Some(places) = &self.places else { return Ok(None) };
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Ok(Some(place));
        }
        let _waiting = Waiting::join(&self.waiting, settings.queue)?;
        let place = Arc::clone(places).acquire_owned();
        // On the heap: few wait, and none of the others should carry the room for it.
        match Box::pin(tokio::time::timeout(settings.queue_timeout, place)).await {
            Ok(Ok(place)) => Ok(Some(place)),
            Ok(Err(_)) | Err(_) => Err(QueueFull),
        }
    }
}

/// One that waits; leaves the queue on drop, when its client gives up too.
struct Waiting<'w>(&'w AtomicU32);

impl<'w> Waiting<'w> {
    fn join(count: &'w AtomicU32, limit: u32) -> Result<Self, QueueFull> {
        let this = Self(count);
        if count.fetch_add(1, Relaxed) < limit { Ok(this) } else { Err(QueueFull) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn places_are_handed_on_and_queues_end() {
        let mut settings = Pool::default();
        settings.max_connections = Some(1);
        settings.queue = 1;
        settings.queue_timeout = Duration::from_millis(20);
        let gate = Gate::new(&settings);
        let first = gate.enter(&settings).await.unwrap();
        assert!(first.is_some());
        let (second, third) = tokio::join!(gate.enter(&settings), gate.enter(&settings));
        // One waits in vain, one may not even wait.
        assert_eq!((second.err(), third.err()), (Some(QueueFull), Some(QueueFull)));
        let (second, ()) = tokio::join!(gate.enter(&settings), async { drop(first) });
        assert!(second.is_ok());
    }
}
