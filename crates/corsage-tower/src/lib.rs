//! CORS as a [`tower`](https://docs.rs/tower) layer, for axum, tonic, hyper and every other server
//! that speaks `Service<http::Request<_>>`.
//!
//! ```
//! use corsage::server::PolicyDraft;
//! use corsage_tower::CorsLayer;
//!
//! let policy = PolicyDraft::new()
//!     .origins(["https://app.example"])
//!     .methods(["PUT", "DELETE"])
//!     .headers(["content-type"])
//!     .compile()?;
//! let layer = CorsLayer::new(policy);
//! # let _ = layer;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! Put it outermost: what answers before it (authentication, rate limits) answers without the headers, and
//! the page cannot read why. Preflights never reach what is inside; every other `OPTIONS` does. Whatever
//! is answered inside carries the headers: 401, 404, 405, 429, time-outs, and a panic too, which becomes
//! a 500 unless [`Panics::Propagate`] is set.
//!
//! Origins that only a database knows: [`CorsLayer::looking_up`].
//!
//! The layer holds no rule of its own: it asks [`Policy::decide`](corsage::server::Policy::decide).

mod future;
mod layer;
mod lookup;
mod service;

pub use corsage::server::{Panics, RecordDecisions, RecordedDecision, WebSockets};
pub use future::ResponseFuture;
pub use layer::CorsLayer;
pub use lookup::{Lookup, LookupFuture, LookupLayer};
pub use service::Cors;
