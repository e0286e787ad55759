//! The causes: what really happened, where a code only says what was seen.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

macro_rules! causes {
    ($($variant:ident = $name:literal,)*) => {
        /// What really happened. A code says which condition failed; a cause says why, as people
        /// meet it, and decides which fix is the right one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is described in the catalogue")]
        pub enum Cause { $($variant,)* }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in kebab-case: stable, for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

causes! {
    // The server's answer.
    NoAllowOrigin = "no-acao",
    PreflightStatus = "preflight-status",
    PreflightAuthentication = "preflight-auth",
    PreflightFirewall = "preflight-waf",
    PreflightServerError = "preflight-server-error",
    PreflightDropped = "preflight-dropped",
    PreflightNotMatched = "preflight-not-matched",
    RefusedByCorsLayer = "refused-by-cors-layer",
    RateLimit = "rate-limit",
    Authentication = "authentication",
    NoRoute = "no-route",
    ErrorWithoutCors = "error-without-cors",
    ProxyErrorWithoutCors = "proxy-error-without-cors",
    WildcardCredentials = "wildcard-credentials",
    HeaderNotAllowed = "header-not-allowed",
    MethodNotAllowed = "method-not-allowed",
    MethodCase = "method-case",
    OriginMismatch = "origin-mismatch",
    HostSpelling = "host-spelling",
    MultipleAllowOrigin = "multiple-acao",
    CredentialsNotAllowed = "acac-not-true",
    LiteralStar = "literal-star",
    BadAllowOriginSyntax = "bad-acao-syntax",
    InvalidToken = "invalid-token",
    NotExposed = "not-exposed",
    LayerOrder = "layer-order",
    AnyOriginReflected = "any-origin-reflected",
    ThirdPartyApi = "third-party-api",
    // Redirects.
    PreflightRedirect = "preflight-redirect",
    HttpToHttps = "http-to-https",
    LoginRedirect = "login-redirect",
    RedirectOrigin = "redirect-origin",
    RedirectCredentials = "redirect-credentials",
    RedirectLoop = "redirect-loop",
    // The page.
    PageSendsResponseHeader = "response-header-in-request",
    LowerCaseMethod = "lower-case-method",
    Opaque = "opaque",
    NullOrigin = "null-origin",
    OriginSetByHand = "origin-set-by-hand",
    UploadListenerOrStream = "upload-listener-or-stream",
    KeepaliveOrBeacon = "keepalive-or-beacon",
    ElementCrossorigin = "element-crossorigin",
    ManifestCredentials = "manifest-credentials",
    ExtensionOrigin = "extension-origin",
    ApplicationOrigin = "application-origin",
    ServiceWorker = "service-worker",
    WebSocket = "websocket",
    RefusedByApi = "refused-by-api",
    // Cookies and caches.
    Cookies = "cookies",
    CacheVary = "cache-vary",
    PreflightCache = "preflight-cache",
    // Not CORS.
    LocalNetwork = "local-network",
    NotCors = "not-cors",
    SchemeOrPolicy = "scheme-or-policy",
}

impl Cause {
    /// The cause of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.as_str() == name)
    }
}

impl JsonSchema for Cause {
    fn schema_name() -> Cow<'static, str> {
        "Cause".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|cause| cause.as_str()).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}

impl Serialize for Cause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
