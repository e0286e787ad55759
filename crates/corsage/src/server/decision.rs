//! The decision: one value that headers, logs, metrics, explanations and tests all read.

use super::Policy;

/// What a policy says of a request.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub(crate) _policy: &'a Policy,
}
