//! A preflight as it stands on the wire, for whoever answers it without making a map of its headers.

use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, StatusCode};

/// What a preflight asks: the values of its header lines, of which there is one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreflightLines<'r> {
    /// `Origin`.
    pub origin: &'r [u8],
    /// `Access-Control-Request-Method`.
    pub method: &'r [u8],
    /// `Access-Control-Request-Headers`; empty if there is none.
    pub headers: &'r [u8],
}

/// The answer to a preflight that is granted: lines that a policy keeps ready, and the request's origin, if that has a
/// place among them.
#[derive(Clone, Copy, Debug)]
pub struct PreflightGrant<'a> {
    pub(super) status: StatusCode,
    pub(super) lines: &'a HeaderMap,
    pub(super) origin: Option<&'a [u8]>,
}

impl<'a> PreflightGrant<'a> {
    /// The status of the answer, which has no body.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The request's origin, if it is in the answer. All else in it is the same for everybody.
    #[must_use]
    pub fn origin(&self) -> Option<&'a [u8]> {
        self.origin
    }

    /// The answer's header lines: names in lower case, with their values.
    #[inline]
    pub fn lines(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let mut origin = self.origin;
        self.lines.iter().map(move |(name, value)| match origin {
            Some(own) if *name == ACCESS_CONTROL_ALLOW_ORIGIN => {
                origin = None;
                (name.as_str(), own)
            }
            _ => (name.as_str(), value.as_bytes()),
        })
    }
}
