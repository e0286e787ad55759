//! Firefox: `Cross-Origin Request Blocked: …(Reason: …)`, one reason per page of the manual.

use corsage::browser::Code;

use super::{Occasion, Tainting, firefox_loads};

const BLOCKED: &str =
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at";

/// The key of Firefox's message, which is also the name of its page in the manual.
pub(crate) fn manual_page(code: Code) -> Option<&'static str> {
    use Code as C;
    Some(match code {
        code if is_networks(code) => "CORSDidNotSucceed",
        C::PreflightNetworkError | C::RedirectSchemeNotHttp | C::RedirectUrlHasCredentials => {
            "CORSDidNotSucceed"
        }
        C::SchemeNotCorsEnabled => "CORSRequestNotHttp",
        C::PreflightMissingAllowOrigin | C::MissingAllowOrigin => "CORSMissingAllowOrigin",
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin => {
            "CORSMultipleAllowOriginNotAllowed"
        }
        C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted => "CORSAllowOriginNotMatchingOrigin",
        C::PreflightWildcardOriginWithCredentials | C::WildcardOriginWithCredentials => {
            "CORSNotSupportingCredentials"
        }
        // The manual's page is really spelled like this.
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            "CORSMIssingAllowCredentials"
        }
        C::PreflightRedirect => "CORSExternalRedirectNotAllowed",
        C::PreflightStatusNotOk => "CORSPreflightDidNotSucceed",
        C::PreflightInvalidAllowMethods => "CORSInvalidAllowMethod",
        C::PreflightInvalidAllowHeaders => "CORSInvalidAllowHeader",
        C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials => {
            "CORSMethodNotFound"
        }
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => {
            "CORSMissingAllowHeaderFromPreflight"
        }
        _ => return None,
    })
}

/// What fails without a word about CORS, unless CORS was in force.
fn is_networks(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::DnsFailed
            | C::ConnectionFailed
            | C::TlsFailed
            | C::HttpMalformed
            | C::TimedOut
            | C::Offline
            | C::ClientCertificateNeeded
            | C::RedirectLimit
            | C::RedirectLocationInvalid
    )
}

pub(super) fn printed(occasion: &Occasion<'_>) -> Vec<String> {
    let Some(kind) = occasion.api.load() else { return of_request(occasion) };
    if let Some(lines) = firefox_loads::printed(kind, occasion) {
        return lines;
    }
    let mut lines = of_request(occasion);
    if lines.iter().any(|line| line.starts_with(BLOCKED)) {
        lines.extend(firefox_loads::after_cors(kind, occasion));
    } else {
        lines.extend(firefox_loads::after_block(kind, occasion));
    }
    lines
}

/// What it says of whatever else fails that was asked with CORS.
pub(super) fn did_not_succeed(url: &str) -> String {
    format!("{BLOCKED} {url}. (Reason: CORS request did not succeed). Status code: (null).")
}

fn of_request(occasion: &Occasion<'_>) -> Vec<String> {
    use Code as C;
    let url = occasion.url;
    let seen = occasion.seen.unwrap_or_default();
    let subject = occasion.subject.unwrap_or_default();
    let status = occasion.status.map_or_else(|| "(null)".to_owned(), |status| status.to_string());
    let blocked = |reason: &str| vec![format!("{BLOCKED} {url}. (Reason: {reason}).")];
    let with_status =
        |reason: &str| vec![format!("{BLOCKED} {url}. (Reason: {reason}). Status code: {status}.")];
    let did_not_succeed = || vec![did_not_succeed(url)];
    match occasion.code {
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin
            if occasion.lines > 1 && occasion.api.load().is_some() =>
        {
            blocked("Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed")
        }
        C::PreflightMultipleAllowOrigin
        | C::MultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted => {
            blocked(&format!("CORS header ‘Access-Control-Allow-Origin’ does not match ‘{seen}’"))
        }
        C::PreflightMissingAllowOrigin | C::MissingAllowOrigin => {
            with_status("CORS header ‘Access-Control-Allow-Origin’ missing")
        }
        C::PreflightWildcardOriginWithCredentials | C::WildcardOriginWithCredentials => {
            vec![format!(
                "{BLOCKED} ‘{url}’. (Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)."
            )]
        }
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            blocked("expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’")
        }
        C::PreflightRedirect => blocked("CORS request external redirect not allowed"),
        C::PreflightStatusNotOk => with_status("CORS preflight response did not succeed"),
        C::PreflightInvalidAllowMethods => blocked(&format!(
            "invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Methods’",
            first_bad_token(seen)
        )),
        C::PreflightInvalidAllowHeaders => blocked(&format!(
            "invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Headers’",
            first_bad_token(seen)
        )),
        C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials => {
            blocked("Did not find method in CORS header ‘Access-Control-Allow-Methods’")
        }
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => blocked(&format!(
            "header ‘{subject}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response"
        )),
        C::SchemeNotCorsEnabled => blocked("CORS request not http"),
        C::RedirectSchemeNotHttp if occasion.tainting == Tainting::Basic => {
            let target = occasion.redirects_to.unwrap_or(url);
            vec![format!("{BLOCKED} {target}. (Reason: CORS request not http).")]
        }
        // Whoever the target is, such a redirect is followed with CORS only.
        C::RedirectUrlHasCredentials => did_not_succeed(),
        _ if occasion.tainting != Tainting::Cors && is_networks(occasion.code) => Vec::new(),
        C::RedirectSchemeNotHttp | C::PreflightNetworkError => did_not_succeed(),
        code if is_networks(code) => did_not_succeed(),
        C::BadPort if occasion.redirects_to.is_some() => did_not_succeed(),
        C::CspConnectSrc => {
            let target = occasion.redirects_to;
            let mut lines = vec![format!(
                "Content-Security-Policy: The page’s settings blocked the loading of a resource (connect-src) at {} because it violates the following directive: “{}”",
                target.unwrap_or(url),
                occasion.seen.unwrap_or("connect-src 'self'")
            )];
            // Of a redirect it says both.
            lines.extend(target.into_iter().flat_map(|_| did_not_succeed()));
            lines
        }
        C::MixedContent => vec![format!("Blocked loading mixed active content “{url}”")],
        C::WildcardCoversAuthorization => vec![format!(
            "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {url} soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To include the `Authorization` header, it must be explicitly listed in CORS header `Access-Control-Allow-Headers`)."
        )],
        C::NosniffBlocked => vec![format!(
            "The resource from “{url}” was blocked due to MIME type (“{}”) mismatch (X-Content-Type-Options: nosniff).",
            occasion.seen.unwrap_or("text/html")
        )],
        C::MimeTypeBlocked => vec![format!(
            "Script from “{url}” was blocked because of a disallowed MIME type (“{}”).",
            occasion.seen.unwrap_or("text/csv")
        )],
        C::OrbBlocked => vec![format!(
            "The resource at “{url}” was blocked by OpaqueResponseBlocking. Reason: “…”."
        )],
        C::IntegrityMismatch => vec![format!(
            "None of the “{}” hashes in the integrity attribute match the content of the subresource at “{}”. The computed hash is “…”.",
            super::chromium::strongest(subject).to_ascii_lowercase().replace('-', ""),
            occasion.first_url
        )],
        C::IntegrityOnOpaque => vec![format!(
            "“{}” is not eligible for integrity checks since it’s neither CORS-enabled nor same-origin.",
            occasion.first_url
        )],
        C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep => vec![format!(
            "The resource at “{url}” was blocked due to its Cross-Origin-Resource-Policy header (or lack thereof). See https://developer.mozilla.org/docs/Web/HTTP/Cross-Origin_Resource_Policy_(CORP)#"
        )],
        C::WorkerNotSameOrigin | C::TrackWithoutCrossorigin | C::SvgReferenceNotSameOrigin => {
            vec![format!(
                "Security Error: Content at {}/ may not load data from {url}.",
                occasion.page_origin
            )]
        }
        C::ScriptTypeNotJavascript => vec![format!(
            "Loading module from “{url}” was blocked because of a disallowed MIME type (“{}”).",
            occasion.seen.unwrap_or_default()
        )],
        C::StyleTypeNotCss => vec![format!(
            "The stylesheet {url} was not loaded because its MIME type, “{}”, is not “text/css”.",
            occasion.seen.unwrap_or_default()
        )],
        C::EventStreamTypeWrong => {
            vec![format!("Firefox can’t establish a connection to the server at {url}.")]
        }
        C::WebSocketNotAccepted => vec![format!(
            "Firefox can’t establish a connection to the server at {}.",
            url.replacen("http", "ws", 1)
        )],
        C::CanvasTainted => vec!["SecurityError: The operation is insecure.".to_owned()],
        C::ForbiddenHeaderDropped => {
            vec![format!("Attempt to set a forbidden header was denied: {subject}")]
        }
        C::BodyWithGetOrHead => {
            vec!["TypeError: Window.fetch: HEAD or GET Request cannot have a body.".to_owned()]
        }
        C::InvalidUrl => vec![format!("TypeError: Window.fetch: {url} is not a valid URL.")],
        C::UrlHasCredentials => {
            vec![format!("TypeError: Window.fetch: {url} is an url with embedded credentials.")]
        }
        C::InvalidMethod | C::ForbiddenMethod => {
            vec![format!("TypeError: Window.fetch: Invalid request method {subject}.")]
        }
        C::NoCorsMethodNotSafelisted => {
            vec![format!("TypeError: Window.fetch: Invalid request method {}.", occasion.method)]
        }
        C::InvalidHeaderName => {
            vec![format!("TypeError: Window.fetch: {subject} is an invalid header name.")]
        }
        C::InvalidHeaderValue => {
            vec![format!("TypeError: Window.fetch: {subject} is an invalid header value.")]
        }
        C::NavigateModeNotAllowed => {
            vec!["TypeError: Window.fetch: Invalid request mode navigate.".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// The item at which Firefox stops parsing.
fn first_bad_token(list: &str) -> &str {
    list.split(',')
        .map(|item| item.trim_matches([' ', '\t']))
        .find(|item| !item.is_empty() && !item.bytes().all(is_token_byte))
        .unwrap_or(list)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
