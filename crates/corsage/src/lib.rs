//! CORS, both halves, as one engine.
//!
//! - [`server`] (feature `server`): a policy that is checked, compiled and turned into headers.
//! - [`browser`] (feature `browser`): the fetch machine, without I/O and without a clock.
//! - [`terms`]: what both halves speak of: origins, sites, methods, header names.
//!
//! # A correct policy in five minutes
//!
//! A page on `https://app.example` wants to read what `https://api.example` answers. The browser asks the
//! API first, in headers; a policy is what the API answers. **Say who, then what, then nothing else:**
//!
//! ```
//! use std::time::Duration;
//! use corsage::server::{Credentials, PolicyDraft};
//!
//! let policy = PolicyDraft::new()
//!     // Who: the origins of your pages, as the address bar shows them, without a slash at the end.
//!     .origins(["https://app.example", "https://*.app.example"])
//!     // What else than GET, HEAD and POST, which need no listing.
//!     .methods(["PUT", "DELETE"])
//!     // Which headers pages may send. JSON bodies need content-type.
//!     .headers(["content-type", "authorization"])
//!     // Which response headers pages may read, beyond the few that everybody may.
//!     .expose(["etag"])
//!     // Only if pages send cookies: `fetch(url, { credentials: "include" })`.
//!     .credentials(Credentials::Allow)
//!     // How long browsers may remember the answer to a preflight.
//!     .max_age(Duration::from_secs(7200))
//!     .compile()?;
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```
//!
//! A policy that compiles may still have something to be told: `policy.tell_problems(|problem| eprintln!("{problem}"))`.
//! What clients of known protocols need is there as data: [`server::presets`].
//!
//! Mount it with an adapter (`corsage-tower` for axum, tonic and hyper), outermost, or ask it yourself:
//!
//! ```
//! # #[cfg(feature = "server")] {
//! use corsage::server::{Outcome, PolicyDraft, Request};
//! use http::{HeaderMap, HeaderValue, Method};
//!
//! let policy = PolicyDraft::new().origins(["https://app.example", "https://b.example"]).compile().unwrap();
//! let mut request = HeaderMap::new();
//! request.insert("origin", HeaderValue::from_static("https://app.example"));
//!
//! let decision = policy.decide(&Request::new(&Method::GET, &request));
//! assert_eq!(decision.outcome(), Outcome::Share);
//! let mut response = HeaderMap::new();
//! decision.apply(&mut response);
//! assert_eq!(response["access-control-allow-origin"], "https://app.example");
//! assert_eq!(response["vary"], "Origin");
//! # }
//! ```
//!
//! # The wrong ways, and why
//!
//! A policy that would do harm, or nothing at all, does not compile, and the report names everything that is
//! wrong with it at once:
//!
//! ```
//! use corsage::server::{Credentials, PolicyDraft, PolicyProblemCode as Code};
//! let errors = PolicyDraft::new()
//!     .origins(["https://app.example/", "app.example", "*"])
//!     .methods(["PUT, DELETE"])
//!     .credentials(Credentials::Allow)
//!     .compile()
//!     .unwrap_err();
//! let codes: Vec<_> = errors.problems().iter().map(|problem| problem.code).collect();
//! for code in [Code::TrailingSlash, Code::NoScheme, Code::WildcardWithCredentials, Code::CommaList] {
//!     assert!(codes.contains(&code), "{errors}");
//! }
//! ```
//!
//! - **Every origin, with credentials.** Browsers refuse `*` for credentialed requests, and echoing whatever
//!   `Origin` arrives gives every site the data of your user.
//! - **`null`.** It is no origin in particular: any sandboxed frame on any site has it.
//! - **`https://*example.com`, or a regular expression without anchors.** Both admit `https://evilexample.com`.
//!   `https://*.example.com` admits subdomains and nothing else, `https://?.example.com` one label and nothing else.
//! - **All subdomains of what is not yours** (`https://*.github.io`): anybody can register one.
//! - **`http` origins with credentials.** Whoever sits on the network can be that page.
//! - **`access-control-allow-origin` among the request headers.** The server sends that one.
//!
//! What must be all the same is [tolerated](server::PolicyDraft::tolerate) by name, with a reason that the next
//! reader will see.
//!
//! # What CORS does not do
//!
//! - **It protects no server.** It loosens what browsers forbid; curl and other servers never ask.
//! - **It does not stop a request from being executed.** A form's `POST` needs nobody's leave; the page just
//!   cannot read the answer. [`DisallowedWrites::Refuse`](server::DisallowedWrites::Refuse) refuses such writes;
//!   tokens or `SameSite` cookies are the usual protection.
//! - **It authenticates nobody.** `Origin` says which page asks, not which user.
//! - **It does not cover WebSockets**: see
//!   [`refuses_web_socket`](server::Decision::refuses_web_socket).
//!
//! # When it fails
//!
//! Ask the decision: [`Outcome`](server::Outcome) prints which rule failed, on what, and what to change.
//! Preflights must be answered before authentication looks at the request, as they never carry credentials;
//! and errors must carry the headers too, or pages see a network error where you sent a 401.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod terms;

pub use terms::Severity;

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(all(feature = "browser", feature = "server"))]
pub mod exchange;
#[cfg(feature = "server")]
pub mod server;
