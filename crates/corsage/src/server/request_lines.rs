//! A request, in whatever types a framework keeps it.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Request;

/// A request as a framework has it, where that is not [`Request`]: for
/// [`Policy::decide_by_origin`](super::Policy::decide_by_origin), which converts nothing of it.
pub trait RequestLines {
    /// A header line's value, borrowed.
    type Value: AsRef<[u8]>;

    /// Whether its method is `OPTIONS`.
    fn is_options(&self) -> bool;

    /// The header line of that name.
    fn line(&self, name: &HeaderName) -> HeaderLine<Self::Value>;

    /// Whether there is a header line of that name.
    fn contains(&self, name: &HeaderName) -> bool;
}

/// The header line of a name of which a request has one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderLine<V> {
    /// There is none.
    Absent,
    /// There is one, as there should be.
    One(V),
    /// There are several: no browser sends them, so none of them is believed.
    Several,
}

impl<V> HeaderLine<V> {
    /// From the lines of that name.
    #[inline]
    pub fn of(mut lines: impl Iterator<Item = V>) -> Self {
        match (lines.next(), lines.next()) {
            (None, _) => Self::Absent,
            (Some(line), None) => Self::One(line),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

impl<'r> RequestLines for Request<'r> {
    type Value = &'r HeaderValue;

    #[inline]
    fn is_options(&self) -> bool {
        self.is_options()
    }

    #[inline]
    fn line(&self, name: &HeaderName) -> HeaderLine<Self::Value> {
        line(self.headers, name)
    }

    #[inline]
    fn contains(&self, name: &HeaderName) -> bool {
        self.headers.contains_key(name)
    }
}

#[inline]
pub(super) fn line<'r>(headers: &'r HeaderMap, name: &HeaderName) -> HeaderLine<&'r HeaderValue> {
    // Where no name has two lines, one look tells.
    if headers.len() == headers.keys_len() {
        return match headers.get(name) {
            Some(line) => HeaderLine::One(line),
            None => HeaderLine::Absent,
        };
    }
    line_of_several(headers, name)
}

#[cold]
fn line_of_several<'r>(headers: &'r HeaderMap, name: &HeaderName) -> HeaderLine<&'r HeaderValue> {
    HeaderLine::of(headers.get_all(name).iter())
}
