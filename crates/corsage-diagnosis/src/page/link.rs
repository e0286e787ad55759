//! Where to read on: the standards' anchors and the manual pages of each code.

use corsage::browser::Code;

const FETCH: &str = "https://fetch.spec.whatwg.org/";
const MDN: &str = "https://developer.mozilla.org/en-US/docs/Web/";

/// The anchor of the standard's section that a code comes from.
pub(crate) fn anchor(code: Code) -> String {
    use Code as C;
    let fragment = match code {
        C::InvalidUrl
        | C::UrlHasCredentials
        | C::NavigateModeNotAllowed
        | C::BodyWithGetOrHead
        | C::NoCorsMethodNotSafelisted
        | C::StreamNeedsDuplexHalf
        | C::StreamModeNotAllowed
        | C::OnlyIfCachedNeedsSameOriginMode
        | C::InvalidReferrer => "#request-class",
        C::InvalidMethod | C::ForbiddenMethod | C::MethodCaseMismatch => "#methods",
        C::InvalidHeaderName | C::InvalidHeaderValue => "#terminology-headers",
        C::SameOriginModeCrossOriginUrl
        | C::NoCorsRedirectModeNotFollow
        | C::SchemeNotCorsEnabled
        | C::MixedContent
        | C::CspConnectSrc
        | C::IntegrityPolicy
        | C::OpaqueRangeResponse
        | C::IntegrityMismatch
        | C::IntegrityOnOpaque
        | C::HeaderNotExposed
        | C::ExposeWildcardWithCredentials
        | C::ExposeHeadersInvalid => "#concept-main-fetch",
        C::SchemeNotFetchable | C::DataUrlInvalid => "#concept-scheme-fetch",
        C::BadPort => "#port-blocking",
        C::KeepaliveQuotaExceeded
        | C::CacheMissOnlyIfCached
        | C::CredentialsNotSent
        | C::SetCookieIgnored
        | C::AuthChallengeNotShown
        | C::AuthPromptShown => "#concept-http-network-or-cache-fetch",
        C::StreamNeedsHttp2
        | C::DnsFailed
        | C::ConnectionFailed
        | C::TlsFailed
        | C::HttpMalformed
        | C::ContentDecodingFailed
        | C::TimedOut
        | C::Aborted
        | C::Offline => "#concept-http-network-fetch",
        C::ClientCertificateNeeded => "#connections",
        C::PreflightNetworkError
        | C::PreflightRedirect
        | C::PreflightStatusNotOk
        | C::PreflightInvalidAllowMethods
        | C::PreflightInvalidAllowHeaders
        | C::MethodNotAllowed
        | C::MethodWildcardWithCredentials
        | C::HeaderNotAllowed
        | C::HeaderWildcardWithCredentials => "#cors-preflight-fetch-0",
        C::AuthorizationNotCoveredByWildcard | C::WildcardCoversAuthorization => {
            "#cors-non-wildcard-request-header-name"
        }
        C::PreflightMissingAllowOrigin
        | C::PreflightMultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::PreflightWildcardOriginWithCredentials
        | C::PreflightAllowCredentialsNotTrue
        | C::MissingAllowOrigin
        | C::MultipleAllowOrigin
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::WildcardOriginWithCredentials
        | C::AllowCredentialsNotTrue => "#concept-cors-check",
        C::AllowOriginMismatchTainted | C::OriginNullOnRedirect => {
            "#concept-request-tainted-origin"
        }
        C::RedirectModeError => "#concept-http-fetch",
        C::RedirectLocationInvalid => "#concept-response-location-url",
        C::StreamCannotBeReplayed
        | C::RedirectSchemeNotHttp
        | C::RedirectLimit
        | C::RedirectUrlHasCredentials
        | C::AuthorizationDroppedOnRedirect
        | C::MethodRewrittenOnRedirect => "#concept-http-redirect-fetch",
        C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep => {
            "#cross-origin-resource-policy-internal-check"
        }
        C::OrbBlocked => return "https://github.com/whatwg/fetch/pull/1442".to_owned(),
        C::NosniffBlocked => "#should-response-to-request-be-blocked-due-to-nosniff?",
        C::MimeTypeBlocked => "#should-response-to-request-be-blocked-due-to-mime-type?",
        C::NotFetchedByEngine => return "https://fetch.spec.whatwg.org/#fetch-elsewhere".to_owned(),
        C::WorkerNotSameOrigin => return "https://html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface".to_owned(),
        C::TrackWithoutCrossorigin => return "https://html.spec.whatwg.org/multipage/media.html#sourcing-out-of-band-text-tracks".to_owned(),
        C::SvgReferenceNotSameOrigin => return "https://svgwg.org/svg2-draft/linking.html#processingURL-fetch".to_owned(),
        C::FrameWithoutEmbedderPolicy => return "https://html.spec.whatwg.org/multipage/browsers.html#check-a-navigation-response's-adherence-to-its-embedder-policy".to_owned(),
        C::LoadStatusNotOk => return "https://fetch.spec.whatwg.org/#ok-status".to_owned(),
        C::ScriptTypeNotJavascript => return "https://html.spec.whatwg.org/multipage/webappapis.html#fetching-scripts".to_owned(),
        C::StyleTypeNotCss => return "https://html.spec.whatwg.org/multipage/semantics.html#link-type-stylesheet".to_owned(),
        C::EventStreamTypeWrong => return "https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface".to_owned(),
        C::ContentNotDecodable => return "https://html.spec.whatwg.org/multipage/images.html#updating-the-image-data".to_owned(),
        C::WebSocketNotAccepted => return "https://websockets.spec.whatwg.org/#concept-websocket-establish".to_owned(),
        C::CanvasTainted => return "https://html.spec.whatwg.org/multipage/canvas.html#security-with-canvas-elements".to_owned(),
        C::ScriptErrorsMuted => return "https://html.spec.whatwg.org/multipage/webappapis.html#concept-script-muted-errors".to_owned(),
        C::SheetRulesHidden => return "https://drafts.csswg.org/cssom/#css-style-sheets".to_owned(),
        C::FrameDocumentHidden => return "https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginproperties-(-o-)".to_owned(),
        C::PreloadNotReused => return "https://html.spec.whatwg.org/multipage/links.html#consume-a-preloaded-resource".to_owned(),
        C::LnaInsecureContext
        | C::LnaPermissionDenied
        | C::LnaPermissionPrompt
        | C::LnaPermissionsPolicy
        | C::LnaAddressSpaceMismatch => {
            return "https://wicg.github.io/local-network-access/".to_owned();
        }
        C::OpaqueResponse => "#concept-filtered-response-opaque",
        C::OpaqueRedirect => "#concept-filtered-response-opaque-redirect",
        C::SetCookieHidden => "#forbidden-response-header-name",
        C::CoepCredentialless => "#cross-origin-embedder-policy-allows-credentials",
        C::ForbiddenHeaderDropped => "#forbidden-request-header",
        C::NoCorsHeaderDropped => "#no-cors-safelisted-request-header",
        C::OriginNullByReferrerPolicy => "#append-a-request-origin-header",
        C::PreflightNotCached | C::MaxAgeCapped | C::PreflightCacheHit | C::WildcardNotCached => {
            "#cors-preflight-cache"
        }
        C::VaryOriginMissing => "#cors-protocol-and-http-caches",
        C::TimingHidden => "#tao-check",
        C::ClientOriginNull => "#origin-header",
        C::DiffersBetweenBrowsers => "#http-cors-protocol",
    };
    format!("{FETCH}{fragment}")
}

/// Pages of the manual that help with a code.
pub(crate) fn manual(code: Code) -> Vec<String> {
    let mut pages = Vec::new();
    if let Some(key) = crate::console::firefox::manual_page(code) {
        pages.push(format!("{MDN}HTTP/Guides/CORS/Errors/{key}"));
    }
    if let Some(header) = header(code) {
        pages.push(format!("{MDN}HTTP/Reference/Headers/{header}"));
    }
    if pages.is_empty() {
        pages.push(format!("{MDN}{}", topic(code)));
    }
    pages
}

/// The header that a code is mostly about.
fn header(code: Code) -> Option<&'static str> {
    use Code as C;
    Some(match code {
        C::PreflightMissingAllowOrigin
        | C::PreflightMultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::PreflightWildcardOriginWithCredentials
        | C::MissingAllowOrigin
        | C::MultipleAllowOrigin
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted
        | C::WildcardOriginWithCredentials => "Access-Control-Allow-Origin",
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            "Access-Control-Allow-Credentials"
        }
        C::PreflightInvalidAllowMethods
        | C::MethodNotAllowed
        | C::MethodCaseMismatch
        | C::MethodWildcardWithCredentials => "Access-Control-Allow-Methods",
        C::PreflightInvalidAllowHeaders
        | C::HeaderNotAllowed
        | C::HeaderWildcardWithCredentials
        | C::AuthorizationNotCoveredByWildcard
        | C::WildcardCoversAuthorization => "Access-Control-Allow-Headers",
        C::HeaderNotExposed | C::ExposeWildcardWithCredentials | C::ExposeHeadersInvalid => {
            "Access-Control-Expose-Headers"
        }
        C::PreflightNotCached | C::MaxAgeCapped | C::PreflightCacheHit | C::WildcardNotCached => {
            "Access-Control-Max-Age"
        }
        C::SetCookieHidden | C::SetCookieIgnored | C::CredentialsNotSent => "Set-Cookie",
        C::VaryOriginMissing => "Vary",
        C::CorpNotSameOrigin | C::CorpNotSameSite => "Cross-Origin-Resource-Policy",
        C::CorpRequiredByCoep | C::CoepCredentialless | C::FrameWithoutEmbedderPolicy => {
            "Cross-Origin-Embedder-Policy"
        }
        C::NosniffBlocked => "X-Content-Type-Options",
        C::TimingHidden => "Timing-Allow-Origin",
        C::RedirectLocationInvalid | C::RedirectSchemeNotHttp | C::RedirectUrlHasCredentials => {
            "Location"
        }
        C::CspConnectSrc => "Content-Security-Policy/connect-src",
        C::IntegrityPolicy => "Integrity-Policy",
        C::ClientOriginNull | C::OriginNullOnRedirect | C::OriginNullByReferrerPolicy => "Origin",
        C::AuthorizationDroppedOnRedirect => "Authorization",
        C::AuthPromptShown | C::AuthChallengeNotShown => "WWW-Authenticate",
        C::OpaqueRangeResponse => "Range",
        _ => return None,
    })
}

/// The manual's page for codes that are not about one header.
fn topic(code: Code) -> &'static str {
    use Code as C;
    match code {
        C::MixedContent => "Security/Defenses/Mixed_content",
        C::WorkerNotSameOrigin => "API/Worker/Worker",
        C::TrackWithoutCrossorigin | C::CanvasTainted => "HTML/How_to/CORS_enabled_image",
        C::SvgReferenceNotSameOrigin => "SVG/Reference/Element/use",
        C::ScriptTypeNotJavascript => "JavaScript/Guide/Modules",
        C::StyleTypeNotCss | C::SheetRulesHidden => "API/CSSStyleSheet/cssRules",
        C::EventStreamTypeWrong => "API/Server-sent_events/Using_server-sent_events",
        C::WebSocketNotAccepted => "API/WebSocket",
        C::ScriptErrorsMuted => "API/Window/error_event",
        C::FrameDocumentHidden => "API/Window/postMessage",
        C::PreloadNotReused => "HTML/Reference/Attributes/rel/preload",
        C::NotFetchedByEngine | C::LoadStatusNotOk | C::ContentNotDecodable => {
            "HTML/Reference/Attributes/crossorigin"
        }
        C::IntegrityMismatch | C::IntegrityOnOpaque => "Security/Defenses/Subresource_Integrity",
        C::ForbiddenHeaderDropped => "HTTP/Guides/CORS",
        C::DataUrlInvalid => "URI/Reference/Schemes/data",
        C::InvalidUrl | C::UrlHasCredentials => "API/URL_API",
        C::OpaqueRedirect | C::OpaqueResponse => "API/Response/type",
        C::InvalidMethod
        | C::ForbiddenMethod
        | C::InvalidHeaderName
        | C::InvalidHeaderValue
        | C::NavigateModeNotAllowed
        | C::NoCorsMethodNotSafelisted
        | C::BodyWithGetOrHead
        | C::StreamNeedsDuplexHalf
        | C::StreamModeNotAllowed
        | C::OnlyIfCachedNeedsSameOriginMode
        | C::InvalidReferrer
        | C::KeepaliveQuotaExceeded
        | C::StreamNeedsHttp2
        | C::StreamCannotBeReplayed
        | C::CacheMissOnlyIfCached => "API/RequestInit",
        _ => "HTTP/Guides/CORS",
    }
}
