//! For which other conditions a browser prints the very same words.

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::Recognised;

type C = Code;

/// Conditions that share their words in every browser.
const EVERYWHERE: &[&[Code]] = &[
    &[C::MethodNotAllowed, C::MethodCaseMismatch, C::MethodWildcardWithCredentials],
    &[C::HeaderNotAllowed, C::HeaderWildcardWithCredentials, C::AuthorizationNotCoveredByWildcard],
    &[C::LnaPermissionDenied, C::LnaPermissionsPolicy],
    &[C::OpaqueResponse, C::CanvasTainted, C::SheetRulesHidden],
    // The same words with and without X-Content-Type-Options.
    &[C::MimeTypeBlocked, C::ScriptTypeNotJavascript, C::StyleTypeNotCss, C::NosniffBlocked],
    &[C::WorkerNotSameOrigin, C::TrackWithoutCrossorigin, C::SvgReferenceNotSameOrigin],
    // Without a status in it, a line about a font or a film says no more than that.
    &[C::LoadStatusNotOk, C::ContentNotDecodable],
    // A style sheet or a picture that is no such thing may look like one of a wrong type.
    &[C::OrbBlocked, C::ContentNotDecodable, C::LoadStatusNotOk, C::StyleTypeNotCss],
];

const CHROMIUM: &[&[Code]] = &[
    &[C::SchemeNotCorsEnabled, C::RedirectSchemeNotHttp],
    &[C::NosniffBlocked, C::MimeTypeBlocked],
];

const FIREFOX: &[&[Code]] = &[
    &[C::MissingAllowOrigin, C::PreflightMissingAllowOrigin],
    &[
        C::AllowOriginMismatch,
        C::MultipleAllowOrigin,
        C::InvalidAllowOrigin,
        C::AllowOriginMismatchTainted,
        C::PreflightAllowOriginMismatch,
        C::PreflightMultipleAllowOrigin,
        C::PreflightInvalidAllowOrigin,
    ],
    &[C::WildcardOriginWithCredentials, C::PreflightWildcardOriginWithCredentials],
    &[C::AllowCredentialsNotTrue, C::PreflightAllowCredentialsNotTrue],
    &[C::SchemeNotCorsEnabled, C::RedirectSchemeNotHttp],
    &[
        C::ConnectionFailed,
        C::DnsFailed,
        C::TlsFailed,
        C::HttpMalformed,
        C::TimedOut,
        C::Offline,
        C::ClientCertificateNeeded,
        C::BadPort,
        C::RedirectLimit,
        C::RedirectLocationInvalid,
        C::RedirectSchemeNotHttp,
        C::RedirectUrlHasCredentials,
        C::PreflightNetworkError,
        C::CspConnectSrc,
    ],
    &[C::InvalidMethod, C::ForbiddenMethod, C::NoCorsMethodNotSafelisted],
    &[C::CorpNotSameOrigin, C::CorpNotSameSite, C::CorpRequiredByCoep],
];

const WEBKIT: &[&[Code]] = &[
    &[
        C::MissingAllowOrigin,
        C::AllowOriginMismatch,
        C::InvalidAllowOrigin,
        C::MultipleAllowOrigin,
        C::AllowOriginMismatchTainted,
        C::PreflightMissingAllowOrigin,
        C::PreflightAllowOriginMismatch,
        C::PreflightInvalidAllowOrigin,
        C::PreflightMultipleAllowOrigin,
    ],
    &[C::MultipleAllowOrigin, C::PreflightMultipleAllowOrigin],
    &[C::WildcardOriginWithCredentials, C::PreflightWildcardOriginWithCredentials],
    &[C::AllowCredentialsNotTrue, C::PreflightAllowCredentialsNotTrue],
    &[C::PreflightStatusNotOk, C::PreflightRedirect],
    &[C::RedirectSchemeNotHttp, C::RedirectLocationInvalid],
    &[C::CorpNotSameOrigin, C::CorpNotSameSite, C::CorpRequiredByCoep],
];

/// For what a script, a font, a film or a stream is refused, and the line does not say.
pub(super) const LOAD_FAILED: &[Code] = &[
    C::MissingAllowOrigin,
    C::AllowOriginMismatch,
    C::AllowOriginMismatchTainted,
    C::MultipleAllowOrigin,
    C::InvalidAllowOrigin,
    C::WildcardOriginWithCredentials,
    C::AllowCredentialsNotTrue,
    C::LoadStatusNotOk,
    C::ContentNotDecodable,
    C::ScriptTypeNotJavascript,
    C::StyleTypeNotCss,
    C::EventStreamTypeWrong,
    C::NosniffBlocked,
    C::MimeTypeBlocked,
    C::OrbBlocked,
    C::CorpNotSameOrigin,
    C::CorpNotSameSite,
    C::CorpRequiredByCoep,
    C::IntegrityMismatch,
    C::IntegrityOnOpaque,
    C::ConnectionFailed,
];

/// What Safari closes with `due to access control checks`.
const ACCESS_CONTROL_CHECKS: &[Code] = &[
    C::MissingAllowOrigin,
    C::AllowOriginMismatch,
    C::AllowOriginMismatchTainted,
    C::MultipleAllowOrigin,
    C::InvalidAllowOrigin,
    C::WildcardOriginWithCredentials,
    C::AllowCredentialsNotTrue,
    C::PreflightNetworkError,
    C::PreflightRedirect,
    C::PreflightStatusNotOk,
    C::PreflightMissingAllowOrigin,
    C::PreflightMultipleAllowOrigin,
    C::PreflightInvalidAllowOrigin,
    C::PreflightAllowOriginMismatch,
    C::PreflightWildcardOriginWithCredentials,
    C::PreflightAllowCredentialsNotTrue,
    C::PreflightInvalidAllowMethods,
    C::PreflightInvalidAllowHeaders,
    C::MethodNotAllowed,
    C::MethodCaseMismatch,
    C::MethodWildcardWithCredentials,
    C::HeaderNotAllowed,
    C::HeaderWildcardWithCredentials,
    C::RedirectModeError,
    C::RedirectLocationInvalid,
    C::RedirectSchemeNotHttp,
    C::RedirectLimit,
    C::RedirectUrlHasCredentials,
    C::SchemeNotCorsEnabled,
    C::CspConnectSrc,
    C::CorpNotSameOrigin,
    C::CorpNotSameSite,
    C::CorpRequiredByCoep,
];

/// What Chromium reports as `net::ERR_FAILED` and nothing else.
const NET_ERR_FAILED: &[Code] = &[
    C::MissingAllowOrigin,
    C::PreflightNetworkError,
    C::KeepaliveQuotaExceeded,
    C::RedirectModeError,
    C::OpaqueRangeResponse,
];

pub(super) fn declare(found: &mut Recognised) {
    match (found.code, found.topic) {
        (Some(code), _) => {
            let tables: &[&[&[Code]]] = match found.browser {
                Some(Browser::Chromium) => &[EVERYWHERE, CHROMIUM],
                Some(Browser::Firefox) => &[EVERYWHERE, FIREFOX],
                Some(Browser::Webkit) => &[EVERYWHERE, WEBKIT],
                None => &[EVERYWHERE, CHROMIUM, FIREFOX],
            };
            let sets =
                tables.iter().flat_map(|table| table.iter()).filter(|set| set.contains(&code));
            for other in sets.flat_map(|set| set.iter()) {
                if *other != code && !found.possible.contains(other) {
                    found.possible.push(*other);
                }
            }
            if found.browser == Some(Browser::Chromium) {
                // Once a redirect was followed, the origin that is compared may be `null`.
                match code {
                    C::AllowOriginMismatch if found.redirected_from.is_some() => {
                        found.possible.push(C::AllowOriginMismatchTainted);
                    }
                    C::AllowOriginMismatchTainted => found.possible.push(C::AllowOriginMismatch),
                    _ => {}
                }
            }
        }
        (None, Some(Topic::AccessControlChecks)) => found.possible = ACCESS_CONTROL_CHECKS.to_vec(),
        (None, Some(Topic::NetErrFailed)) => found.possible = NET_ERR_FAILED.to_vec(),
        (None, Some(Topic::LoadFailed | Topic::EventSourceType)) => {
            found.possible = LOAD_FAILED.to_vec();
        }
        (None, Some(Topic::WebSocket)) => found.possible = vec![C::WebSocketNotAccepted],
        (None, Some(Topic::ScriptError)) => found.possible = vec![C::ScriptErrorsMuted],
        (None, Some(Topic::Preload)) => found.possible = vec![C::PreloadNotReused],
        (None, Some(Topic::OldRedirectRule)) => found.possible = vec![C::PreflightRedirect],
        (None, Some(Topic::ContentSecurityPolicy)) => found.possible = vec![C::CspConnectSrc],
        _ => {}
    }
    if found.code == Some(C::PreflightRedirect) && found.browser != Some(Browser::Webkit) {
        found.possible.push(C::PreflightStatusNotOk);
    }
}
