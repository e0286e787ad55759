//! What a policy looks at.

use http::{HeaderMap, Method};

/// A request's method and headers, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    #[expect(dead_code, reason = "the decision reads it")]
    method: &'r Method,
    #[expect(dead_code, reason = "the decision reads it")]
    headers: &'r HeaderMap,
}

impl<'r> Request<'r> {
    /// Borrows what a policy looks at.
    #[must_use]
    pub fn new(method: &'r Method, headers: &'r HeaderMap) -> Self {
        Self { method, headers }
    }
}
