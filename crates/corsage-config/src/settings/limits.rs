//! `[gateway.limits]` and `[gateway.pool]`

use std::time::Duration;

use crate::decode::{ByteSize, settings};

settings! {
    /// How much of each thing there may be. `"off"` where it is allowed: no limit.
    pub struct Limits {
        /// A request's head, in bytes; more is answered by 431.
        pub header_bytes: ByteSize = ByteSize::kibibytes(32),
        /// Header fields of a request; more is answered by 431.
        pub header_count: u16 = 64,
        /// Heads that have begun and not ended, on all connections together, in bytes; whoever would go beyond is
        /// answered by 503.
        pub head_budget: ByteSize = ByteSize::kibibytes(64 * 1024),
        /// Header fields of an upstream's response; more is answered by 502.
        pub response_header_count: u16 = 100,
        /// A request's body; more is answered by 413.
        pub body_bytes: Option<ByteSize> = None,
        /// Connections of clients; more wait in the system's queue.
        pub connections: Option<u32> = Some(32_768),
        /// Connections from one address; more are closed at once.
        pub connections_per_ip: Option<u32> = None,
        /// Requests that wait for or have an upstream; more are answered by 503.
        pub requests: Option<u32> = None,
        /// Preflights of origins that are not allowed, in one second and from one address; more are answered by 429.
        pub refused_preflights: Option<u32> = None,
        /// Streams that a client may have open on one HTTP/2 connection.
        pub http2_streams: u32 = 128,
        /// Streams that a client may reset, and every second one beyond, before it is asked to leave
        /// (GOAWAY). Whoever goes on resetting is cut off.
        pub http2_resets: u32 = 64,
    }
}

settings! {
    /// Connections to each upstream.
    pub struct Pool {
        /// Connections of HTTP/1 in use at once; more requests wait. `"off"`: as many as are asked for.
        pub max_connections: Option<u32> = None,
        /// Requests that may wait for one; more are answered by 503.
        pub queue: u32 = 1024,
        /// How long they may wait before they are answered by 503.
        pub queue_timeout: Duration = Duration::from_secs(5),
        /// Connections that each thread keeps while nobody needs them.
        pub max_idle: u32 = 128,
        /// For how long they are kept.
        pub idle_timeout: Duration = Duration::from_secs(60),
        /// After how long a connection is not used again, so that changes of addresses are noticed.
        pub max_age: Option<Duration> = Some(Duration::from_secs(600)),
    }
}
