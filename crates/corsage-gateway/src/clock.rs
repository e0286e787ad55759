//! Monotonic milliseconds since the process first asked; never 0.

use std::sync::OnceLock;
use std::time::Instant;

pub(crate) fn now_ms() -> u64 {
    at_ms(Instant::now())
}

pub(crate) fn at_ms(instant: Instant) -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(Instant::now);
    u64::try_from(instant.saturating_duration_since(start).as_millis()).unwrap_or(u64::MAX - 1) + 1
}
