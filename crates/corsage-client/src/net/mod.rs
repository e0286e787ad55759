//! Bytes to and from servers.

mod connect;
mod head;
mod http1;
mod network;
mod resolve;

pub(crate) use http1::{Http1Body, WireError};
pub(crate) use network::{Answer, Key, Network, Send};
pub use resolve::{Resolve, ResolveError};
