//! A client's connection.

mod departure;
mod drive;
mod head_share;
mod http2;
mod http2_watch;
mod interim;
mod proxy_protocol;
mod rewound;
mod state;
mod stream;
mod tap;

pub(crate) use drive::{Context, serve};
pub(crate) use interim::{Interim, Listener};
pub(crate) use state::{Conn, Overdue, Peer, Scheme, Trust};
pub(crate) use stream::Stream;
use tap::Tap;
