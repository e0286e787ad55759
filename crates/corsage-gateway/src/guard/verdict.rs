//! Why a request is refused before anybody looks at its meaning.

use http::StatusCode;

macro_rules! rejections {
    ($($variant:ident = $code:literal, $status:ident, $text:literal;)*) => {
        /// Why a request is refused. One row per reason: its code, its status, what the client is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Rejection { $($variant,)* }

        impl Rejection {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A stable code, for logs and metrics.
            pub(crate) fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What the client is told.
            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

rejections! {
    FramingDoubtful = "framing-doubtful", BAD_REQUEST,
        "content-length and transfer-encoding exclude each other";
    TransferCodingUnknown = "transfer-coding-unknown", BAD_REQUEST,
        "the one transfer-encoding that is taken is chunked, once";
    LengthRepeated = "length-repeated", BAD_REQUEST, "more than one content-length";
    ValuePadded = "value-padded", BAD_REQUEST, "a header's value begins or ends with space";
    HostMissing = "host-missing", BAD_REQUEST, "an HTTP/1.1 request names its host";
    HostRepeated = "host-repeated", BAD_REQUEST, "more than one host";
    HostMalformed = "host-malformed", BAD_REQUEST, "the host is not a host with an optional port";
    HostMismatch = "host-mismatch", BAD_REQUEST, "the target and the host header name different hosts";
    TargetMalformed = "target-malformed", BAD_REQUEST, "the request target is none that this method takes";
    PathEscapesRoot = "path-escapes-root", BAD_REQUEST, "the path leads above its root";
    PathAmbiguous = "path-ambiguous", BAD_REQUEST,
        "the path can be read in several ways, which lead to different servers";
    PathMalformed = "path-malformed", BAD_REQUEST, "the path holds a NUL";
    MethodMalformed = "method-malformed", BAD_REQUEST, "methods are short, and written in upper case";
    MethodRefused = "method-refused", METHOD_NOT_ALLOWED, "CONNECT and TRACE are not served";
    OriginRepeated = "origin-repeated", BAD_REQUEST, "more than one origin";
    RequestMethodRepeated = "request-method-repeated", BAD_REQUEST,
        "more than one access-control-request-method";
    RequestHeadersRepeated = "request-headers-repeated", BAD_REQUEST,
        "more than one access-control-request-headers on a request that is no preflight";
    PrivateNetworkRepeated = "private-network-repeated", BAD_REQUEST,
        "more than one access-control-request-private-network";
    ConnectionNominates = "connection-nominates", BAD_REQUEST,
        "connection names a header that is not hop-by-hop";
    NameConfusable = "name-confusable", BAD_REQUEST,
        "a header's name with underscores stands for one that is guarded";
    TooManyFields = "too-many-fields", REQUEST_HEADER_FIELDS_TOO_LARGE, "too many header fields";
    HeadTooLarge = "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "the request head is too large";
    ExpectationUnknown = "expectation-unknown", EXPECTATION_FAILED, "only 100-continue can be expected";
    TargetTooLong = "target-too-long", URI_TOO_LONG, "the request target is too long";
    TooManyRefused = "too-many-refused-preflights", TOO_MANY_REQUESTS,
        "too many preflights of origins that are not allowed";
    BodyTooSlow = "body-too-slow", REQUEST_TIMEOUT, "the body stopped coming";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "the body is too large";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Rejection;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: HashSet<_> = Rejection::ALL.iter().map(|rejection| rejection.code()).collect();
        assert_eq!(codes.len(), Rejection::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|b| b == b'-' || b.is_ascii_lowercase())));
        assert!(Rejection::ALL.iter().all(|rejection| rejection.status().is_client_error()));
    }

    #[test]
    fn the_manual_has_them_as_they_are() {
        let manual = include_str!("../../../../docs/gateway.md");
        for rejection in Rejection::ALL {
            let status = rejection.status().as_u16();
            let row = format!("| `{}` | {status} | {} |", rejection.code(), rejection.text());
            assert!(manual.contains(&row), "{row}");
        }
    }
}
