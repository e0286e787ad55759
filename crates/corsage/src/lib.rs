//! CORS, both halves, as one engine.
//!
//! - [`terms`]: what both halves speak of: origins, sites, methods, header names.
//! - [`server`] (feature `server`): a policy that is checked, compiled and turned into headers.
//! - [`browser`] (feature `browser`): the fetch machine, without I/O and without a clock.

#![forbid(unsafe_code)]

pub mod terms;

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(all(feature = "browser", feature = "server"))]
pub mod exchange;
#[cfg(feature = "server")]
pub mod server;
