//! CORS as a [Rocket](https://docs.rs/rocket) fairing.
//!
//! ```
//! use corsage::server::PolicyDraft;
//! use corsage_rocket::Cors;
//! use rocket::{get, routes};
//!
//! #[get("/")]
//! fn hello() -> &'static str {
//!     "hello"
//! }
//!
//! let policy = PolicyDraft::new()
//!     .origins(["https://app.example"])
//!     .methods(["PUT", "DELETE"])
//!     .headers(["content-type"])
//!     .compile()?;
//! let rocket = rocket::build().mount("/", routes![hello]).attach(Cors::new(policy));
//! # let _ = rocket;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! There is nothing else to do: no route for `OPTIONS`, no guard. The fairing mounts a route before all
//! others that answers preflights, so that no guard can refuse them, and lets every other `OPTIONS`
//! through. The headers go on every response, those of catchers and of handlers that panicked among them.
//! Attach it once; fairings that make responses of their own are attached before it.
//!
//! Policies differ by path: [`Cors::under`].
//!
//! What the fairing never sees is what Rocket refuses before it: requests with a method that Rocket does
//! not know.
//!
//! Beware of Rocket's `_method`: a form that a page posts without any preflight runs as PUT or DELETE if
//! it says so in that field. CORS does not stop it; `DisallowedWrites::Refuse` in the policy does.
//!
//! Origins that only a database knows: [`Cors::looking_up`].
//!
//! There is no rule of CORS in this crate: it asks
//! [`Policy::decide`](corsage::server::Policy::decide).

mod convert;
mod fairing;

pub use corsage::server::{RecordDecisions, RecordedDecision, WebSockets};
pub use fairing::{Cors, recorded_decision};
