//! CORS as [actix-web](https://docs.rs/actix-web) middleware.
//!
//! ```
//! use actix_web::{App, web};
//! use corsage::server::PolicyDraft;
//! use corsage_actix::Cors;
//!
//! let policy = PolicyDraft::new()
//!     .origins(["https://app.example"])
//!     .methods(["PUT", "DELETE"])
//!     .headers(["content-type"])
//!     .compile()?;
//! let app = App::new().wrap(Cors::new(policy)).route("/", web::get().to(|| async { "hello" }));
//! # let _ = app;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! Wrap it last: actix-web runs the middleware that was wrapped last first, and what answers before
//! this one (authentication, rate limits) answers without the headers, and kills preflights.
//! Preflights never reach what is inside; every other `OPTIONS` does. Errors carry the headers too: those
//! of handlers, those that other middleware returns, and, unless [`Panics::Propagate`] is set, a
//! panic, which becomes a 500.
//!
//! A `Scope` or `Resource` may wear a policy of its own: preflights reach it by their path, whatever
//! methods are routed inside. A guard on the method, above the middleware, would keep them away.
//!
//! Origins that only a database knows: [`Cors::looking_up`].
//!
//! There is no rule of CORS in this crate: it asks
//! [`Policy::decide`](corsage::server::Policy::decide).

mod constants;
mod error;
mod future;
mod middleware;
mod mirror;
mod request_lines;
mod response_headers;

pub use corsage::server::{Panics, RecordDecisions, RecordedDecision, WebSockets};
pub use error::Panicked;
pub use future::ResponseFuture;
pub use middleware::{Cors, CorsMiddleware};
