//! Header values that live as long as the process.
//!
//! Why not simply share them? A shared value counts its copies, and cores that answer at the same time
//! fight over that count: with two of them a copy takes up to ten times as long. A `'static` value has
//! no count. What is kept is bounded, and the same text is kept once however often a policy is replaced;
//! whatever finds no room any more is shared.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

use http::HeaderValue;

/// Enough for the lists of hundreds of policies; a process that compiles policies for ever keeps no more.
const MAX_KEPT_BYTES: usize = 256 * 1024;

#[derive(Default)]
struct Kept {
    texts: HashSet<&'static str>,
    bytes: usize,
}

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// A value of that text, if it is one.
pub(super) fn constant_value(text: &str) -> Option<HeaderValue> {
    let value = HeaderValue::from_str(text).ok()?;
    match keep(text) {
        Some(kept) => Some(HeaderValue::from_static(kept)),
        None => {
            // A value's first copy makes it shared, which allocates; here, rather than on the first request.
            drop(value.clone());
            Some(value)
        }
    }
}

fn keep(text: &str) -> Option<&'static str> {
    // `from_static` takes visible ASCII only.
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut kept = KEPT.lock().ok()?;
    if let Some(known) = kept.texts.get(text) {
        return Some(known);
    }
    let bytes = kept.bytes + text.len();
    if bytes > MAX_KEPT_BYTES {
        return None;
    }
    kept.bytes = bytes;
    let leaked: &'static str = Box::leak(text.into());
    kept.texts.insert(leaked);
    Some(leaked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        let place = |text| constant_value(text).map(|value| value.as_bytes().as_ptr());
        assert_eq!(place("x-kept-once, x-b"), place("x-kept-once, x-b"));
        assert_eq!(constant_value("a\nb"), None);
    }

    #[test]
    fn what_finds_no_room_is_a_value_all_the_same() {
        let long = "x".repeat(MAX_KEPT_BYTES + 1);
        assert_eq!(constant_value(&long).map(|value| value.len()), Some(long.len()));
    }
}
