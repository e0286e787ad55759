//! The time, to some milliseconds. Connections note it several times a request, and look at it twice a
//! second: the clock that the kernel keeps for such uses costs a fraction of the exact one.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

/// [The form of `Date`](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7).
pub(crate) type HttpDate = [u8; 29];

thread_local! {
    /// The last date made on this thread, with its second.
    static DATE: Cell<(u64, HttpDate)> = const { Cell::new((u64::MAX, [0; 29])) };
    static VALUE: RefCell<(u64, HeaderValue)> =
        const { RefCell::new((u64::MAX, HeaderValue::from_static(""))) };
}

/// What `Date` says now.
pub(crate) fn http_date() -> HttpDate {
    let now = now_s();
    let (second, date) = DATE.get();
    if second == now {
        return date;
    }
    let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
    let date = text.as_bytes().try_into().unwrap_or(date);
    DATE.set((now, date));
    date
}

/// The same, as a header has it.
pub(crate) fn http_date_value() -> HeaderValue {
    VALUE.with_borrow_mut(|(second, value)| {
        let now = now_s();
        if *second != now
            && let Ok(fresh) = HeaderValue::from_bytes(&http_date())
        {
            (*second, *value) = (now, fresh);
        }
        value.clone()
    })
}

/// Seconds since 1970.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn now_s() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    u64::try_from(clock_gettime(ClockId::RealtimeCoarse).tv_sec).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Monotonic milliseconds; never 0, which stands for "not".
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn now_ms() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::MonotonicCoarse);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or_default();
    seconds * 1_000 + nanoseconds / 1_000_000 + 1
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now_ms() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX - 1) + 1
}
