//! Bytes to and from servers.

mod connect;
mod head;
mod http1;
mod http2;
mod network;
mod resolve;
mod wire_error;

pub(crate) use network::{Answer, AnswerBody, Key, Network, Send};
pub use resolve::{Resolve, ResolveError};
pub(crate) use wire_error::WireError;
