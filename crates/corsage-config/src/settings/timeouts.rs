//! `[gateway.timeouts]`

use std::time::Duration;

use crate::decode::settings;

settings! {
    /// How long each thing may take. `"off"` where it is allowed: for ever.
    pub struct Timeouts {
        /// A client's TLS handshake.
        pub tls_handshake: Duration = Duration::from_secs(10),
        /// From a connection's or a request's first byte to the end of its head.
        pub request_head: Duration = Duration::from_secs(10),
        /// Between two requests on one connection.
        pub keep_alive: Duration = Duration::from_secs(75),
        /// Between two pieces of a request's body.
        pub request_body_idle: Duration = Duration::from_secs(60),
        /// Between two moments at which a client takes something of a response.
        pub response_write_idle: Duration = Duration::from_secs(60),
        /// A connection to an upstream, its TLS handshake included.
        pub upstream_connect: Duration = Duration::from_secs(5),
        /// From a request's last byte to the first byte of its answer.
        pub upstream_first_byte: Duration = Duration::from_secs(60),
        /// Between two pieces of an answer's body. Streams of events are silent for long.
        pub upstream_idle: Option<Duration> = Some(Duration::from_secs(300)),
        /// A whole exchange, streams included.
        pub total: Option<Duration> = None,
        /// Silence on a connection that was upgraded, WebSockets for one.
        pub upgraded_idle: Option<Duration> = Some(Duration::from_secs(3600)),
    }
}
