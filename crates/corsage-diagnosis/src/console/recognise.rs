//! From a console line back to its code: tolerant of what versions changed in the wording.

use corsage::browser::Code;
use serde::Serialize;

use super::Browser;
use crate::Cause;

/// What a console line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// The code.
    #[serde(serialize_with = "crate::serialize::code")]
    pub code: Code,
    /// Which browser words it like that; `None` if several do.
    pub browser: Option<Browser>,
    /// The URL that failed.
    pub url: Option<String>,
    /// The URL that the page asked for, if a redirect was followed.
    pub redirected_from: Option<String>,
    /// The page's origin.
    pub origin: Option<String>,
    /// What the header held.
    pub seen: Option<String>,
    /// The method, header or URL in question.
    pub subject: Option<String>,
    /// The response's status.
    pub status: Option<u16>,
    /// `fetch`, `XMLHttpRequest`, `font`, `image`, … as the line says.
    pub api: Option<String>,
    /// What really happened, where the line says it.
    pub cause: Option<Cause>,
}

impl Recognised {
    fn new(code: Code) -> Self {
        Self {
            code,
            browser: None,
            url: None,
            redirected_from: None,
            origin: None,
            seen: None,
            subject: None,
            status: None,
            api: None,
            cause: None,
        }
    }
}

/// Recognises a line that a browser printed in its console.
///
/// ```
/// use corsage::browser::Code;
/// use corsage_diagnosis::console::recognise;
///
/// let line = "Access to fetch at 'https://api.example/me' from origin 'https://app.example' has \
///     been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the \
///     requested resource.";
/// assert_eq!(recognise(line).map(|found| found.code), Some(Code::MissingAllowOrigin));
/// assert_eq!(recognise("Uncaught ReferenceError: x is not defined"), None);
/// ```
#[must_use]
pub fn recognise(text: &str) -> Option<Recognised> {
    // Consoles wrap, people quote: one space is as good as any other.
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    chromium(&line)
        .or_else(|| firefox(&line))
        .or_else(|| service_worker(&line))
        .or_else(|| webkit(&line))
        .or_else(|| network(&line))
}

/// A service worker that answers with a response of the wrong kind.
fn service_worker(line: &str) -> Option<Recognised> {
    let worker = ["FetchEvent", "ServiceWorker", "service worker"];
    let refused = ["respondWith", "resulted in a network error", "served by service worker"];
    let says = |signs: &[&str]| signs.iter().any(|sign| line.contains(sign));
    if !(says(&worker) && says(&refused) && line.contains("paque")) {
        return None;
    }
    let mut found = Recognised::new(Code::OpaqueResponse);
    found.browser = Some(match line {
        line if line.contains("resulted in a network error") => Browser::Chromium,
        line if line.contains("ServiceWorker") => Browser::Firefox,
        _ => Browser::Webkit,
    });
    found.url = line
        .split([' ', '\'', '"', '‘', '’', '“', '”'])
        .find(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(str::to_owned);
    found.cause = Some(Cause::ServiceWorker);
    Some(found)
}

/// What stands between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)? + start;
    Some(&text[start..end])
}

fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn chromium(line: &str) -> Option<Recognised> {
    let (head, reason) = line
        .split_once("has been blocked by CORS policy:")
        .or_else(|| line.split_once("Access blocked by CORS policy:"))?;
    let preflight = reason.contains("Response to preflight request doesn't pass");
    let pick = |on_preflight, on_response| if preflight { on_preflight } else { on_response };
    use Code as C;
    let (code, seen, subject) = if reason.contains("No 'Access-Control-Allow-Origin' header") {
        (pick(C::PreflightMissingAllowOrigin, C::MissingAllowOrigin), None, None)
    } else if reason.contains("must not be the wildcard '*'") {
        let code =
            pick(C::PreflightWildcardOriginWithCredentials, C::WildcardOriginWithCredentials);
        (code, Some("*"), None)
    } else if reason.contains("contains multiple values") {
        let seen = between(reason, "multiple values '", "', but only one");
        (pick(C::PreflightMultipleAllowOrigin, C::MultipleAllowOrigin), seen, None)
    } else if reason.contains("contains the invalid value") {
        let seen = between(reason, "invalid value '", "'.");
        (pick(C::PreflightInvalidAllowOrigin, C::InvalidAllowOrigin), seen, None)
    } else if reason.contains("is not equal to the supplied origin") {
        let seen = between(reason, "has a value '", "' that is not equal");
        let response = if head.contains("redirected from") && head.contains("from origin 'null'") {
            C::AllowOriginMismatchTainted
        } else {
            C::AllowOriginMismatch
        };
        (pick(C::PreflightAllowOriginMismatch, response), seen, None)
    } else if reason.contains("'Access-Control-Allow-Credentials' header") {
        let seen = between(reason, "in the response is '", "' which must be");
        (pick(C::PreflightAllowCredentialsNotTrue, C::AllowCredentialsNotTrue), seen, None)
    } else if reason.contains("does not have HTTP ok status") {
        (C::PreflightStatusNotOk, None, None)
    } else if reason.contains("Redirect is not allowed for a preflight") {
        (C::PreflightRedirect, None, None)
    } else if reason.contains("Cannot parse Access-Control-Allow-Methods") {
        (C::PreflightInvalidAllowMethods, None, None)
    } else if reason.contains("Cannot parse Access-Control-Allow-Headers") {
        (C::PreflightInvalidAllowHeaders, None, None)
    } else if reason.contains("is not allowed by Access-Control-Allow-Methods") {
        let method = between(reason, "Method ", " is not allowed");
        (method_code(method), None, method)
    } else if reason.contains("is not allowed by Access-Control-Allow-Headers") {
        (C::HeaderNotAllowed, None, between(reason, "Request header field ", " is not allowed"))
    } else if reason.contains("contains a username and password") {
        (C::RedirectUrlHasCredentials, None, between(reason, "Redirect location '", "' contains"))
    } else if reason.contains("only supported for protocol schemes") {
        (C::SchemeNotCorsEnabled, None, None)
    } else if reason.contains("not allowed by request mode") {
        (C::SameOriginModeCrossOriginUrl, None, None)
    } else if reason.contains("redirect mode is not \"follow\"") {
        (C::NoCorsRedirectModeNotFollow, None, None)
    } else if reason.contains("not a secure context") {
        (C::LnaInsecureContext, None, between(reason, "address space `", "`"))
    } else if reason.contains("Permission was denied for this request to access") {
        (C::LnaPermissionDenied, None, between(reason, "access the `", "`"))
    } else if reason.contains("Unable to ask for permission to access") {
        (C::LnaPermissionPrompt, None, between(reason, "access the `", "`"))
    } else if reason.contains("target IP address space") {
        (C::LnaAddressSpaceMismatch, None, between(reason, "address space of `", "`"))
    } else if reason.contains("The response is invalid") {
        (C::PreflightNetworkError, None, None)
    } else {
        return None;
    };
    let mut found = Recognised::new(code);
    found.browser = Some(Browser::Chromium);
    found.url = owned(between(head, " at '", "'"));
    found.redirected_from = owned(between(head, "(redirected from '", "'"));
    found.origin = owned(between(head, "from origin '", "'"));
    found.api = owned(between(head, "Access to ", " at '"));
    found.seen = owned(seen);
    found.subject = owned(subject);
    Some(found)
}

/// A method that is refused in lower case is nearly always listed in upper case.
fn method_code(method: Option<&str>) -> Code {
    match method {
        Some(method) if method.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            Code::MethodCaseMismatch
        }
        _ => Code::MethodNotAllowed,
    }
}

fn firefox(line: &str) -> Option<Recognised> {
    use Code as C;
    if line.contains("Cross-Origin Request Warning:") && line.contains("Authorization") {
        let mut found = Recognised::new(C::WildcardCoversAuthorization);
        found.browser = Some(Browser::Firefox);
        found.url = owned(between(line, "remote resource at ", " soon."));
        return Some(found);
    }
    let rest = line.split_once("Cross-Origin Request Blocked:")?.1;
    let (head, reason) = rest.split_once("(Reason:")?;
    // Versions differ in straight and curly quotes.
    let reason = reason.replace(['‘', '’', '“', '”'], "'");
    let (code, seen, subject) = if reason.contains("'Access-Control-Allow-Origin' missing") {
        (C::MissingAllowOrigin, None, None)
    } else if reason.contains("Multiple CORS header") {
        (C::MultipleAllowOrigin, None, None)
    } else if reason.contains("does not match '") {
        let seen = between(&reason, "does not match '", "')");
        // Several lines are shown joined.
        let several = seen.is_some_and(|value| value.trim().contains([',', ' ']));
        (if several { C::MultipleAllowOrigin } else { C::AllowOriginMismatch }, seen, None)
    } else if reason.contains("Credential is not supported") {
        (C::WildcardOriginWithCredentials, Some("*"), None)
    } else if reason.contains("expected 'true' in CORS header") {
        (C::AllowCredentialsNotTrue, None, None)
    } else if reason.contains("external redirect not allowed") {
        (C::PreflightRedirect, None, None)
    } else if reason.contains("preflight") && reason.contains("did not succeed") {
        (C::PreflightStatusNotOk, None, None)
    } else if reason.contains("Did not find method in CORS header") {
        (C::MethodNotAllowed, None, None)
    } else if reason.contains("in CORS header 'Access-Control-Allow-Methods'") {
        (C::PreflightInvalidAllowMethods, between(&reason, "invalid token '", "'"), None)
    } else if reason.contains("invalid token") {
        (C::PreflightInvalidAllowHeaders, between(&reason, "invalid token '", "'"), None)
    } else if reason.contains("is not allowed according to header") {
        (C::HeaderNotAllowed, None, between(&reason, "header '", "' is not allowed"))
    } else if reason.contains("missing token") {
        (C::HeaderNotAllowed, None, between(&reason, "missing token '", "'"))
    } else if reason.contains("request not http") {
        (C::SchemeNotCorsEnabled, None, None)
    } else if reason.contains("request did not succeed") {
        (C::ConnectionFailed, None, None)
    } else {
        return None;
    };
    let mut found = Recognised::new(code);
    found.browser = Some(Browser::Firefox);
    found.url = between(&format!("{head}\n"), "remote resource at ", "\n")
        .map(|url| url.trim().trim_end_matches('.').trim_matches(['‘', '’', '\'']).to_owned());
    found.status = status(&reason);
    found.seen = owned(seen);
    found.subject = owned(subject);
    Some(found)
}

fn webkit(line: &str) -> Option<Recognised> {
    use Code as C;
    let (code, subject) = if line.contains("is not allowed by Access-Control-Allow-Origin") {
        (C::MissingAllowOrigin, None)
    } else if line.contains("Cannot use wildcard in Access-Control-Allow-Origin") {
        (C::WildcardOriginWithCredentials, None)
    } else if line.contains("Access-Control-Allow-Origin cannot contain more than one origin") {
        (C::MultipleAllowOrigin, None)
    } else if line.contains("Credentials flag is true, but") {
        (C::AllowCredentialsNotTrue, None)
    } else if line.contains("Preflight response is not successful") {
        match status(line) {
            Some(301 | 302 | 303 | 307 | 308) => (C::PreflightRedirect, None),
            _ => (C::PreflightStatusNotOk, None),
        }
    } else if line.contains("Header Access-Control-Allow-Methods has an invalid value") {
        (C::PreflightInvalidAllowMethods, None)
    } else if line.contains("Header Access-Control-Allow-Headers has an invalid value") {
        (C::PreflightInvalidAllowHeaders, None)
    } else if line.contains("is not allowed by Access-Control-Allow-Methods") {
        let method = between(line, "Method ", " is not allowed");
        (method_code(method), method)
    } else if line.contains("is not allowed by Access-Control-Allow-Headers") {
        (C::HeaderNotAllowed, between(line, "Request header field ", " is not allowed"))
    } else if line.contains("redirection with non CORS scheme") {
        // Of an http URL this says that it is none.
        match between(line, "Cross-origin redirection to ", " denied by") {
            Some(target) if target.starts_with("http") => (C::RedirectLocationInvalid, None),
            _ => (C::RedirectSchemeNotHttp, None),
        }
    } else if line.contains("FTP URLs are disabled") {
        (C::RedirectSchemeNotHttp, None)
    } else if line.contains("has credentials") && line.contains("redirection URL ") {
        (C::RedirectUrlHasCredentials, between(line, "redirection URL ", " has credentials"))
    } else if line.contains("Not allowed to follow a redirection while loading") {
        (C::RedirectModeError, None)
    } else if line.contains("cannot follow more than 20 redirections") {
        (C::RedirectLimit, None)
    } else if line.contains("Cross-Origin-Resource-Policy response header") {
        (C::CorpNotSameOrigin, None)
    } else if line.contains("Cross origin requests are only supported for HTTP") {
        (C::SchemeNotCorsEnabled, None)
    } else if line.contains("Not allowed to use restricted network port") {
        (C::BadPort, None)
    } else if line.contains("Fetch API cannot load ")
        && line.ends_with('.')
        && !line.contains(" due to ")
    {
        (C::SameOriginModeCrossOriginUrl, None)
    } else {
        return None;
    };
    let mut found = Recognised::new(code);
    found.browser = Some(Browser::Webkit);
    found.url = owned(
        between(line, "cannot load ", " due to access control checks")
            .or_else(|| line.split_once("Fetch API cannot load ")?.1.strip_suffix('.'))
            .or_else(|| between(line, "Cross-origin redirection to ", " denied by")),
    );
    let origin = between(line, "Origin ", " is not allowed by");
    if origin == Some("null") && line.contains("Cross-origin redirection to") {
        found.code = C::AllowOriginMismatchTainted;
    }
    found.origin = owned(origin);
    found.status = status(line);
    found.subject = owned(subject);
    Some(found)
}

/// Lines that do not speak of CORS, although people take them for it.
fn network(line: &str) -> Option<Recognised> {
    use Code as C;
    const SIGNS: &[(&str, Code)] = &[
        ("ERR_NAME_NOT_RESOLVED", C::DnsFailed),
        ("ERR_CONNECTION_", C::ConnectionFailed),
        ("ERR_EMPTY_RESPONSE", C::ConnectionFailed),
        ("ERR_BLOCKED_BY_CLIENT", C::ConnectionFailed),
        ("ERR_ADDRESS_UNREACHABLE", C::ConnectionFailed),
        ("ERR_HTTP2_", C::HttpMalformed),
        ("ERR_INVALID_HTTP_RESPONSE", C::HttpMalformed),
        ("ERR_CONTENT_DECODING_FAILED", C::ContentDecodingFailed),
        ("ERR_CERT_", C::TlsFailed),
        ("ERR_SSL_CLIENT_AUTH", C::ClientCertificateNeeded),
        ("ERR_SSL_", C::TlsFailed),
        ("ERR_TIMED_OUT", C::TimedOut),
        ("ERR_INTERNET_DISCONNECTED", C::Offline),
        ("ERR_UNSAFE_PORT", C::BadPort),
        ("ERR_UNSAFE_REDIRECT", C::RedirectSchemeNotHttp),
        ("ERR_TOO_MANY_REDIRECTS", C::RedirectLimit),
        ("ERR_INVALID_REDIRECT", C::RedirectLocationInvalid),
        ("ERR_CACHE_MISS", C::CacheMissOnlyIfCached),
        ("ERR_H2_OR_QUIC_REQUIRED", C::StreamNeedsHttp2),
        ("ERR_UNKNOWN_URL_SCHEME", C::SchemeNotFetchable),
        ("ERR_BLOCKED_BY_ORB", C::OrbBlocked),
        ("NotSameOriginAfterDefaultedToSameOriginByCoep", C::CorpRequiredByCoep),
        ("ERR_BLOCKED_BY_RESPONSE.NotSameSite", C::CorpNotSameSite),
        ("ERR_BLOCKED_BY_RESPONSE", C::CorpNotSameOrigin),
        ("due to its Cross-Origin-Resource-Policy header", C::CorpNotSameOrigin),
        ("Request mode is \"same-origin\" but", C::SameOriginModeCrossOriginUrl),
        ("\" is not supported.", C::SchemeNotCorsEnabled),
        ("Mixed Content:", C::MixedContent),
        ("mixed active content", C::MixedContent),
        ("requested insecure content from", C::MixedContent),
        ("Content Security Policy", C::CspConnectSrc),
        ("Content-Security-Policy", C::CspConnectSrc),
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
        ("Refused to set unsafe header", C::ForbiddenHeaderDropped),
        ("Attempt to set a forbidden header was denied", C::ForbiddenHeaderDropped),
        ("`duplex` member must be specified", C::StreamNeedsDuplexHalf),
        ("'only-if-cached' can be set only with", C::OnlyIfCachedNeedsSameOriginMode),
        ("not eligible for integrity checks", C::IntegrityOnOpaque),
        ("Failed to find a valid digest", C::IntegrityMismatch),
        ("hashes in the integrity attribute match", C::IntegrityMismatch),
        ("strict MIME type checking is enabled", C::NosniffBlocked),
        ("(X-Content-Type-Options: nosniff)", C::NosniffBlocked),
        ("Tainted canvases may not be exported", C::OpaqueResponse),
        ("canvas has been tainted by cross-origin data", C::OpaqueResponse),
        ("ECONNREFUSED", C::ConnectionFailed),
    ];
    let (_, code) = SIGNS.iter().find(|(sign, _)| line.contains(sign))?;
    let mut found = Recognised::new(*code);
    found.url = line
        .split([' ', '\'', '"', '“', '”'])
        .find(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|url| url.trim_end_matches(['.', ',']).to_owned());
    Some(found)
}

fn status(text: &str) -> Option<u16> {
    let after = text.split_once("tatus code: ")?.1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
