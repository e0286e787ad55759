//! Errors that carry the headers.

use std::fmt;
use std::rc::Rc;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse, ResponseError};
use corsage::server::PendingHeaders;

use crate::constants::Constants;
use crate::response_headers::ResponseHeaders;

/// An error of what is inside, whose response gets the headers once it is made.
pub(crate) struct ErrorWithHeaders {
    pub(crate) error: Error,
    pub(crate) pending: PendingHeaders,
    pub(crate) constants: Rc<Constants>,
}

impl ResponseError for ErrorWithHeaders {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.error.error_response();
        self.pending.apply_to(&mut ResponseHeaders {
            headers: response.headers_mut(),
            constants: &self.constants,
        });
        response
    }
}

impl fmt::Display for ErrorWithHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for ErrorWithHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// What is inside panicked: a 500 that says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("internal server error")
    }
}

impl std::error::Error for Panicked {}

impl ResponseError for Panicked {}
