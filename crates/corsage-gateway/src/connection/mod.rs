//! A client's connection.

mod drive;
mod http2_streams;
mod http2_watch;
mod proxy_protocol;
mod rewound;
mod state;
mod stream;
mod tap;

pub(crate) use drive::{Context, serve};
pub(crate) use http2_streams::{WaitsFor, now_waits_for};
pub(crate) use state::{Conn, Overdue, Peer, Scheme, Trust};
pub(crate) use stream::Stream;
use tap::Tap;
