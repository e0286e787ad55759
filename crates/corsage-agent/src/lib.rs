//! The protocol of `corsage agent`: a `fetch` that obeys CORS as browsers do, over lines of JSON.
//!
//! [`Parser`] reads requests, without any I/O; it is what a binding to another language needs. With the
//! feature `serve`, [`serve`] answers standard input on standard output.
//!
//! ```
//! use corsage_agent::{Operation, Parser};
//!
//! let mut parser = Parser::default();
//! let request = parser.parse(br#"{"id": 1, "op": "hello"}"#).unwrap();
//! assert!(matches!(request.operation, Operation::Hello));
//!
//! // Every field that is wrong is named at once.
//! let malformed = parser.parse(br#"{"id": 2, "op": "fetch", "url": 5}"#).unwrap_err();
//! assert_eq!(malformed.id, 2);
//! assert!(malformed.message.contains("client is missing") && malformed.message.contains("url"));
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod fields;
mod parse;

#[cfg(feature = "serve")]
mod input;
#[cfg(feature = "serve")]
mod output;
#[cfg(feature = "serve")]
mod pending;
#[cfg(feature = "serve")]
mod reply;
#[cfg(feature = "serve")]
mod serve;

pub use parse::{Fetch, Malformed, Operation, Parser, ReplyBody, Request};
#[cfg(feature = "serve")]
pub use serve::serve;
