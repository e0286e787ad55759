//! `corsage agent` from outside: the real process, its lines, and servers on real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod fetches;
mod lines;
mod process;
mod state;
mod support;
