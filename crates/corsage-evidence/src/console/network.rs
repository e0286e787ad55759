//! Messages that do not speak of CORS, although people take them for it, and that have codes.

use corsage::browser::Code;

use super::recognised::{Recognised, between, first_url, owned};
use super::topics::method;

const SIGNS: &[(&str, Code)] = {
    use Code as C;
    &[
        ("ERR_NAME_NOT_RESOLVED", C::DnsFailed),
        ("ERR_NAME_RESOLUTION_FAILED", C::DnsFailed),
        ("ERR_CONNECTION_", C::ConnectionFailed),
        ("ERR_EMPTY_RESPONSE", C::ConnectionFailed),
        ("ERR_BLOCKED_BY_CLIENT", C::ConnectionFailed),
        ("ERR_BLOCKED_BY_ADMINISTRATOR", C::ConnectionFailed),
        ("ERR_ADDRESS_UNREACHABLE", C::ConnectionFailed),
        ("ERR_ADDRESS_INVALID", C::ConnectionFailed),
        ("ERR_TUNNEL_CONNECTION_FAILED", C::ConnectionFailed),
        ("ERR_PROXY_CONNECTION_FAILED", C::ConnectionFailed),
        ("ERR_SOCKET_NOT_CONNECTED", C::ConnectionFailed),
        ("ERR_NETWORK_CHANGED", C::ConnectionFailed),
        ("ERR_NETWORK_ACCESS_DENIED", C::ConnectionFailed),
        ("ERR_HTTP2_", C::HttpMalformed),
        ("ERR_QUIC_", C::HttpMalformed),
        ("ERR_INVALID_HTTP_RESPONSE", C::HttpMalformed),
        ("ERR_INCOMPLETE_CHUNKED_ENCODING", C::HttpMalformed),
        ("ERR_CONTENT_LENGTH_MISMATCH", C::HttpMalformed),
        ("ERR_INVALID_CHUNKED_ENCODING", C::HttpMalformed),
        ("ERR_RESPONSE_HEADERS_", C::HttpMalformed),
        ("ERR_CONTENT_DECODING_FAILED", C::ContentDecodingFailed),
        ("ERR_CERT_", C::TlsFailed),
        ("ERR_SSL_CLIENT_AUTH", C::ClientCertificateNeeded),
        ("ERR_BAD_SSL_CLIENT_AUTH_CERT", C::ClientCertificateNeeded),
        ("ERR_SSL_", C::TlsFailed),
        ("ERR_TIMED_OUT", C::TimedOut),
        ("ERR_INTERNET_DISCONNECTED", C::Offline),
        ("ERR_ABORTED", C::Aborted),
        ("ERR_UNSAFE_PORT", C::BadPort),
        ("ERR_UNSAFE_REDIRECT", C::RedirectSchemeNotHttp),
        ("ERR_TOO_MANY_REDIRECTS", C::RedirectLimit),
        ("ERR_INVALID_REDIRECT", C::RedirectLocationInvalid),
        ("ERR_CACHE_MISS", C::CacheMissOnlyIfCached),
        ("ERR_H2_OR_QUIC_REQUIRED", C::StreamNeedsHttp2),
        ("ERR_INVALID_ARGUMENT", C::StreamCannotBeReplayed),
        ("ERR_UNKNOWN_URL_SCHEME", C::SchemeNotFetchable),
        ("ERR_DISALLOWED_URL_SCHEME", C::SchemeNotFetchable),
        ("ERR_INVALID_URL", C::DataUrlInvalid),
        ("ERR_BLOCKED_BY_ORB", C::OrbBlocked),
        // The column *Status* of Chromium's list of requests, and the names in its protocol.
        ("blocked:mixed-content", C::MixedContent),
        ("blocked:NotSameSite", C::CorpNotSameSite),
        ("blocked:corp-not-same-site", C::CorpNotSameSite),
        ("blocked:NotSameOrigin)", C::CorpNotSameOrigin),
        ("blocked:corp-not-same-origin-after-defaulted", C::CorpRequiredByCoep),
        ("blocked:corp-not-same-origin", C::CorpNotSameOrigin),
        ("blocked:coep-frame-resource-needs-coep-header", C::FrameWithoutEmbedderPolicy),
        ("(blocked:other)", C::ConnectionFailed),
        ("ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS", C::LnaPermissionDenied),
        ("ERR_BLOCKED_BY_PRIVATE_NETWORK_ACCESS", C::LnaPermissionDenied),
        ("NotSameOriginAfterDefaultedToSameOriginByCoep", C::CorpRequiredByCoep),
        ("CoepFrameResourceNeedsCoepHeader", C::FrameWithoutEmbedderPolicy),
        ("ERR_BLOCKED_BY_RESPONSE.NotSameSite", C::CorpNotSameSite),
        ("ERR_BLOCKED_BY_RESPONSE", C::CorpNotSameOrigin),
        ("due to its Cross-Origin-Resource-Policy header", C::CorpNotSameOrigin),
        ("Request mode is 'same-origin' but", C::SameOriginModeCrossOriginUrl),
        ("URL scheme must be 'http' or 'https' for CORS request", C::SchemeNotCorsEnabled),
        ("' is not supported.", C::SchemeNotCorsEnabled),
        ("Mixed Content:", C::MixedContent),
        ("mixed active content", C::MixedContent),
        ("mixed content", C::MixedContent),
        ("requested insecure content from", C::MixedContent),
        ("Request with GET/HEAD method cannot have body", C::BodyWithGetOrHead),
        ("HEAD or GET Request cannot have a body", C::BodyWithGetOrHead),
        ("URL that includes credentials", C::UrlHasCredentials),
        ("url with embedded credentials", C::UrlHasCredentials),
        ("Failed to parse URL", C::InvalidUrl),
        ("Failed to execute 'fetch' on 'Window': Referrer '", C::InvalidReferrer),
        ("is not a valid URL", C::InvalidUrl),
        ("is unsupported in no-cors mode", C::NoCorsMethodNotSafelisted),
        ("HTTP method is unsupported", C::ForbiddenMethod),
        ("is not a valid HTTP method", C::InvalidMethod),
        ("Invalid request method", C::InvalidMethod),
        ("Invalid request mode navigate", C::NavigateModeNotAllowed),
        ("whose mode member is set as 'navigate'", C::NavigateModeNotAllowed),
        ("is an invalid header name", C::InvalidHeaderName),
        ("is an invalid header value", C::InvalidHeaderValue),
        ("'Window': Invalid name", C::InvalidHeaderName),
        ("'Window': Invalid value", C::InvalidHeaderValue),
        ("Refused to set unsafe header", C::ForbiddenHeaderDropped),
        ("Attempt to set a forbidden header was denied", C::ForbiddenHeaderDropped),
        ("'duplex' member must be specified", C::StreamNeedsDuplexHalf),
        ("If request is made from ReadableStream, mode should be", C::StreamModeNotAllowed),
        ("'only-if-cached' can be set only with", C::OnlyIfCachedNeedsSameOriginMode),
        ("Failed to find a valid digest", C::IntegrityMismatch),
        ("hashes in the integrity attribute match", C::IntegrityMismatch),
        ("strict MIME type checking is enabled", C::NosniffBlocked),
        ("strict MIME checking is enabled", C::NosniffBlocked),
        ("(X-Content-Type-Options: nosniff)", C::NosniffBlocked),
        ("is not executable", C::MimeTypeBlocked),
        ("disallowed MIME type", C::MimeTypeBlocked),
        ("ECONNREFUSED", C::ConnectionFailed),
        ("ENOTFOUND", C::DnsFailed),
    ]
};

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let (_, code) = SIGNS.iter().find(|(sign, _)| line.contains(sign))?;
    let mut found = Recognised::code(*code, None);
    found.url = owned(match code {
        // The page's own address stands first.
        Code::MixedContent => line
            .split_once("requested an insecure")
            .or_else(|| line.split_once("requested insecure content from"))
            .map_or_else(|| first_url(line), |(_, rest)| first_url(rest)),
        _ => first_url(line),
    });
    found.origin = owned(match code {
        Code::MixedContent => between(line, "The page at '", "'"),
        _ => None,
    });
    found.subject = owned(between(line, "unsafe header '", "'"));
    found.method = method(line);
    Some(found)
}
