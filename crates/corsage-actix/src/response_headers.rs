//! actix-web's response headers, as the core writes them.

use actix_web::http::header::{HeaderMap, HeaderValue};
use corsage::server::{Replaced, ResponseHeaderMap};

use crate::constants::{Constants, convert};
use crate::request_lines::all;

/// A response's headers, with what is needed to convert lines into its types.
pub(crate) struct ResponseHeaders<'a> {
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) constants: &'a Constants,
}

impl ResponseHeaderMap for ResponseHeaders<'_> {
    type Origin = HeaderValue;

    fn each_name(&self, mut see: impl FnMut(&str)) {
        for name in self.headers.keys() {
            see(name.as_str());
        }
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        let before = self.headers.len();
        self.headers.retain(|name, _| !pick(name.as_str()));
        if self.headers.len() < before { Replaced::HandlersHeaders } else { Replaced::Nothing }
    }

    fn insert(&mut self, name: &http::HeaderName, value: &http::HeaderValue) {
        if let Some((name, value)) = convert(name, value) {
            self.headers.insert(name, value);
        }
    }

    fn insert_constant(&mut self, place: usize, _: &http::HeaderName, _: &http::HeaderValue) {
        if let Some((name, value)) = self.constants.line(place) {
            self.headers.insert(name.clone(), value.clone());
        }
    }

    fn insert_origin(&mut self, place: usize, _: &http::HeaderName, origin: HeaderValue) {
        if let Some((name, _)) = self.constants.line(place) {
            self.headers.insert(name.clone(), origin);
        }
    }

    fn append(&mut self, name: &http::HeaderName, value: &http::HeaderValue) {
        if let Some((name, value)) = convert(name, value) {
            self.headers.append(name, value);
        }
    }

    fn any_line(&self, name: &http::HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        all(self.headers, name).any(|line| test(line.as_bytes()))
    }
}
