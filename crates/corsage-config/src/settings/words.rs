//! Choices of the gateway that fit on one line.

use crate::decode::choice;

choice! {
    /// What becomes of CORS headers that the upstream itself sends. They are counted in any case.
    pub enum UpstreamCors {
        /// Removed: the policy alone decides.
        Strip = "strip",
        /// Kept where the policy has nothing to say; never beside its own.
        Keep = "keep",
        /// The response is replaced by a 502, so that nobody relies on two owners.
        Refuse = "refuse",
    }
}

choice! {
    /// Who accepts connections.
    pub enum Acceptor {
        /// Each thread, on a socket of its own (SO_REUSEPORT): no hand-over between threads.
        PerThread = "per-thread",
        /// One thread, which deals connections out in turn: even with few, long-lived ones.
        Single = "single",
    }
}

choice! {
    /// How the upstream is told where a request came from.
    pub enum ForwardedHeaders {
        /// By `X-Forwarded-For`, `-Proto` and `-Host`, which nearly every server reads.
        XForwarded = "x-forwarded",
        /// By these, and by the standard `Forwarded` (RFC 7239).
        Both = "both",
    }
}

choice! {
    /// Whether the file is read again when it changes.
    pub enum Watch {
        /// On every change of the file, and on SIGHUP.
        Watch = "watch",
        /// On SIGHUP alone.
        Signal = "signal",
    }
}

choice! {
    /// Whether traces are started.
    pub enum TraceStart {
        /// `traceparent` and `tracestate` are passed on as they come.
        PassOn = "pass-on",
        /// A request that comes without `traceparent` gets one.
        WhenAbsent = "when-absent",
    }
}

choice! {
    /// Which origins may open a WebSocket.
    pub enum OriginCheck {
        /// Those that the policy allows, the server's own, and clients that send no `Origin`.
        Policy = "policy",
        /// Every one.
        Off = "off",
    }
}

choice! {
    /// Whether pages on the developer's own machine are answered whatever the policy says.
    pub enum Development {
        /// They are answered as everybody is.
        Off = "off",
        /// Pages from `localhost` and from loopback addresses are granted what they ask for, and the log tells what
        /// would have blocked them in production.
        FixAndTell = "fix-and-tell",
    }
}
