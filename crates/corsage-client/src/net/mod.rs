//! Bytes to and from servers.

mod connect;
mod head;
mod http1;
mod http2;
mod network;
mod resolve;

pub(crate) use http1::WireError;
pub(crate) use network::{Answer, AnswerBody, Key, Network, Send};
pub use resolve::{Resolve, ResolveError};
