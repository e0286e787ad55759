//! Chromium since version 40, and what is built on it: Chrome, Edge, Opera, Electron, Android's WebView.

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::recognised::{Recognised, between, first_url, owned, status, url_at};

/// Where the reason begins, whatever stands before it.
const HEADS: &[&str] = &[
    "has been blocked by CORS policy",
    "blocked by CORS policy",
    "has been blocked from loading by Cross-Origin Resource Sharing policy",
];

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let head = HEADS.iter().find_map(|head| line.split_once(head));
    let (head, reason) = match head {
        Some((head, reason)) => (head, reason.trim_start_matches([':', ' '])),
        // Before 2017 the URL came first and the reason after it; copied titles hold the reason alone.
        None => ("", line),
    };
    let Some((code, seen, subject)) = reason_of(reason) else {
        if head.is_empty() {
            return None;
        }
        let old = reason.contains("'Access-Control-Allow-Private-Network'");
        let topic = if old { Topic::PrivateNetworkAccess } else { Topic::CutLine };
        let mut found = Recognised::topic(topic, Some(Browser::Chromium));
        // The reason may be cut in its middle, and still say enough.
        if let Some(code) = begun(reason) {
            found.code = Some(code);
            found.topic = None;
        }
        facts(&mut found, head, line);
        return Some(found);
    };
    // WebKit has some of the same sentences.
    if head.is_empty() && !is_chromium(line, reason) {
        return None;
    }
    let mut found = Recognised::code(code, Some(Browser::Chromium));
    found.seen = owned(seen);
    found.subject = owned(subject);
    facts(&mut found, head, line);
    if code == Code::AllowOriginMismatch && found.redirected_from.is_some() {
        let null = found.origin.as_deref() == Some("null");
        // What is compared is `null` by then, while the page's own origin is printed.
        if null || (found.origin.is_some() && found.origin == found.seen) {
            found.code = Some(Code::AllowOriginMismatchTainted);
        }
    }
    Some(found)
}

fn is_chromium(line: &str, reason: &str) -> bool {
    [
        "Origin '",
        "preflight",
        "Access to",
        "supplied origin",
        "Redirect",
        "requested resource",
        "credentials flag",
        "credentials mode",
        "address space",
        "protocol schemes",
        "multiple values",
        "invalid value",
        "Invalid HTTP status",
    ]
    .iter()
    .any(|sign| line.contains(sign))
        && !reason.contains("Preflight response is not successful")
        || line.contains("cannot load ")
        || line.contains("Failed to load ")
}

/// URL, origin, API and status, wherever that version prints them.
fn facts(found: &mut Recognised, head: &str, line: &str) {
    let head = if head.is_empty() { line } else { head };
    found.api = owned(between(head, "Access to ", " at '"));
    found.redirected_from = owned(between(head, "redirected from '", "'"));
    found.url = owned(between(head, " at '", "'")).or_else(|| {
        let (_, rest) =
            head.split_once("cannot load ").or_else(|| head.split_once("Failed to load "))?;
        let rest = rest.trim_start_matches('\'');
        let url = url_at(rest).trim_end_matches(':');
        // Only the tail was copied.
        url.contains(':').then(|| url.to_owned())
    });
    if let Some(from) = between(head, "Redirect from '", "'") {
        found.redirected_from = Some(from.to_owned());
        found.url = owned(between(head, "' to '", "'"));
    }
    if let Some(from) = between(head, "Redirect at '", "'") {
        found.redirected_from = Some(from.to_owned());
    }
    let server = between(head, "from origin '", "'");
    let page = between(line, "Origin '", "' is therefore not allowed");
    match (server, page) {
        // `Font from origin 'https://the-server'`
        (Some(server), Some(page)) if found.url.is_none() => {
            found.url = Some(server.to_owned());
            found.origin = Some(page.to_owned());
            found.api = owned(
                head.split_once(" from origin '")
                    .map(|(api, _)| api.rsplit(' ').next().unwrap_or(api)),
            );
        }
        (server, page) => found.origin = owned(server.or(page)),
    }
    if found.url.is_none() {
        found.url = owned(first_url(head)).filter(|url| Some(url) != found.origin.as_ref());
    }
    found.status = status(line).or_else(|| {
        let after = line.split_once("HTTP status code ")?.1;
        after.get(..3)?.parse().ok()
    });
}

type Reason<'l> = (Code, Option<&'l str>, Option<&'l str>);

fn reason_of(reason: &str) -> Option<Reason<'_>> {
    use Code as C;
    let has = |sign: &str| reason.contains(sign);
    let preflight = has("to preflight request") || has("for preflight");
    let pick = |on_preflight, on_response| if preflight { on_preflight } else { on_response };
    Some(if has("No 'Access-Control-Allow-Origin' header") {
        (pick(C::PreflightMissingAllowOrigin, C::MissingAllowOrigin), None, None)
    } else if has("must not be the wildcard '*'")
        || has("wildcard '*' cannot be used in the 'Access-Control-Allow-Origin'")
        || has("Cannot use wildcard in Access-Control-Allow-Origin")
            && (has("cannot load ") || has("therefore not allowed"))
    {
        let code =
            pick(C::PreflightWildcardOriginWithCredentials, C::WildcardOriginWithCredentials);
        (code, Some("*"), None)
    } else if has("contains multiple values") {
        let seen = between(reason, "multiple values '", "', but only one")
            .or_else(|| between(reason, "multiple values '", "'"));
        (pick(C::PreflightMultipleAllowOrigin, C::MultipleAllowOrigin), seen, None)
    } else if has("contains the invalid value") {
        let seen = between(reason, "invalid value '", "'.")
            .or_else(|| between(reason, "invalid value '", "'"));
        (pick(C::PreflightInvalidAllowOrigin, C::InvalidAllowOrigin), seen, None)
    } else if has("not equal to the supplied origin") {
        let seen = between(reason, "has a value '", "' that is not equal");
        (pick(C::PreflightAllowOriginMismatch, C::AllowOriginMismatch), seen, None)
    } else if has("'Access-Control-Allow-Credentials' header") {
        let seen = between(reason, "in the response is '", "' which must be")
            .or_else(|| between(reason, "'Access-Control-Allow-Credentials' header is '", "'"));
        (pick(C::PreflightAllowCredentialsNotTrue, C::AllowCredentialsNotTrue), seen, None)
    } else if has("'Access-Control-Allow-Private-Network'") {
        return None;
    } else if has("does not have HTTP ok status")
        || has("preflight has invalid HTTP status")
        || has("Invalid HTTP status code")
    {
        (C::PreflightStatusNotOk, None, None)
    } else if has("Redirect is not allowed for a preflight")
        || has("preflight is invalid (redirect)")
        || has("Request requires preflight, which is disallowed")
    {
        (C::PreflightRedirect, None, None)
    } else if has("Cannot parse Access-Control-Allow-Methods") {
        (C::PreflightInvalidAllowMethods, None, None)
    } else if has("Cannot parse Access-Control-Allow-Headers") {
        (C::PreflightInvalidAllowHeaders, None, None)
    } else if has("is not allowed by Access-Control-Allow-Methods")
        && (has("in preflight response") || has("cannot load "))
    {
        let method = between(reason, "Method ", " is not allowed");
        (method_code(method), None, method)
    } else if has("is not allowed by Access-Control-Allow-Headers")
        && (has("in preflight response") || has("cannot load "))
    {
        (C::HeaderNotAllowed, None, between(reason, "equest header field ", " is not allowed"))
    } else if has("contains a username and password") || has("contains userinfo") {
        (C::RedirectUrlHasCredentials, None, between(reason, "Redirect location '", "' contains"))
    } else if has("has a disallowed scheme for cross-origin requests") {
        (C::RedirectSchemeNotHttp, None, between(reason, "Redirect location '", "' has"))
    } else if has("only supported for protocol schemes")
        || has("requests are only supported for HTTP") && has("cannot load ")
    {
        (C::SchemeNotCorsEnabled, None, None)
    } else if has("not allowed by request mode") {
        (C::SameOriginModeCrossOriginUrl, None, None)
    } else if has("redirect mode is not 'follow'") {
        (C::NoCorsRedirectModeNotFollow, None, None)
    } else if has("not a secure context") {
        (C::LnaInsecureContext, None, between(reason, "address space '", "'"))
    } else if has("Permission was denied for this request to access") {
        (C::LnaPermissionDenied, None, between(reason, "access the '", "'"))
    } else if has("Unable to ask for permission to access") {
        (C::LnaPermissionPrompt, None, between(reason, "access the '", "'"))
    } else if has("target IP address space") {
        let real = between(reason, "in address space '", "'");
        (C::LnaAddressSpaceMismatch, real, between(reason, "address space of '", "'"))
    } else if has("The response is invalid") {
        (C::PreflightNetworkError, None, None)
    } else if (has("cannot load ") || has("Failed to load "))
        && has("is not allowed by Access-Control-Allow-Origin")
    {
        // Before 2014, as in WebKit.
        return None;
    } else {
        return None;
    })
}

/// What a reason that is cut in its middle can only be.
fn begun(reason: &str) -> Option<Code> {
    let preflight = reason.contains("to preflight request");
    let at_least = |whole: &str, least: usize| {
        let text =
            reason.rsplit("check: ").next().unwrap_or(reason).trim_end_matches(['.', '…', ' ']);
        text.len() >= least && whole.starts_with(text)
    };
    use Code as C;
    if at_least("No 'Access-Control-Allow-Origin' header is present on the requested resource", 4) {
        Some(if preflight { C::PreflightMissingAllowOrigin } else { C::MissingAllowOrigin })
    } else if at_least("It does not have HTTP ok status", 4) {
        Some(C::PreflightStatusNotOk)
    } else if at_least("Redirect is not allowed for a preflight request", 11) {
        Some(C::PreflightRedirect)
    } else if at_least(
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be",
        47,
    ) {
        Some(if preflight {
            C::PreflightWildcardOriginWithCredentials
        } else {
            C::WildcardOriginWithCredentials
        })
    } else if reason.contains("equest header field ") && reason.contains(" is not all") {
        Some(C::HeaderNotAllowed)
    } else if reason.contains("Method ") && reason.contains(" is not all") {
        Some(C::MethodNotAllowed)
    } else if at_least("The 'Access-Control-Allow-Origin' header contains multiple", 47) {
        Some(if preflight { C::PreflightMultipleAllowOrigin } else { C::MultipleAllowOrigin })
    } else if at_least("The 'Access-Control-Allow-Origin' header contains the invalid", 51) {
        Some(if preflight { C::PreflightInvalidAllowOrigin } else { C::InvalidAllowOrigin })
    } else if reason.contains("The 'Access-Control-Allow-Origin' header has a value") {
        Some(if preflight { C::PreflightAllowOriginMismatch } else { C::AllowOriginMismatch })
    } else if at_least("Cross origin requests are only supported for protocol", 15) {
        Some(C::SchemeNotCorsEnabled)
    } else {
        None
    }
}

/// A method that is refused in lower case is nearly always listed in upper case.
pub(super) fn method_code(method: Option<&str>) -> Code {
    match method {
        Some(method) if method.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            Code::MethodCaseMismatch
        }
        _ => Code::MethodNotAllowed,
    }
}
