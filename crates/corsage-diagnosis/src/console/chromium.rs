//! Chromium: `Access to fetch at … has been blocked by CORS policy: …`, one reason per value of
//! `network::mojom::CorsError`.

use corsage::browser::{AddressSpace, Code};

use super::{Api, Occasion, chromium_loads, file};

/// Schemes with CORS, as Chromium 156 lists them.
const CORS_SCHEMES: &str = "chrome, chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, https, isolated-app";

const PREFLIGHT: &str = "Response to preflight request doesn't pass access control check: ";

pub(super) fn printed(occasion: &Occasion<'_>) -> Vec<String> {
    if let Some(reason) = cors_reason(occasion) {
        let api = match occasion.api {
            Api::Fetch => "fetch",
            Api::XmlHttpRequest => "XMLHttpRequest",
            Api::Element(destination) => chromium_loads::element(destination),
            Api::Load(kind, destination) => chromium_loads::name(kind, destination),
        };
        let url = match occasion.redirects_to {
            Some(target) if occasion.code == Code::RedirectSchemeNotHttp => target,
            _ => occasion.url,
        };
        let redirected = if url == occasion.first_url {
            String::new()
        } else {
            format!("(redirected from '{}') ", occasion.first_url)
        };
        let line = format!(
            "Access to {api} at '{url}' {redirected}from origin '{}' has been blocked by CORS policy: {reason}",
            occasion.page_origin
        );
        let after = occasion.api.load().and_then(|kind| chromium_loads::after_cors(kind, occasion));
        return std::iter::once(line).chain(after).collect();
    }
    let of_load = occasion.api.load().and_then(|kind| chromium_loads::printed(kind, occasion));
    if let Some(lines) = of_load {
        return lines;
    }
    if occasion.code == Code::CspConnectSrc {
        return content_security_policy(occasion);
    }
    other(occasion).into_iter().collect()
}

/// The directive that was violated, and for `fetch` one more line.
fn content_security_policy(occasion: &Occasion<'_>) -> Vec<String> {
    let url = occasion.redirects_to.unwrap_or(occasion.url);
    let directive = occasion.seen.unwrap_or("connect-src 'self'");
    let fallback = if directive.starts_with("default-src") {
        " Note that 'connect-src' was not explicitly set, so 'default-src' is used as a fallback."
    } else {
        ""
    };
    let mut lines = vec![format!(
        "Connecting to '{url}' violates the following Content Security Policy directive: \"{directive}\".{fallback} The action has been blocked."
    )];
    if occasion.api == Api::Fetch && occasion.redirects_to.is_none() {
        lines.push(format!(
            "Fetch API cannot load {url}. Refused to connect because it violates the document's Content Security Policy."
        ));
    }
    lines
}

/// Whether this is the URL that was given to `fetch`, and not a redirect's target.
fn is_fetch_itself(occasion: &Occasion<'_>) -> bool {
    occasion.api == Api::Fetch && occasion.url == occasion.first_url
}

/// Whether a redirect leads to a scheme that knows CORS, and may not be reached by a redirect.
fn leads_to_cors_scheme(occasion: &Occasion<'_>) -> bool {
    let scheme = occasion.redirects_to.and_then(|url| url.split(':').next());
    scheme.is_none_or(|scheme| CORS_SCHEMES.split(", ").any(|known| known == scheme))
}

fn cors_reason(occasion: &Occasion<'_>) -> Option<String> {
    use Code as C;
    let seen = printable(occasion.seen.unwrap_or_default());
    let subject = printable(occasion.subject.unwrap_or_default());
    let (fetch_tail, xhr_tail) = match occasion.api {
        Api::Fetch => (" Have the server send the header with a valid value.", ""),
        Api::Element(_) | Api::Load(..) => ("", ""),
        Api::XmlHttpRequest => (
            "",
            " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.",
        ),
    };
    let preflight = if is_preflight(occasion.code) { PREFLIGHT } else { "" };
    let reason = match occasion.code {
        // `fetch` looks at its own URL before anybody else does.
        C::SameOriginModeCrossOriginUrl | C::SchemeNotCorsEnabled if is_fetch_itself(occasion) => {
            return None;
        }
        C::SameOriginModeCrossOriginUrl => {
            "Cross origin requests are not allowed by request mode.".to_owned()
        }
        C::NoCorsRedirectModeNotFollow => {
            "Request mode is \"no-cors\" but the redirect mode is not \"follow\".".to_owned()
        }
        C::RedirectSchemeNotHttp if !leads_to_cors_scheme(occasion) => format!(
            "Cross origin requests are only supported for protocol schemes: {CORS_SCHEMES}."
        ),
        C::SchemeNotCorsEnabled => format!(
            "Cross origin requests are only supported for protocol schemes: {CORS_SCHEMES}."
        ),
        C::PreflightRedirect => "Redirect is not allowed for a preflight request.".to_owned(),
        C::PreflightStatusNotOk => "It does not have HTTP ok status.".to_owned(),
        C::PreflightMissingAllowOrigin | C::MissingAllowOrigin => {
            "No 'Access-Control-Allow-Origin' header is present on the requested resource."
                .to_owned()
        }
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin => format!(
            "The 'Access-Control-Allow-Origin' header contains multiple values '{seen}', but only one is allowed.{fetch_tail}"
        ),
        C::PreflightInvalidAllowOrigin | C::InvalidAllowOrigin => format!(
            "The 'Access-Control-Allow-Origin' header contains the invalid value '{seen}'.{fetch_tail}"
        ),
        C::PreflightAllowOriginMismatch
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted => format!(
            "The 'Access-Control-Allow-Origin' header has a value '{seen}' that is not equal to the supplied origin.{fetch_tail}"
        ),
        C::PreflightWildcardOriginWithCredentials | C::WildcardOriginWithCredentials => format!(
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'.{xhr_tail}"
        ),
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => format!(
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '{seen}' which must be 'true' when the request's credentials mode is 'include'.{xhr_tail}"
        ),
        C::PreflightInvalidAllowMethods => {
            "Cannot parse Access-Control-Allow-Methods response header field in preflight response."
                .to_owned()
        }
        C::PreflightInvalidAllowHeaders => {
            "Cannot parse Access-Control-Allow-Headers response header field in preflight response."
                .to_owned()
        }
        C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials => format!(
            "Method {subject} is not allowed by Access-Control-Allow-Methods in preflight response."
        ),
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => format!(
            "Request header field {subject} is not allowed by Access-Control-Allow-Headers in preflight response."
        ),
        C::RedirectUrlHasCredentials => format!(
            "Redirect location '{subject}' contains a username and password, which is disallowed for cross-origin requests."
        ),
        C::LnaInsecureContext => format!(
            "The request client is not a secure context and the resource is in more-private address space `{}`.",
            space(&subject)
        ),
        C::LnaPermissionDenied | C::LnaPermissionsPolicy => format!(
            "Permission was denied for this request to access the `{}` address space.",
            space(&subject)
        ),
        C::LnaAddressSpaceMismatch => format!(
            "Request had a target IP address space of `{}` yet the resource is in address space `{}`.",
            space(&subject),
            space(&seen)
        ),
        _ => return None,
    };
    Some(format!("{preflight}{reason}"))
}

fn is_preflight(code: Code) -> bool {
    matches!(
        code,
        Code::PreflightRedirect
            | Code::PreflightStatusNotOk
            | Code::PreflightMissingAllowOrigin
            | Code::PreflightMultipleAllowOrigin
            | Code::PreflightInvalidAllowOrigin
            | Code::PreflightAllowOriginMismatch
            | Code::PreflightWildcardOriginWithCredentials
            | Code::PreflightAllowCredentialsNotTrue
    )
}

/// The address space of a host, or one that is named already.
fn space(value: &str) -> &'static str {
    let space = match value {
        "loopback" => Some(AddressSpace::Loopback),
        "local" => Some(AddressSpace::Local),
        "public" => Some(AddressSpace::Public),
        host => AddressSpace::of_host(host),
    };
    match space {
        Some(AddressSpace::Loopback) => "loopback",
        Some(AddressSpace::Local) => "local",
        Some(AddressSpace::Public) => "public",
        None => "unknown",
    }
}

/// Lines that do not speak of CORS.
fn other(occasion: &Occasion<'_>) -> Option<String> {
    use Code as C;
    let (url, method) = (occasion.url, occasion.method);
    let subject = occasion.subject.unwrap_or_default();
    let refused =
        |why: String| Some(format!("TypeError: Failed to execute 'fetch' on 'Window': {why}"));
    let net = |error: &str| Some(format!("{method} {url} net::{error}"));
    match occasion.code {
        C::InvalidUrl => refused(format!("Failed to parse URL from {url}")),
        C::UrlHasCredentials => refused(format!(
            "Request cannot be constructed from a URL that includes credentials: {url}"
        )),
        C::InvalidMethod => refused(format!("'{subject}' is not a valid HTTP method.")),
        C::ForbiddenMethod => refused(format!("'{subject}' HTTP method is unsupported.")),
        C::InvalidHeaderName => refused("Invalid name".to_owned()),
        C::InvalidHeaderValue => refused("Invalid value".to_owned()),
        C::NavigateModeNotAllowed => refused(
            "Cannot construct a Request with a RequestInit whose mode member is set as 'navigate'."
                .to_owned(),
        ),
        C::NoCorsMethodNotSafelisted => {
            refused(format!("'{method}' is unsupported in no-cors mode."))
        }
        C::BodyWithGetOrHead => {
            refused("Request with GET/HEAD method cannot have body.".to_owned())
        }
        C::StreamNeedsDuplexHalf => refused(
            "The `duplex` member must be specified for a request with a streaming body".to_owned(),
        ),
        C::StreamModeNotAllowed => refused(
            "If request is made from ReadableStream, mode should be \"same-origin\" or \"cors\""
                .to_owned(),
        ),
        C::OnlyIfCachedNeedsSameOriginMode => {
            refused("'only-if-cached' can be set only with 'same-origin' mode".to_owned())
        }
        C::InvalidReferrer => refused(format!("Referrer '{subject}' is not a valid URL.")),
        C::SameOriginModeCrossOriginUrl => Some(format!(
            "Fetch API cannot load {url}. Request mode is \"same-origin\" but the URL's origin is not same as the request origin {}.",
            occasion.page_origin
        )),
        C::SchemeNotCorsEnabled => Some(format!(
            "Fetch API cannot load {url}. URL scheme \"{}\" is not supported.",
            url.split(':').next().unwrap_or_default()
        )),
        C::MixedContent => Some(format!(
            "Mixed Content: The page at '{}/' was loaded over HTTPS, but requested an insecure resource '{url}'. This request has been blocked; the content must be served over HTTPS.",
            occasion.page_origin
        )),
        C::BadPort => net("ERR_UNSAFE_PORT"),
        C::SchemeNotFetchable => net("ERR_UNKNOWN_URL_SCHEME"),
        C::DataUrlInvalid => net("ERR_INVALID_URL"),
        C::StreamNeedsHttp2 => net("ERR_H2_OR_QUIC_REQUIRED"),
        C::StreamCannotBeReplayed => net("ERR_INVALID_ARGUMENT"),
        C::CacheMissOnlyIfCached => net("ERR_CACHE_MISS"),
        C::DnsFailed => net("ERR_NAME_NOT_RESOLVED"),
        C::ConnectionFailed => net("ERR_CONNECTION_REFUSED"),
        C::TlsFailed => net("ERR_CERT_AUTHORITY_INVALID"),
        C::HttpMalformed => net("ERR_INVALID_HTTP_RESPONSE"),
        C::ContentDecodingFailed => net("ERR_CONTENT_DECODING_FAILED"),
        C::TimedOut => net("ERR_TIMED_OUT"),
        C::Offline => net("ERR_INTERNET_DISCONNECTED"),
        C::ClientCertificateNeeded => net("ERR_SSL_CLIENT_AUTH_CERT_NEEDED"),
        C::PreflightNetworkError
        | C::KeepaliveQuotaExceeded
        | C::RedirectModeError
        | C::OpaqueRangeResponse => net("ERR_FAILED"),
        C::RedirectLocationInvalid => net("ERR_INVALID_REDIRECT"),
        C::RedirectSchemeNotHttp => net("ERR_UNSAFE_REDIRECT"),
        C::RedirectLimit => net("ERR_TOO_MANY_REDIRECTS"),
        C::CorpNotSameOrigin => net("ERR_BLOCKED_BY_RESPONSE.NotSameOrigin"),
        C::CorpNotSameSite => net("ERR_BLOCKED_BY_RESPONSE.NotSameSite"),
        C::CorpRequiredByCoep => {
            net("ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep")
        }
        C::OrbBlocked => net("ERR_BLOCKED_BY_ORB"),
        C::NosniffBlocked | C::MimeTypeBlocked => Some(format!(
            "Refused to execute script from '{url}' because its MIME type ('{}') is not executable{}.",
            occasion.seen.unwrap_or_default(),
            if occasion.code == C::NosniffBlocked {
                ", and strict MIME type checking is enabled"
            } else {
                ""
            }
        )),
        C::IntegrityMismatch => Some(format!(
            "Failed to find a valid digest in the 'integrity' attribute for resource '{}' with computed {} integrity '…'. The resource has been blocked.",
            occasion.first_url,
            strongest(subject)
        )),
        C::IntegrityOnOpaque => Some(format!(
            "Subresource Integrity: The resource '{}' has an integrity attribute, but the resource requires the request to be CORS enabled to check the integrity, and it is not. The resource has been blocked because the integrity cannot be enforced.",
            occasion.first_url
        )),
        C::WorkerNotSameOrigin => Some(format!(
            "SecurityError: Failed to construct 'Worker': Script at '{url}' cannot be accessed from origin '{}'.",
            occasion.page_origin
        )),
        C::SvgReferenceNotSameOrigin | C::TrackWithoutCrossorigin => Some(format!(
            "Unsafe attempt to load URL {} from frame with URL …. Domains, protocols and ports must match.",
            file(url)
        )),
        C::FrameWithoutEmbedderPolicy => {
            net("ERR_BLOCKED_BY_RESPONSE.CoepFrameResourceNeedsCoepHeader")
        }
        C::ScriptTypeNotJavascript => Some(format!(
            "Failed to load module script: Expected a JavaScript-or-Wasm module script but the server responded with a MIME type of \"{}\". Strict MIME type checking is enforced for module scripts per HTML spec.",
            occasion.seen.unwrap_or_default()
        )),
        C::EventStreamTypeWrong => Some(format!(
            "EventSource's response has a MIME type (\"{}\") that is not \"text/event-stream\". Aborting the connection.",
            occasion.seen.unwrap_or_default()
        )),
        C::WebSocketNotAccepted => Some(format!(
            "WebSocket connection to '{}' failed: Error during WebSocket handshake: Unexpected response code: {}",
            url.replacen("http", "ws", 1),
            occasion.subject.unwrap_or("200")
        )),
        C::CanvasTainted => Some(
            "SecurityError: Failed to execute 'getImageData' on 'CanvasRenderingContext2D': The canvas has been tainted by cross-origin data.".to_owned(),
        ),
        C::SheetRulesHidden => Some(
            "SecurityError: Failed to read the 'cssRules' property from 'CSSStyleSheet': Cannot access rules".to_owned(),
        ),
        C::ScriptErrorsMuted => Some("Script error.".to_owned()),
        C::PreloadNotReused => Some(format!(
            "A preload for '{url}' is found, but is not used because the request {} does not match. Consider taking a look at crossorigin attribute.",
            occasion.subject.unwrap_or("credentials mode")
        )),
        C::ForbiddenHeaderDropped => Some(format!("Refused to set unsafe header \"{subject}\"")),
        _ => None,
    }
}

/// The strongest algorithm of integrity metadata, as Chromium writes it.
pub(super) fn strongest(metadata: &str) -> &'static str {
    let has = |algorithm| metadata.contains(algorithm);
    if has("sha512-") {
        "SHA-512"
    } else if has("sha384-") {
        "SHA-384"
    } else {
        "SHA-256"
    }
}

/// Chromium writes what is not printable ASCII as `\uXXXX`.
fn printable(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for unit in value.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii_graphic() || c == ' ' => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
    out
}
