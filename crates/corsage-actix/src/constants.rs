//! A policy's constant header lines, in the types of actix-web.

use actix_web::http::header::{HeaderName, HeaderValue};
use corsage::server::Policy;

/// Converted once for each worker and policy: actix-web's header types are those of `http` 0.2.
#[derive(Debug)]
pub(crate) struct Constants {
    pub(crate) policy: Policy,
    /// In the policy's order.
    lines: Vec<Option<(HeaderName, HeaderValue)>>,
}

impl Constants {
    pub(crate) fn of(policy: Policy) -> Self {
        let lines = policy.constant_headers();
        Self { lines: lines.map(|(name, value)| convert(name, value)).collect(), policy }
    }

    pub(crate) fn line(&self, place: usize) -> Option<&(HeaderName, HeaderValue)> {
        self.lines.get(place)?.as_ref()
    }
}

pub(crate) fn convert(
    name: &http::HeaderName,
    value: &http::HeaderValue,
) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}
