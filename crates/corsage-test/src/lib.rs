//! Asserts what pages can fetch from a server, in its integration tests. The browser's half of Corsage
//! judges: a preflight goes first where a browser would send one, redirects are followed as browsers follow
//! them, and a failure tells what blocks, what was on the wire, and what to change.
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
//!
//! let server = InMemory(router);
//! let fetch = PageFetch::new("https://api.example/").method("PUT");
//! assert_page_can(&fetch.clone().from("https://app.example"), &server).await;
//! assert_page_cannot(&fetch.from("https://evil.example"), &server).await;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`InMemory`] asks any tower service (an axum `Router`, for one) without a socket, whatever host its URL
//! names. [`Network`] asks a server that listens, written in whatever language:
//!
//! ```no_run
//! use corsage_test::{CredentialsMode, Network, PageFetch, assert_page_can};
//!
//! # async fn test() {
//! let save = PageFetch::new("http://127.0.0.1:8080/items/1")
//!     .from("https://app.example")
//!     .method("PUT")
//!     .header("content-type", "application/json")
//!     .body(*b"{}")
//!     .credentials(CredentialsMode::Include)
//!     .cookie("session=1")
//!     .reads("x-request-id")
//!     .in_every_browser();
//! let response = assert_page_can(&save, &Network).await;
//! assert_eq!(response.status(), 200);
//! # }
//! ```
//!
//! A page can also be *told* that something went wrong: an error that carries the headers is a response,
//! so a page "can", and sees its status. That is how to test that a 401 reaches the login form.
//!
//! # What a failure looks like
//!
//! Before it stands the place of the assertion.
//!
//! ```text
#![doc = include_str!("../failure.txt")]
//! ```

mod ask;
mod assert;
mod dialect;
mod drive;
mod failure;
#[cfg(feature = "network")]
mod network;
mod page_fetch;
mod page_load;
mod report;
mod server;

pub use ask::Ask;
pub use assert::{Complaint, assert_page_can, assert_page_cannot, page_can, page_cannot};
pub use corsage::browser::load::{Access, Load, LoadKind, PageEvent, Sight, Use};
pub use corsage::browser::{
    Code, CredentialsMode, FilteredResponse, Mode, NetworkError, Profile, RedirectMode, RequestInit,
};
pub use corsage_diagnosis::Account;
pub use dialect::Dialect;
pub use failure::{Blocked, Failure};
#[cfg(feature = "network")]
pub use network::{InMemory, Network};
pub use page_fetch::PageFetch;
pub use page_load::PageLoad;
pub use report::told;
pub use server::Server;
