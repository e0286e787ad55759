//! Asserts what pages can fetch from a server, in its integration tests, judged by the browser's half
//! of Corsage: a preflight goes first where a browser would send one, and a failure tells what a
//! browser tells, and what to change.
//!
//! ```
//! use axum::{Router, routing::put};
//! use corsage::server::PolicyDraft;
//! use corsage_test::{InMemory, PageFetch, assert_page_can, assert_page_cannot};
//! use corsage_tower::CorsLayer;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let policy = PolicyDraft::new().origins(["https://app.example"]).methods(["PUT"]).compile()?;
//! let router = Router::new().route("/", put(|| async { "ok" })).layer(CorsLayer::new(policy));
//! let server = InMemory(router);
//!
//! let fetch = PageFetch::new("https://api.example/").method("PUT");
//! assert_page_can(&fetch.clone().from("https://app.example"), &server).await;
//! assert_page_cannot(&fetch.from("https://evil.example"), &server).await;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Network`] asks a server that listens, [`InMemory`] any tower service: an axum `Router`, for one.

mod account;
mod assert;
mod drive;
mod page_fetch;
mod server;

pub use assert::{assert_page_can, assert_page_cannot};
pub use corsage::browser::{Code, CredentialsMode, FilteredResponse, NetworkError, Profile};
pub use page_fetch::{Failure, PageFetch};
pub use server::{InMemory, Network, Server};
