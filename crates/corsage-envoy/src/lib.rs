//! A CORS policy inside Envoy, as a [dynamic module]: a shared library that Envoy loads and asks about every request.
//!
//! ```text
//!   Envoy  <—  C  —>  abi.rs      every `unsafe` of this project; panics end here
//!                       |
//!                    filter.rs    one exchange: judged, answered or passed on, its response amended
//!                    config.rs    the filter's configuration, and a route's: files as the gateway reads them
//!                    counters.rs  what is counted in Envoy's statistics
//! ```
//!
//! Above `abi.rs` a `Stream` is all there is of Envoy, so that tests can be one. There is no rule of CORS here: it
//! asks `corsage-enforce`, as the gateway does.
//!
//! [dynamic module]: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/dynamic_modules
#![deny(unsafe_code)]

// Test programs have no Envoy around them, whose functions this calls.
#[cfg(not(test))]
#[expect(unsafe_code, reason = "the one place: Envoy speaks C")]
mod abi;
mod config;
mod counters;
mod filter;
mod recent;
mod response_headers;
mod stream;
#[cfg(test)]
mod tests;

#[cfg(not(test))]
use stream::Stream;
