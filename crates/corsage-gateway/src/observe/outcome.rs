//! What became of a request, in words of which there are few: labels of metrics.

macro_rules! outcomes {
    ($($variant:ident = $label:literal, $doc:literal;)*) => {
        /// What became of a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(usize)]
        pub(crate) enum Outcome { $(#[doc = $doc] $variant,)* }

        impl Outcome {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub(crate) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

outcomes! {
    NotCors = "not_cors", "Forwarded; no `Origin`.";
    Shared = "shared", "Forwarded; the page may read the response.";
    Withheld = "withheld", "Forwarded; the page may not read the response.";
    PreflightGranted = "preflight_granted", "A preflight, granted here.";
    PreflightRefused = "preflight_refused", "A preflight, refused here.";
    Upgraded = "upgraded", "The connection changed its protocol.";
    Blocked = "blocked", "Refused for its origin: a WebSocket, or a cross-origin write.";
    Rejected = "rejected", "Refused by the guard, or for its size.";
    GatewayError = "gateway_error", "The upstream did not answer: 502, 503, 504.";
    Aborted = "aborted", "The client or the upstream broke off in the middle.";
}
