//! The error that a panic becomes.

use std::fmt;

use actix_web::ResponseError;

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
