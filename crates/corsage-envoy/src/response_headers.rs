//! Envoy's response headers, as the core writes them.

use corsage::server::{Replaced, ResponseHeaderMap};
use http::{HeaderName, HeaderValue};

use crate::stream::Stream;

/// The response headers of a stream.
pub(crate) struct ResponseHeaders<'s, S>(pub(crate) &'s mut S);

impl<S: Stream> ResponseHeaderMap for ResponseHeaders<'_, S> {
    type Origin = HeaderValue;

    fn each_name(&self, mut see: impl FnMut(&str)) {
        self.0.response_lines(|lines| {
            lines.iter().filter_map(|(name, _)| str::from_utf8(name).ok()).for_each(&mut see);
        });
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        let picked: Vec<String> = self.0.response_lines(|lines| {
            let names = lines.iter().filter_map(|(name, _)| str::from_utf8(name).ok());
            names.filter(|name| pick(name)).map(str::to_owned).collect()
        });
        for name in &picked {
            self.0.remove_response_header(name);
        }
        if picked.is_empty() { Replaced::Nothing } else { Replaced::HandlersHeaders }
    }

    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.0.set_response_header(name.as_str(), value.as_bytes());
    }

    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: HeaderValue) {
        self.insert(name, &origin);
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.0.add_response_header(name.as_str(), value.as_bytes());
    }

    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        let name = name.as_str().as_bytes();
        self.0.response_lines(|lines| lines.iter().any(|(own, value)| *own == name && test(value)))
    }
}
