//! Response headers, in whatever type a framework keeps them.

use http::header::Entry;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Replaced;

/// A framework's own map of response headers, where that is not [`http::HeaderMap`].
pub trait ResponseHeaderMap {
    /// What a request's origin is kept in until it is put on the response.
    type Origin;

    /// Whether there is no line at all.
    fn is_empty(&self) -> bool;

    /// Whether there is a header whose name is picked.
    fn has_picked(&self, pick: fn(&str) -> bool) -> bool;

    /// Removes every header whose name is picked.
    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced;

    /// Sets a header; all earlier lines of that name are gone.
    fn insert(&mut self, name: &HeaderName, value: &HeaderValue);

    /// Sets a header to what depends on no request: `place` is the line's among
    /// [`Policy::constant_headers`](super::Policy::constant_headers), for an adapter that keeps them converted.
    fn insert_constant(&mut self, place: usize, name: &HeaderName, value: &HeaderValue) {
        let _ = place;
        self.insert(name, value);
    }

    /// Sets a header to the request's origin. `place` is that of the line it takes the place of, as in
    /// [`insert_constant`](Self::insert_constant).
    fn insert_origin(&mut self, place: usize, name: &HeaderName, origin: Self::Origin);

    /// Adds a line.
    fn append(&mut self, name: &HeaderName, value: &HeaderValue);

    /// Whether a line of that name passes the test.
    fn any_line(&self, name: &HeaderName, test: impl FnMut(&[u8]) -> bool) -> bool;
}

impl ResponseHeaderMap for HeaderMap {
    type Origin = HeaderValue;

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn has_picked(&self, pick: fn(&str) -> bool) -> bool {
        self.keys().any(|name| pick(name.as_str()))
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        // One look at the names: nearly always there is none. One after another: to collect them first
        // would allocate.
        let mut replaced = Replaced::Nothing;
        while let Some(name) = self.keys().find(|name| pick(name.as_str())).cloned() {
            self.remove(name);
            replaced = Replaced::HandlersHeaders;
        }
        replaced
    }

    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.insert(name.clone(), value.clone());
    }

    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: HeaderValue) {
        self.insert(name, origin);
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        match self.entry(name) {
            Entry::Vacant(vacant) => {
                vacant.insert(value.clone());
            }
            Entry::Occupied(mut occupied) => occupied.append(value.clone()),
        }
    }

    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.get_all(name).iter().any(|line| test(line.as_bytes()))
    }
}
