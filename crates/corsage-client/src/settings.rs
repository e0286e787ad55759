//! What a [`BrowserBuilder`](crate::BrowserBuilder) sets of the network.

use std::time::Duration;

/// Which machines are connected to, whatever a URL, a redirect or a resolver says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Any.
    #[default]
    Anywhere,
    /// This one alone: 127.0.0.0/8 and ::1.
    Loopback,
}

/// Which versions of HTTP are offered to servers with TLS. Without TLS browsers speak HTTP/1.1 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersions {
    /// HTTP/2, and HTTP/1.1 to whoever has no other, as browsers do.
    #[default]
    All,
    /// HTTP/1.1 alone: what a proxy in the way may leave of an offer.
    Http1,
}

/// Which certificates of servers are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificates {
    /// Those that lead to a trusted root.
    #[default]
    Verified,
    /// Every one: for test beds on one's own machine. Whoever sits between reads and writes everything.
    Any,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For a response's head, and between two parts of its body.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60) }
    }
}
