//! Refusals that were looked at lately, so that a stranger who asks again costs no more than another.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use corsage::server::Request;
use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

/// How many are remembered. One that is forgotten is looked at again: no more comes of it.
const REMEMBERED: usize = 256;

#[derive(Debug)]
pub(crate) struct Recent(Vec<AtomicU64>);

impl Default for Recent {
    fn default() -> Self {
        Self((0..REMEMBERED).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Recent {
    /// Whether this request's refusal has been looked at in this span of time; it has now.
    pub(crate) fn knows(
        &self,
        position: Option<usize>,
        request: &Request<'_>,
        span: Duration,
        now_ms: u64,
    ) -> bool {
        let span_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut hasher = DefaultHasher::new();
        (position, now_ms / span_ms, request.method()).hash(&mut hasher);
        for name in [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS] {
            request.headers().get(name).hash(&mut hasher);
        }
        let fact = hasher.finish().max(1);
        let slot = usize::try_from(fact % REMEMBERED as u64).unwrap_or_default();
        self.0[slot].swap(fact, Relaxed) == fact
    }
}
