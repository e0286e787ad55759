//! A request, in whatever types a framework keeps it.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Request;

/// A request as a framework has it, where that is not [`Request`]: nothing of it is converted.
pub trait PlainRequest {
    /// A header line's value, borrowed.
    type Value: AsRef<[u8]>;

    /// Whether its method is `OPTIONS`.
    fn is_options(&self) -> bool;

    /// The first header line of that name, and whether there are others.
    fn first(&self, name: &HeaderName) -> Option<(Self::Value, bool)>;

    /// Whether there is a header line of that name.
    fn contains(&self, name: &HeaderName) -> bool;
}

impl<'r> PlainRequest for Request<'r> {
    type Value = &'r HeaderValue;

    #[inline]
    fn is_options(&self) -> bool {
        self.is_options()
    }

    #[inline]
    fn first(&self, name: &HeaderName) -> Option<(Self::Value, bool)> {
        first(self.headers, name)
    }

    #[inline]
    fn contains(&self, name: &HeaderName) -> bool {
        self.headers.contains_key(name)
    }
}

#[inline]
pub(super) fn first<'r>(
    headers: &'r HeaderMap,
    name: &HeaderName,
) -> Option<(&'r HeaderValue, bool)> {
    // Where no name has two lines, one look tells.
    if headers.len() == headers.keys_len() {
        return Some((headers.get(name)?, false));
    }
    first_of_lines(headers, name)
}

#[cold]
fn first_of_lines<'r>(
    headers: &'r HeaderMap,
    name: &HeaderName,
) -> Option<(&'r HeaderValue, bool)> {
    let mut lines = headers.get_all(name).iter();
    Some((lines.next()?, lines.next().is_some()))
}
