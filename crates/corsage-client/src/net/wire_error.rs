//! Why there is no response.

use corsage::browser::WireFailure;

/// Why there is no response, and what was seen.
#[derive(Clone, Debug)]
pub(crate) struct WireError {
    pub(crate) failure: WireFailure,
    pub(crate) detail: String,
}

impl WireError {
    pub(crate) fn new(failure: WireFailure, detail: impl Into<String>) -> Self {
        Self { failure, detail: detail.into() }
    }
}
