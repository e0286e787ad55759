//! The unified codes: one name for each way in which a fetch can fail, or succeed with less.
//!
//! Each has a page of the same name in `docs/codes/`.

/// How much a code takes away from the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The API throws at once; nothing is sent.
    Thrown,
    /// The fetch fails.
    Blocking,
    /// The fetch succeeds; the script sees less than it may expect.
    Note,
}

macro_rules! codes {
    ($($severity:ident { $($variant:ident = $text:literal,)* })*) => {
        /// A stable name for a cause.
        ///
        /// ```
        /// use corsage::browser::Code;
        /// assert_eq!(Code::MissingAllowOrigin.as_str(), "missing-allow-origin");
        /// assert_eq!(Code::from_name("missing-allow-origin"), Some(Code::MissingAllowOrigin));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is described on its page in docs/codes/")]
        pub enum Code { $($($variant,)*)* }

        impl Code {
            /// Every code, in the order of a fetch.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// The code in kebab-case: stable, for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $text,)*)* }
            }

            /// What it takes away.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $($(Self::$variant => Severity::$severity,)*)* }
            }
        }
    };
}

impl Code {
    /// The code of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

codes! {
    // Request refused by the API.
    Thrown {
        InvalidUrl = "invalid-url",
        UrlHasCredentials = "url-has-credentials",
        InvalidMethod = "invalid-method",
        ForbiddenMethod = "forbidden-method",
        InvalidHeaderName = "invalid-header-name",
        InvalidHeaderValue = "invalid-header-value",
        NavigateModeNotAllowed = "navigate-mode-not-allowed",
        NoCorsMethodNotSafelisted = "no-cors-method-not-safelisted",
        BodyWithGetOrHead = "body-with-get-or-head",
        StreamNeedsDuplexHalf = "stream-needs-duplex-half",
        StreamModeNotAllowed = "stream-mode-not-allowed",
        OnlyIfCachedNeedsSameOriginMode = "only-if-cached-needs-same-origin-mode",
        InvalidReferrer = "invalid-referrer",
    }
    // Refused before or without CORS.
    Blocking {
        SameOriginModeCrossOriginUrl = "same-origin-mode-cross-origin-url",
        NoCorsRedirectModeNotFollow = "no-cors-redirect-mode-not-follow",
        SchemeNotCorsEnabled = "scheme-not-cors-enabled",
        SchemeNotFetchable = "scheme-not-fetchable",
        DataUrlInvalid = "data-url-invalid",
        BadPort = "bad-port",
        MixedContent = "mixed-content",
        CspConnectSrc = "csp-connect-src",
        IntegrityPolicy = "integrity-policy",
        KeepaliveQuotaExceeded = "keepalive-quota-exceeded",
        StreamNeedsHttp2 = "stream-needs-http2",
        StreamCannotBeReplayed = "stream-cannot-be-replayed",
        CacheMissOnlyIfCached = "cache-miss-only-if-cached",
        DnsFailed = "dns-failed",
        ConnectionFailed = "connection-failed",
        TlsFailed = "tls-failed",
        HttpMalformed = "http-malformed",
        ContentDecodingFailed = "content-decoding-failed",
        TimedOut = "timed-out",
        Aborted = "aborted",
        Offline = "offline",
        ClientCertificateNeeded = "client-certificate-needed",
    }
    // Preflight.
    Blocking {
        PreflightNetworkError = "preflight-network-error",
        PreflightRedirect = "preflight-redirect",
        PreflightStatusNotOk = "preflight-status-not-ok",
        PreflightMissingAllowOrigin = "preflight-missing-allow-origin",
        PreflightMultipleAllowOrigin = "preflight-multiple-allow-origin",
        PreflightInvalidAllowOrigin = "preflight-invalid-allow-origin",
        PreflightAllowOriginMismatch = "preflight-allow-origin-mismatch",
        PreflightWildcardOriginWithCredentials = "preflight-wildcard-origin-with-credentials",
        PreflightAllowCredentialsNotTrue = "preflight-allow-credentials-not-true",
        PreflightInvalidAllowMethods = "preflight-invalid-allow-methods",
        PreflightInvalidAllowHeaders = "preflight-invalid-allow-headers",
        MethodNotAllowed = "method-not-allowed",
        MethodCaseMismatch = "method-case-mismatch",
        MethodWildcardWithCredentials = "method-wildcard-with-credentials",
        HeaderNotAllowed = "header-not-allowed",
        HeaderWildcardWithCredentials = "header-wildcard-with-credentials",
        AuthorizationNotCoveredByWildcard = "authorization-not-covered-by-wildcard",
    }
    // Response.
    Blocking {
        MissingAllowOrigin = "missing-allow-origin",
        MultipleAllowOrigin = "multiple-allow-origin",
        InvalidAllowOrigin = "invalid-allow-origin",
        AllowOriginMismatch = "allow-origin-mismatch",
        AllowOriginMismatchTainted = "allow-origin-mismatch-tainted",
        WildcardOriginWithCredentials = "wildcard-origin-with-credentials",
        AllowCredentialsNotTrue = "allow-credentials-not-true",
    }
    // Redirect.
    Blocking {
        RedirectModeError = "redirect-mode-error",
        RedirectLocationInvalid = "redirect-location-invalid",
        RedirectSchemeNotHttp = "redirect-scheme-not-http",
        RedirectLimit = "redirect-limit",
        RedirectUrlHasCredentials = "redirect-url-has-credentials",
    }
    // Protections of no-cors reads, and Local Network Access.
    Blocking {
        CorpNotSameOrigin = "corp-not-same-origin",
        CorpNotSameSite = "corp-not-same-site",
        CorpRequiredByCoep = "corp-required-by-coep",
        OrbBlocked = "orb-blocked",
        NosniffBlocked = "nosniff-blocked",
        MimeTypeBlocked = "mime-type-blocked",
        OpaqueRangeResponse = "opaque-range-response",
        IntegrityMismatch = "integrity-mismatch",
        IntegrityOnOpaque = "integrity-on-opaque",
        LnaInsecureContext = "lna-insecure-context",
        LnaPermissionDenied = "lna-permission-denied",
        LnaPermissionPrompt = "lna-permission-prompt",
        LnaPermissionsPolicy = "lna-permissions-policy",
        LnaAddressSpaceMismatch = "lna-address-space-mismatch",
    }
    // Loads that are not fetch(): what their consumer refuses.
    Blocking {
        NotFetchedByEngine = "not-fetched-by-engine",
        WorkerNotSameOrigin = "worker-not-same-origin",
        TrackWithoutCrossorigin = "track-without-crossorigin",
        SvgReferenceNotSameOrigin = "svg-reference-not-same-origin",
        FrameWithoutEmbedderPolicy = "frame-without-embedder-policy",
        LoadStatusNotOk = "load-status-not-ok",
        ScriptTypeNotJavascript = "script-type-not-javascript",
        StyleTypeNotCss = "style-type-not-css",
        EventStreamTypeWrong = "event-stream-type-wrong",
        ContentNotDecodable = "content-not-decodable",
        WebSocketNotAccepted = "web-socket-not-accepted",
    }
    // The fetch succeeds, the script sees less.
    Note {
        OpaqueResponse = "opaque-response",
        OpaqueRedirect = "opaque-redirect",
        HeaderNotExposed = "header-not-exposed",
        ExposeWildcardWithCredentials = "expose-wildcard-with-credentials",
        ExposeHeadersInvalid = "expose-headers-invalid",
        SetCookieHidden = "set-cookie-hidden",
        SetCookieIgnored = "set-cookie-ignored",
        CredentialsNotSent = "credentials-not-sent",
        CoepCredentialless = "coep-credentialless",
        ForbiddenHeaderDropped = "forbidden-header-dropped",
        NoCorsHeaderDropped = "no-cors-header-dropped",
        AuthorizationDroppedOnRedirect = "authorization-dropped-on-redirect",
        MethodRewrittenOnRedirect = "method-rewritten-on-redirect",
        OriginNullOnRedirect = "origin-null-on-redirect",
        OriginNullByReferrerPolicy = "origin-null-by-referrer-policy",
        PreflightNotCached = "preflight-not-cached",
        MaxAgeCapped = "max-age-capped",
        PreflightCacheHit = "preflight-cache-hit",
        WildcardNotCached = "wildcard-not-cached",
        VaryOriginMissing = "vary-origin-missing",
        AuthChallengeNotShown = "auth-challenge-not-shown",
        AuthPromptShown = "auth-prompt-shown",
        TimingHidden = "timing-hidden",
        WildcardCoversAuthorization = "wildcard-covers-authorization",
        ClientOriginNull = "client-origin-null",
        CanvasTainted = "canvas-tainted",
        ScriptErrorsMuted = "script-errors-muted",
        SheetRulesHidden = "sheet-rules-hidden",
        FrameDocumentHidden = "frame-document-hidden",
        PreloadNotReused = "preload-not-reused",
        DiffersBetweenBrowsers = "differs-between-browsers",
    }
}
