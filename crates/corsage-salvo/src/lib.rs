//! CORS as a [salvo](https://docs.rs/salvo) hoop.
//!
//! ```
//! use corsage::server::PolicyDraft;
//! use corsage_salvo::Cors;
//! use salvo_core::prelude::*;
//!
//! #[handler]
//! async fn hello() -> &'static str {
//!     "hello"
//! }
//!
//! let policy = PolicyDraft::new()
//!     .origins(["https://app.example"])
//!     .methods(["PUT", "DELETE"])
//!     .headers(["content-type"])
//!     .compile()?;
//! let service = Service::new(Router::new().get(hello)).hoop(Cors::new(policy));
//! # let _ = service;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! It belongs on the `Service`, and is its first hoop. There it sees every request, preflights and those
//! that no route takes among them; a router's hoops run only when a route of that router matches, and
//! nobody routes `OPTIONS`. What answers before it (authentication, rate limits) answers without the
//! headers, and kills preflights. Preflights never reach what is inside; every other `OPTIONS` does.
//! Errors carry the headers, and a panic becomes a 500, unless [`Panics::Propagate`] is set.
//!
//! Policies differ by path: [`Cors::under`]. Do not compare paths yourself, in `hoop_when` for one: the router takes
//! `/%61pi` and `//api` for `/api`, and a comparison of texts does not. Of two hoops that see the same request, the
//! first has the last word.
//!
//! Origins that only a database knows: [`Cors::looking_up`].
//!
//! There is no rule of CORS in this crate: it asks
//! [`Policy::decide`](corsage::server::Policy::decide).

mod hoop;

pub use corsage::server::{Panics, RecordDecisions, RecordedDecision, WebSockets};
pub use hoop::Cors;
