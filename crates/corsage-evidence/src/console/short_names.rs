//! The short names that lists of requests and protocols show in place of a sentence.

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::recognised::{Recognised, first_url, owned};

/// Firefox's column *Transferred*.
const FIREFOX: &[(&str, Code)] = &[
    ("CORS Missing Allow Origin", Code::MissingAllowOrigin),
    ("CORS Multiple Origin Not Allowed", Code::MultipleAllowOrigin),
    ("CORS Multiple Allow Origin Not Allowed", Code::MultipleAllowOrigin),
    ("CORS Allow Origin Not Matching Origin", Code::AllowOriginMismatch),
    ("CORS No Allow Credentials", Code::WildcardOriginWithCredentials),
    ("CORS Not Supporting Credentials", Code::WildcardOriginWithCredentials),
    ("CORS Missing Allow Credentials", Code::AllowCredentialsNotTrue),
    ("CORS External Redirect Not Allowed", Code::PreflightRedirect),
    ("CORS Preflight Did Not Succeed", Code::PreflightStatusNotOk),
    ("CORS Invalid Allow Method", Code::PreflightInvalidAllowMethods),
    ("CORS Method Not Found", Code::MethodNotAllowed),
    ("CORS Invalid Allow Header", Code::PreflightInvalidAllowHeaders),
    ("CORS Missing Allow Header", Code::HeaderNotAllowed),
    ("CORS Request Not Http", Code::SchemeNotCorsEnabled),
    ("CORS Request Not HTTP", Code::SchemeNotCorsEnabled),
    ("CORS Not HTTP", Code::SchemeNotCorsEnabled),
    ("CORS Failed", Code::ConnectionFailed),
    ("CORS Did Not Succeed", Code::ConnectionFailed),
    ("NS_ERROR_UNKNOWN_HOST", Code::DnsFailed),
    ("NS_ERROR_CONNECTION_REFUSED", Code::ConnectionFailed),
    ("NS_ERROR_NET_RESET", Code::ConnectionFailed),
    ("NS_ERROR_NET_INTERRUPT", Code::ConnectionFailed),
    ("NS_ERROR_NET_TIMEOUT", Code::TimedOut),
    ("NS_ERROR_REDIRECT_LOOP", Code::RedirectLimit),
    ("NS_ERROR_OFFLINE", Code::Offline),
    ("NS_ERROR_DOM_CORP_FAILED", Code::CorpNotSameOrigin),
    ("NS_ERROR_INVALID_CONTENT_ENCODING", Code::ContentDecodingFailed),
    ("NS_ERROR_PORT_ACCESS_NOT_ALLOWED", Code::BadPort),
    ("NS_BINDING_ABORTED", Code::Aborted),
    ("SEC_ERROR_UNKNOWN_ISSUER", Code::TlsFailed),
    ("SSL_ERROR_", Code::TlsFailed),
    ("MOZILLA_PKIX_ERROR_", Code::TlsFailed),
];

/// The error's name in the protocol of Chromium's developer tools, which its list of requests shows too.
const CHROMIUM: &[(&str, Code)] = &[
    ("PreflightMissingAllowOriginHeader", Code::PreflightMissingAllowOrigin),
    ("MissingAllowOriginHeader", Code::MissingAllowOrigin),
    ("PreflightMultipleAllowOriginValues", Code::PreflightMultipleAllowOrigin),
    ("MultipleAllowOriginValues", Code::MultipleAllowOrigin),
    ("PreflightInvalidAllowOriginValue", Code::PreflightInvalidAllowOrigin),
    ("InvalidAllowOriginValue", Code::InvalidAllowOrigin),
    ("PreflightAllowOriginMismatch", Code::PreflightAllowOriginMismatch),
    ("AllowOriginMismatch", Code::AllowOriginMismatch),
    ("PreflightWildcardOriginNotAllowed", Code::PreflightWildcardOriginWithCredentials),
    ("WildcardOriginNotAllowed", Code::WildcardOriginWithCredentials),
    ("PreflightInvalidAllowCredentials", Code::PreflightAllowCredentialsNotTrue),
    ("InvalidAllowCredentials", Code::AllowCredentialsNotTrue),
    ("PreflightInvalidStatus", Code::PreflightStatusNotOk),
    ("PreflightDisallowedRedirect", Code::PreflightRedirect),
    ("InvalidAllowMethodsPreflightResponse", Code::PreflightInvalidAllowMethods),
    ("InvalidAllowHeadersPreflightResponse", Code::PreflightInvalidAllowHeaders),
    ("MethodDisallowedByPreflightResponse", Code::MethodNotAllowed),
    ("HeaderDisallowedByPreflightResponse", Code::HeaderNotAllowed),
    ("HeaderDisallowedByMode", Code::HeaderNotAllowed),
    ("RedirectContainsCredentials", Code::RedirectUrlHasCredentials),
    ("CorsDisabledScheme", Code::SchemeNotCorsEnabled),
    ("NoCorsRedirectModeNotFollow", Code::NoCorsRedirectModeNotFollow),
    ("LocalNetworkAccessPermissionDenied", Code::LnaPermissionDenied),
    ("InsecureLocalNetwork", Code::LnaInsecureContext),
    ("InsecurePrivateNetwork", Code::LnaInsecureContext),
    ("DisallowedByMode", Code::SameOriginModeCrossOriginUrl),
];

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let known = |table: &[(&str, Code)]| {
        table.iter().find(|(name, _)| line.contains(name)).map(|(_, code)| *code)
    };
    let mut found = if let Some(code) = known(FIREFOX) {
        Recognised::code(code, Some(Browser::Firefox))
    } else if let Some(code) = known(CHROMIUM) {
        Recognised::code(code, Some(Browser::Chromium))
    } else if [
        "CORS error",
        "CORS Error",
        "Cross-Origin Resource Sharing error",
        "NS_ERROR_DOM_BAD_URI",
        "(blocked:origin)",
    ]
    .iter()
    .any(|sign| line.split_once(sign).is_some_and(|(_, rest)| !rest.starts_with('s')))
    {
        Recognised::topic(Topic::CorsError, None)
    } else {
        return None;
    };
    found.url = owned(first_url(line));
    Some(found)
}
