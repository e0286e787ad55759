//! [CORS-preflight cache](https://fetch.spec.whatwg.org/#concept-cache)

/// What earlier preflights granted.
#[derive(Clone, Debug, Default)]
pub struct PreflightCache {}
