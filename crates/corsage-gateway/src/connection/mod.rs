//! A client's connection.

mod drive;
mod proxy_protocol;
mod state;
mod stream;
mod tap;

pub(crate) use drive::{Context, serve};
pub(crate) use state::{Conn, Overdue, Peer, Scheme, Trust};
pub(crate) use stream::Stream;
pub(crate) use tap::{Dress, Tap};
