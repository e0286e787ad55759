//! A request of actix-web, as the core reads it.

use std::slice;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use corsage::server::{self, HeaderLine};

/// A request, borrowed.
pub(crate) struct RequestLines<'r>(pub(crate) &'r ServiceRequest);

impl<'r> server::RequestLines for RequestLines<'r> {
    type Value = &'r HeaderValue;

    #[inline]
    fn is_options(&self) -> bool {
        *self.0.method() == Method::OPTIONS
    }

    #[inline]
    fn line(&self, name: &http::HeaderName) -> HeaderLine<Self::Value> {
        HeaderLine::of(all(self.0.headers(), name))
    }

    #[inline]
    fn contains(&self, name: &http::HeaderName) -> bool {
        all(self.0.headers(), name).next().is_some()
    }
}

/// All lines of that name. Those that are asked for with every request are not looked for as texts.
#[inline]
pub(crate) fn all<'a>(
    headers: &'a HeaderMap,
    name: &http::HeaderName,
) -> slice::Iter<'a, HeaderValue> {
    if *name == http::header::ORIGIN {
        headers.get_all(&header::ORIGIN)
    } else if *name == http::header::VARY {
        headers.get_all(&header::VARY)
    } else if *name == http::header::ACCESS_CONTROL_REQUEST_METHOD {
        headers.get_all(&header::ACCESS_CONTROL_REQUEST_METHOD)
    } else {
        headers.get_all(name.as_str())
    }
}
