//! Request headers, in whatever type a framework keeps them.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A framework's own map of request headers, where that is not [`http::HeaderMap`].
pub trait RequestHeaderMap {
    /// A line's value, borrowed.
    type Value: AsRef<[u8]>;

    /// The first line of that name, and whether there are others.
    fn first(&self, name: &HeaderName) -> Option<(Self::Value, bool)>;

    /// Whether there is a line of that name.
    fn contains(&self, name: &HeaderName) -> bool;
}

impl<'r> RequestHeaderMap for &'r HeaderMap {
    type Value = &'r HeaderValue;

    #[inline]
    fn first(&self, name: &HeaderName) -> Option<(Self::Value, bool)> {
        // Where no name has two lines, one look tells.
        if self.len() == self.keys_len() {
            return Some((self.get(name)?, false));
        }
        first_of_lines(self, name)
    }

    #[inline]
    fn contains(&self, name: &HeaderName) -> bool {
        self.contains_key(name)
    }
}

#[cold]
fn first_of_lines<'r>(
    headers: &'r HeaderMap,
    name: &HeaderName,
) -> Option<(&'r HeaderValue, bool)> {
    let mut lines = headers.get_all(name).iter();
    Some((lines.next()?, lines.next().is_some()))
}
