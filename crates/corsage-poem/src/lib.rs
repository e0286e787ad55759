//! CORS as [poem](https://docs.rs/poem) middleware.
//!
//! ```
//! use corsage::server::PolicyDraft;
//! use corsage_poem::Cors;
//! use poem::{EndpointExt, Route, get, endpoint::make_sync};
//!
//! let policy = PolicyDraft::new()
//!     .origins(["https://app.example"])
//!     .methods(["PUT", "DELETE"])
//!     .headers(["content-type"])
//!     .compile()?;
//! let app = Route::new().at("/", get(make_sync(|_| "hello"))).with(Cors::new(policy));
//! # let _ = app;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! Put it on last: with poem, what is added last is outermost, and what answers before this one
//! (authentication, rate limits) answers without the headers, and kills preflights. Preflights never reach
//! what is inside; every other `OPTIONS` does.
//!
//! Errors are made into responses here, so that they carry the headers: handlers of errors (`catch_error`)
//! belong inside. A panic becomes a 500, unless [`Panics::Propagate`] is set.
//!
//! An endpoint may wear a policy of its own: `.at("/public", get(public).with(Cors::new(open)))`. Policies
//! stand beside each other, not around each other: of two, the outer one has the last word.
//!
//! Origins that only a database knows: [`Cors::looking_up`].
//!
//! There is no rule of CORS in this crate: it asks
//! [`Policy::decide`](corsage::server::Policy::decide).

mod middleware;

pub use corsage::server::{Panics, RecordDecisions, RecordedDecision, WebSockets};
pub use middleware::{Cors, CorsEndpoint};
