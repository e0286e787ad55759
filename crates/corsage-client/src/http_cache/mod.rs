//! [HTTP cache](https://fetch.spec.whatwg.org/#http-caching), as a browser has it:
//! [RFC 9111](https://www.rfc-editor.org/rfc/rfc9111) for a private cache, the six cache modes,
//! [stale-while-revalidate](https://www.rfc-editor.org/rfc/rfc5861), and parts served from what is stored.
//!
//! The key is partition and URL, neither origin nor mode nor credentials: a response to a no-cors request
//! can answer a cors one, and is judged then by the machine, as in browsers.
//!
//! Libraries for this write for shared caches and for the statuses that they know; browsers keep whatever
//! says how long it is good for, and serve ranges.

mod cache_control;
mod freshness;
mod no_vary_search;
mod range;
mod store;
mod stored;

pub(crate) use freshness::Times;
pub(crate) use store::{HttpCache, Lookup, Validation};
pub(crate) use stored::MAX_BODY_BYTES;
