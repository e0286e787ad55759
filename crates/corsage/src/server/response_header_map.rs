//! Response headers, in whatever type a framework keeps them.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Replaced;

/// A framework's own map of response headers, where that is not [`http::HeaderMap`].
pub trait ResponseHeaderMap {
    /// What a request's origin is kept in until it is put on the response.
    type Origin;

    /// Shows the names of headers, in any case and any number of times: every `Access-Control-…`, and `Vary`. Others
    /// may be left out.
    fn each_name(&self, see: impl FnMut(&str));

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

    #[inline]
    fn each_name(&self, mut see: impl FnMut(&str)) {
        for name in self.keys().filter(|name| !is_ordinary(name)) {
            see(name.as_str());
        }
    }

    #[cold]
    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        // One after another: to collect them first would allocate.
        let mut replaced = Replaced::Nothing;
        while let Some(name) = self.keys().find(|name| pick(name.as_str())).cloned() {
            self.remove(name);
            replaced = Replaced::HandlersHeaders;
        }
        replaced
    }

    #[inline]
    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.insert(name, value.clone());
    }

    #[inline]
    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: HeaderValue) {
        self.insert(name, origin);
    }

    #[inline]
    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.append(name, value.clone());
    }

    #[inline]
    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.get_all(name).iter().any(|line| test(line.as_bytes()))
    }
}

/// Headers that handlers set every day. The names of the standard are numbers to `http`, so that to know these costs less
/// than to read them.
#[inline]
fn is_ordinary(name: &HeaderName) -> bool {
    use http::header;
    *name == header::CONTENT_TYPE
        || *name == header::CONTENT_LENGTH
        || *name == header::CACHE_CONTROL
        || *name == header::DATE
        || *name == header::SERVER
        || *name == header::SET_COOKIE
        || *name == header::ETAG
        || *name == header::LAST_MODIFIED
        || *name == header::EXPIRES
        || *name == header::CONTENT_ENCODING
        || *name == header::TRANSFER_ENCODING
        || *name == header::CONNECTION
        || *name == header::LOCATION
        || *name == header::STRICT_TRANSPORT_SECURITY
        || *name == header::X_CONTENT_TYPE_OPTIONS
        || *name == header::CONTENT_SECURITY_POLICY
}
