//! One short exchange per code, in which the code appears. The same in every language.
//!
//! The page is always `https://app.example`, the API `https://api.example`.

use corsage::browser::Code;

/// The exchange, as plain text.
pub(super) fn example(code: Code) -> &'static str {
    use Code as C;
    match code {
        C::InvalidUrl => "fetch(\"https://api.example:99999/me\")\n  TypeError, nothing is sent",
        C::UrlHasCredentials => {
            "fetch(\"https://ann:secret@api.example/me\")\n  TypeError, nothing is sent"
        }
        C::InvalidMethod => "fetch(url, { method: \"GET /\" })\n  TypeError, nothing is sent",
        C::ForbiddenMethod => "fetch(url, { method: \"TRACE\" })\n  TypeError, nothing is sent",
        C::InvalidHeaderName => {
            "fetch(url, { headers: { \"x-token:\": \"1\" } })\n  TypeError, nothing is sent"
        }
        C::InvalidHeaderValue => {
            "fetch(url, { headers: { \"x-token\": \"abc\\ndef\" } })\n  TypeError, nothing is sent"
        }
        C::NavigateModeNotAllowed => {
            "fetch(url, { mode: \"navigate\" })\n  TypeError, nothing is sent"
        }
        C::NoCorsMethodNotSafelisted => {
            "fetch(url, { mode: \"no-cors\", method: \"PUT\" })\n  TypeError, nothing is sent"
        }
        C::BodyWithGetOrHead => "fetch(url, { body: \"a=1\" })\n  TypeError, nothing is sent",
        C::StreamNeedsDuplexHalf => {
            "fetch(url, { method: \"POST\", body: stream })\n  TypeError, nothing is sent"
        }
        C::StreamModeNotAllowed => {
            "fetch(url, { method: \"POST\", mode: \"no-cors\", body: stream, duplex: \"half\" })\n  TypeError, nothing is sent"
        }
        C::OnlyIfCachedNeedsSameOriginMode => {
            "fetch(url, { cache: \"only-if-cached\" })\n  TypeError, nothing is sent"
        }
        C::InvalidReferrer => {
            "fetch(url, { referrer: \"https://[\" })\n  TypeError, nothing is sent"
        }
        C::SameOriginModeCrossOriginUrl => {
            "fetch(\"https://api.example/me\", { mode: \"same-origin\" })\n  fails, nothing is sent"
        }
        C::NoCorsRedirectModeNotFollow => {
            "fetch(url, { mode: \"no-cors\", redirect: \"manual\" })\n  fails, nothing is sent"
        }
        C::SchemeNotCorsEnabled => "fetch(\"localhost:8080/me\")\n  fails, nothing is sent",
        C::SchemeNotFetchable => "fetch(\"ftp://api.example/me\")\n  fails, nothing is sent",
        C::DataUrlInvalid => "fetch(\"data:text/plain;base64\")\n  fails, nothing is sent",
        C::BadPort => "fetch(\"https://api.example:6000/me\")\n  fails, nothing is sent",
        C::MixedContent => {
            "page https://app.example\nfetch(\"http://api.example/me\")\n  fails, nothing is sent"
        }
        C::CspConnectSrc => {
            "page https://app.example\ncontent-security-policy: connect-src 'self'\nfetch(\"https://api.example/me\")\n  fails, nothing is sent"
        }
        C::IntegrityPolicy => {
            "page https://app.example\nintegrity-policy: blocked-destinations=(script)\n<script src=\"https://cdn.example/a.js\" crossorigin>\n  fails, nothing is sent"
        }
        C::KeepaliveQuotaExceeded => {
            "fetch(url, { method: \"POST\", keepalive: true, body: \"x\".repeat(70000) })\n  fails, nothing is sent"
        }
        C::StreamNeedsHttp2 => {
            "fetch(url, { method: \"POST\", body: stream, duplex: \"half\" })\n  fails when the connection turns out to be HTTP/1.1"
        }
        C::StreamCannotBeReplayed => {
            "POST /upload  (body: a stream)\n< 307\n< location: /v2/upload"
        }
        C::CacheMissOnlyIfCached => {
            "fetch(\"/me\", { cache: \"only-if-cached\", mode: \"same-origin\" })\n  fails, nothing is sent"
        }
        C::DnsFailed => "GET https://api.exmaple/me\n  the name has no address; nothing is sent",
        C::ConnectionFailed => "GET https://api.example/me\n  connection refused",
        C::TlsFailed => "GET https://api.example/me\n  certificate expired",
        C::HttpMalformed => "GET http://api.example:443/me\n< (bytes that are not HTTP)",
        C::ContentDecodingFailed => {
            "GET https://api.example/me\n< 200\n< content-encoding: gzip\n<\n< {\"plain\": \"text\"}"
        }
        C::TimedOut => "GET https://api.example/slow\n  no answer",
        C::Aborted => "controller.abort()\n  AbortError",
        C::Offline => "GET https://api.example/me\n  no network",
        C::ClientCertificateNeeded => {
            "OPTIONS https://api.example/me\n  TLS: the server demands a certificate"
        }
        C::PreflightNetworkError => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n  connection closed without an answer"
        }
        C::PreflightRedirect => {
            "OPTIONS http://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 301\n< location: https://api.example/me"
        }
        C::PreflightStatusNotOk => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 401\n< access-control-allow-origin: https://app.example"
        }
        C::PreflightMissingAllowOrigin => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< allow: GET, PUT"
        }
        C::PreflightMultipleAllowOrigin => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-origin: *"
        }
        C::PreflightInvalidAllowOrigin => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: app.example"
        }
        C::PreflightAllowOriginMismatch => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example/"
        }
        C::PreflightWildcardOriginWithCredentials => {
            "OPTIONS https://api.example/me          (credentials: include)\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: *"
        }
        C::PreflightAllowCredentialsNotTrue => {
            "OPTIONS https://api.example/me          (credentials: include)\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example"
        }
        C::PreflightInvalidAllowMethods => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-methods: [\"GET\", \"PUT\"]"
        }
        C::PreflightInvalidAllowHeaders => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-methods: PUT\n< access-control-allow-headers: content-type; x-token"
        }
        C::MethodNotAllowed => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: DELETE\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-methods: GET, PUT"
        }
        C::MethodCaseMismatch => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: patch\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-methods: PATCH"
        }
        C::MethodWildcardWithCredentials => {
            "OPTIONS https://api.example/me          (credentials: include)\norigin: https://app.example\naccess-control-request-method: PUT\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: true\n< access-control-allow-methods: *"
        }
        C::HeaderNotAllowed => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: POST\naccess-control-request-headers: content-type,x-token\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-headers: content-type"
        }
        C::HeaderWildcardWithCredentials => {
            "OPTIONS https://api.example/me          (credentials: include)\norigin: https://app.example\naccess-control-request-method: POST\naccess-control-request-headers: x-token\n< 204\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: true\n< access-control-allow-headers: *"
        }
        C::AuthorizationNotCoveredByWildcard | C::WildcardCoversAuthorization => {
            "OPTIONS https://api.example/me\norigin: https://app.example\naccess-control-request-method: GET\naccess-control-request-headers: authorization\n< 204\n< access-control-allow-origin: *\n< access-control-allow-headers: *"
        }
        C::MissingAllowOrigin => {
            "GET https://api.example/me\norigin: https://app.example\n< 200\n< content-type: application/json"
        }
        C::MultipleAllowOrigin => {
            "GET https://api.example/me\norigin: https://app.example\n< 200\n< access-control-allow-origin: https://app.example\n< access-control-allow-origin: *"
        }
        C::InvalidAllowOrigin => {
            "GET https://api.example/me\norigin: https://app.example\n< 200\n< access-control-allow-origin: \"https://app.example\""
        }
        C::AllowOriginMismatch => {
            "GET https://api.example/me\norigin: https://app.example\n< 200\n< access-control-allow-origin: http://app.example"
        }
        C::AllowOriginMismatchTainted | C::OriginNullOnRedirect => {
            "GET https://api.example/me\norigin: https://app.example\n< 302\n< access-control-allow-origin: https://app.example\n< location: https://files.example/me\n\nGET https://files.example/me\norigin: null\n< 200\n< access-control-allow-origin: https://app.example"
        }
        C::WildcardOriginWithCredentials => {
            "GET https://api.example/me          (credentials: include)\norigin: https://app.example\n< 200\n< access-control-allow-origin: *"
        }
        C::AllowCredentialsNotTrue => {
            "GET https://api.example/me          (credentials: include)\norigin: https://app.example\n< 200\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: True"
        }
        C::RedirectModeError => {
            "fetch(url, { redirect: \"error\" })\n< 302\n< location: /login\n< access-control-allow-origin: https://app.example"
        }
        C::RedirectLocationInvalid => {
            "GET https://api.example/me\n< 302\n< access-control-allow-origin: *\n< location: https://[/"
        }
        C::RedirectSchemeNotHttp => {
            "GET https://api.example/me\n< 302\n< access-control-allow-origin: *\n< location: myapp://open"
        }
        C::RedirectLimit => {
            "GET https://api.example/me\n< 302\n< access-control-allow-origin: *\n< location: /me\n(21 times)"
        }
        C::RedirectUrlHasCredentials => {
            "GET https://api.example/me\n< 302\n< access-control-allow-origin: *\n< location: https://ann:secret@files.example/me"
        }
        C::CorpNotSameOrigin => {
            "<img src=\"https://api.example/a.png\">\n< 200\n< cross-origin-resource-policy: same-origin"
        }
        C::CorpNotSameSite => {
            "<img src=\"https://cdn.test/a.png\">\n< 200\n< cross-origin-resource-policy: same-site"
        }
        C::CorpRequiredByCoep => {
            "page https://app.example\ncross-origin-embedder-policy: require-corp\n<img src=\"https://api.example/a.png\">\n< 200\n< content-type: image/png"
        }
        C::OrbBlocked => {
            "<img src=\"https://api.example/a.png\">\n< 404\n< content-type: text/html"
        }
        C::NosniffBlocked => {
            "<script src=\"https://api.example/a.js\">\n< 200\n< content-type: text/html\n< x-content-type-options: nosniff"
        }
        C::MimeTypeBlocked => {
            "<script src=\"https://api.example/a.js\">\n< 200\n< content-type: text/csv"
        }
        C::OpaqueRangeResponse => {
            "fetch(url, { mode: \"no-cors\" })\n< 206\n< content-range: bytes 0-9/100"
        }
        C::IntegrityMismatch => {
            "fetch(url, { integrity: \"sha256-AAAA…\" })\n< 200\n< access-control-allow-origin: *\n<\n< (another content)"
        }
        C::IntegrityOnOpaque => {
            "<script src=\"https://cdn.example/a.js\" integrity=\"sha256-…\">\n< 200"
        }
        C::LnaInsecureContext => {
            "page http://app.example (public)\nfetch(\"http://192.168.1.10/status\")\n  fails, nothing is sent"
        }
        C::LnaPermissionDenied | C::LnaPermissionPrompt => {
            "page https://app.example (public)\nfetch(\"https://192.168.1.10/status\")\n  the visitor is asked"
        }
        C::LnaPermissionsPolicy => {
            "page https://app.example (public)\n<iframe src=\"https://widget.example\">  (no allow attribute)\n  fetch(\"https://192.168.1.10/status\")"
        }
        C::LnaAddressSpaceMismatch => {
            "fetch(\"http://printer.test/status\", { targetAddressSpace: \"local\" })\n  printer.test has a public address"
        }
        C::OpaqueResponse => {
            "fetch(url, { mode: \"no-cors\" })\n< 200\n  response.type \"opaque\", status 0, empty body"
        }
        C::OpaqueRedirect => {
            "fetch(url, { redirect: \"manual\" })\n< 302\n< access-control-allow-origin: *\n< location: /v2\n  response.type \"opaqueredirect\", status 0"
        }
        C::HeaderNotExposed => {
            "GET https://api.example/list\norigin: https://app.example\n< 200\n< access-control-allow-origin: https://app.example\n< x-total-count: 42\n  headers.get(\"x-total-count\") is null"
        }
        C::ExposeWildcardWithCredentials => {
            "GET https://api.example/list          (credentials: include)\n< 200\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: true\n< access-control-expose-headers: *\n< x-total-count: 42"
        }
        C::ExposeHeadersInvalid => {
            "GET https://api.example/list\n< 200\n< access-control-allow-origin: *\n< access-control-expose-headers: x-total-count; etag"
        }
        C::SetCookieHidden => {
            "GET https://api.example/login          (credentials: include)\n< 200\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: true\n< set-cookie: sid=1\n  headers.get(\"set-cookie\") is null"
        }
        C::SetCookieIgnored => {
            "POST https://api.example/login          (credentials: same-origin)\n< 200\n< access-control-allow-origin: https://app.example\n< set-cookie: sid=1"
        }
        C::CredentialsNotSent => {
            "GET https://api.example/me          (credentials: same-origin)\n< 401\n< access-control-allow-origin: https://app.example"
        }
        C::CoepCredentialless => {
            "page https://app.example\ncross-origin-embedder-policy: credentialless\nfetch(\"https://api.example/a.png\", { mode: \"no-cors\" })\n  no cookies are sent"
        }
        C::ForbiddenHeaderDropped => {
            "fetch(url, { headers: { origin: \"https://other.example\" } })\nGET https://api.example/me\norigin: https://app.example"
        }
        C::NoCorsHeaderDropped => {
            "fetch(url, { mode: \"no-cors\", method: \"POST\", headers: { \"content-type\": \"application/json\" }, body })\nPOST https://api.example/me\ncontent-type: text/plain;charset=UTF-8"
        }
        C::AuthorizationDroppedOnRedirect => {
            "GET https://api.example/file\nauthorization: Bearer …\n< 302\n< access-control-allow-origin: https://app.example\n< location: https://files.example/1\n\nGET https://files.example/1\n  (no authorization)"
        }
        C::MethodRewrittenOnRedirect => {
            "POST https://api.example/items\n< 302\n< access-control-allow-origin: https://app.example\n< location: /v2/items\n\nGET https://api.example/v2/items"
        }
        C::OriginNullByReferrerPolicy => {
            "fetch(url, { mode: \"no-cors\", method: \"POST\", referrerPolicy: \"no-referrer\" })\nPOST https://api.example/log\norigin: null"
        }
        C::PreflightNotCached => {
            "OPTIONS https://api.example/me\n< 204\n< access-control-allow-origin: *\n< access-control-allow-methods: PUT\n< access-control-max-age: 10m"
        }
        C::MaxAgeCapped => {
            "OPTIONS https://api.example/me\n< 204\n< access-control-allow-origin: *\n< access-control-allow-methods: PUT\n< access-control-max-age: 604800"
        }
        C::PreflightCacheHit => {
            "(a preflight for this URL was granted 10 s ago, max-age 600)\nPUT https://api.example/me"
        }
        C::WildcardNotCached => {
            "OPTIONS https://api.example/me\n< 204\n< access-control-allow-origin: *\n< access-control-allow-methods: *\n< access-control-max-age: 600"
        }
        C::VaryOriginMissing => {
            "GET https://api.example/me\norigin: https://app.example\n< 200\n< access-control-allow-origin: https://app.example\n< cache-control: max-age=600"
        }
        C::AuthChallengeNotShown | C::AuthPromptShown => {
            "GET https://api.example/me          (credentials: include)\n< 401\n< access-control-allow-origin: https://app.example\n< access-control-allow-credentials: true\n< www-authenticate: Basic realm=\"api\""
        }
        C::TimingHidden => {
            "GET https://api.example/me\n< 200\n< access-control-allow-origin: https://app.example\n  (no timing-allow-origin)"
        }
        C::ClientOriginNull => {
            "page file:///home/ann/index.html\nGET https://api.example/me\norigin: null\n< 200\n< access-control-allow-origin: https://app.example"
        }
        C::NotFetchedByEngine => {
            "<a href=\"/next\" ping=\"https://log.example/p\">\n  Firefox: nothing is sent"
        }
        C::WorkerNotSameOrigin => {
            "page https://app.example\nnew Worker(\"https://cdn.example/w.js\")\n  SecurityError, nothing is sent"
        }
        C::TrackWithoutCrossorigin => {
            "<video src=\"/film.webm\">\n  <track src=\"https://cdn.example/en.vtt\">\n  error, nothing is sent"
        }
        C::SvgReferenceNotSameOrigin => {
            "<svg><use href=\"https://cdn.example/icons.svg#star\"/></svg>\n  nothing is sent, nothing is drawn"
        }
        C::FrameWithoutEmbedderPolicy => {
            "page https://app.example\ncross-origin-embedder-policy: require-corp\n<iframe src=\"https://widget.example/\">\n< 200\n< cross-origin-resource-policy: cross-origin\n  (no cross-origin-embedder-policy)"
        }
        C::LoadStatusNotOk => {
            "<script src=\"https://cdn.example/a.js\" crossorigin>\n< 404\n< access-control-allow-origin: *\n  error"
        }
        C::ScriptTypeNotJavascript => {
            "<script type=\"module\" src=\"https://cdn.example/a.js\">\n< 200\n< access-control-allow-origin: *\n< content-type: text/plain\n  error"
        }
        C::StyleTypeNotCss => {
            "<link rel=\"stylesheet\" href=\"https://cdn.example/a.css\">\n< 200\n< content-type: text/plain\n  not applied; Chromium: load, Firefox and WebKit: error"
        }
        C::EventStreamTypeWrong => {
            "new EventSource(\"https://api.example/events\")\n< 200\n< access-control-allow-origin: *\n< content-type: application/json\n  error, and no second try"
        }
        C::ContentNotDecodable => {
            "<img src=\"https://cdn.example/a.png\" crossorigin>\n< 200\n< access-control-allow-origin: *\n< content-type: text/html\n  error"
        }
        C::WebSocketNotAccepted => {
            "new WebSocket(\"wss://api.example/socket\")\nGET https://api.example/socket\norigin: https://app.example\nupgrade: websocket\n< 403"
        }
        C::CanvasTainted => {
            "<img src=\"https://cdn.example/a.png\">\n< 200\n< access-control-allow-origin: *\ncontext.drawImage(image, 0, 0); context.getImageData(0, 0, 1, 1)\n  SecurityError"
        }
        C::ScriptErrorsMuted => {
            "<script src=\"https://cdn.example/a.js\">\n< 200\n  throw new Error(\"x\")  ->  window.onerror(\"Script error.\", \"\", 0, 0, null)"
        }
        C::SheetRulesHidden => {
            "<link rel=\"stylesheet\" href=\"https://cdn.example/a.css\">\n< 200\n< content-type: text/css\nlink.sheet.cssRules\n  SecurityError"
        }
        C::FrameDocumentHidden => {
            "<iframe src=\"https://widget.example/\">\n< 200\nframe.contentDocument\n  null"
        }
        C::PreloadNotReused => {
            "<link rel=\"preload\" as=\"font\" href=\"https://cdn.example/a.woff2\">\n@font-face { src: url(https://cdn.example/a.woff2) }\n  two requests: the font is asked for with CORS, the preload was not"
        }
        C::DiffersBetweenBrowsers => {
            "fetch(url, { headers: [[\"accept\", 100 bytes], [\"accept\", 100 bytes]] })\n  Chromium, WebKit: one value of 202 bytes, preflight\n  Firefox: two values of 100 bytes, no preflight"
        }
    }
}
