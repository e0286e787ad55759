use corsage::browser::Code;
use proptest::prelude::*;

use super::{Browser, recognise};
use crate::console::{Api, Occasion, Tainting, printed};

fn occasion(code: Code) -> Occasion<'static> {
    Occasion {
        code,
        api: Api::XmlHttpRequest,
        method: "PUT",
        url: "https://files.example/b",
        first_url: "https://api.example/a",
        tainting: Tainting::Cors,
        redirects_to: None,
        page_origin: "https://app.example",
        sent_origin: "https://app.example",
        seen: Some(match code {
            Code::PreflightMultipleAllowOrigin | Code::MultipleAllowOrigin => {
                "https://x.example, *"
            }
            _ => "https://x.example/",
        }),
        lines: 2,
        subject: Some("X-Token"),
        status: Some(418),
    }
}

/// Codes that a browser's words cannot tell apart: each is recognised as the commonest of them.
fn as_recognised(code: Code, browser: Browser) -> Code {
    use Code as C;
    let general = match code {
        C::MethodWildcardWithCredentials => C::MethodNotAllowed,
        C::MethodCaseMismatch if browser == Browser::Firefox => C::MethodNotAllowed,
        // The subject of the occasion has lower-case letters.
        C::MethodNotAllowed if browser != Browser::Firefox => C::MethodCaseMismatch,
        C::HeaderWildcardWithCredentials => C::HeaderNotAllowed,
        C::AllowOriginMismatchTainted => C::AllowOriginMismatch,
        C::LnaPermissionsPolicy => C::LnaPermissionDenied,
        other => other,
    };
    let general = match general {
        C::MethodNotAllowed if browser != Browser::Firefox => C::MethodCaseMismatch,
        other => other,
    };
    let on_response = |code| match code {
        C::PreflightMissingAllowOrigin => C::MissingAllowOrigin,
        C::PreflightMultipleAllowOrigin => C::MultipleAllowOrigin,
        C::PreflightInvalidAllowOrigin => C::InvalidAllowOrigin,
        C::PreflightAllowOriginMismatch => C::AllowOriginMismatch,
        C::PreflightWildcardOriginWithCredentials => C::WildcardOriginWithCredentials,
        C::PreflightAllowCredentialsNotTrue => C::AllowCredentialsNotTrue,
        other => other,
    };
    match browser {
        Browser::Chromium => general,
        Browser::Firefox => match on_response(general) {
            C::InvalidAllowOrigin => C::AllowOriginMismatch,
            C::DnsFailed
            | C::TlsFailed
            | C::HttpMalformed
            | C::TimedOut
            | C::Offline
            | C::ClientCertificateNeeded
            | C::RedirectLimit
            | C::RedirectLocationInvalid
            | C::RedirectSchemeNotHttp
            | C::RedirectUrlHasCredentials
            | C::PreflightNetworkError => C::ConnectionFailed,
            C::ForbiddenMethod | C::NoCorsMethodNotSafelisted => C::InvalidMethod,
            C::CorpNotSameSite | C::CorpRequiredByCoep => C::CorpNotSameOrigin,
            other => other,
        },
        Browser::Webkit => match on_response(general) {
            C::InvalidAllowOrigin | C::AllowOriginMismatch => C::MissingAllowOrigin,
            C::PreflightRedirect => C::PreflightStatusNotOk,
            C::RedirectLocationInvalid => C::RedirectSchemeNotHttp,
            C::CorpNotSameSite | C::CorpRequiredByCoep => C::CorpNotSameOrigin,
            other => other,
        },
    }
}

#[test]
fn what_is_printed_is_recognised() {
    let (mut recognised, mut wrong) = (0, Vec::new());
    for &code in Code::ALL {
        for browser in Browser::ALL {
            let lines = printed(browser, &occasion(code));
            let Some(line) = lines.first() else { continue };
            let Some(found) = recognise(line) else { continue };
            if found.code != as_recognised(code, browser) {
                wrong.push(format!("{browser:?}: {code} is taken for {}: {line}", found.code));
            }
            recognised += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(recognised > 120, "only {recognised} lines are recognised");
}

#[test]
fn every_cors_line_is_recognised() {
    for &code in Code::ALL {
        for browser in Browser::ALL {
            for line in printed(browser, &occasion(code)) {
                if line.contains("blocked by CORS policy") || line.contains("Request Blocked") {
                    assert!(recognise(&line).is_some(), "{line}");
                }
            }
        }
    }
}

#[test]
fn parts_are_read() {
    let line = "Access to XMLHttpRequest at 'https://b.example/2' (redirected from \
        'https://a.example/1') from origin 'https://app.example' has been blocked by CORS policy: \
        The 'Access-Control-Allow-Origin' header has a value 'http://app.example' that is not \
        equal to the supplied origin.";
    let found = recognise(line).expect("recognised");
    assert_eq!(found.code, Code::AllowOriginMismatch);
    assert_eq!(found.url.as_deref(), Some("https://b.example/2"));
    assert_eq!(found.redirected_from.as_deref(), Some("https://a.example/1"));
    assert_eq!(found.origin.as_deref(), Some("https://app.example"));
    assert_eq!(found.seen.as_deref(), Some("http://app.example"));
    assert_eq!(found.api.as_deref(), Some("XMLHttpRequest"));
}

#[test]
fn older_wordings_are_recognised() {
    let rows = [
        (
            "Access to fetch at 'https://a.example/' from origin 'null' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource. If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource with CORS disabled.",
            Code::MissingAllowOrigin,
        ),
        (
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://a.example/. (Reason: CORS header 'Access-Control-Allow-Origin' missing).",
            Code::MissingAllowOrigin,
        ),
        (
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://a.example/. (Reason: missing token ‘x-token’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel).",
            Code::HeaderNotAllowed,
        ),
        (
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://a.example/. (Reason: CORS preflight channel did not succeed).",
            Code::PreflightStatusNotOk,
        ),
        (
            "[Error] Origin http://localhost:3000 is not allowed by Access-Control-Allow-Origin.",
            Code::MissingAllowOrigin,
        ),
        ("[Error] Preflight response is not successful", Code::PreflightStatusNotOk),
        ("[Error] Preflight response is not successful. Status code: 302", Code::PreflightRedirect),
        ("[Error] FTP URLs are disabled", Code::RedirectSchemeNotHttp),
        (
            "[Error] Cross-origin redirection to http://[ denied by Cross-Origin Resource Sharing policy: not allowed to follow a cross-origin CORS redirection with non CORS scheme",
            Code::RedirectLocationInvalid,
        ),
        (
            "[Error] Fetch API cannot load https://api.example/me.",
            Code::SameOriginModeCrossOriginUrl,
        ),
        (
            "[Error] Refused to connect to https://api.example/me because it does not appear in the connect-src directive of the Content Security Policy.",
            Code::CspConnectSrc,
        ),
        ("GET http://localhost:1/ net::ERR_CONNECTION_REFUSED", Code::ConnectionFailed),
    ];
    for (line, code) in rows {
        assert_eq!(recognise(line).map(|found| found.code), Some(code), "{line}");
    }
}

#[test]
fn firefox_parts_are_read() {
    let line = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://a.example/x. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 500.";
    let found = recognise(line).expect("recognised");
    assert_eq!((found.url.as_deref(), found.status), (Some("https://a.example/x"), Some(500)));
}

proptest! {
    #[test]
    fn nothing_panics(line in "\\PC{0,200}") {
        let _ = recognise(&line);
        let _ = recognise(&format!("Access to fetch at {line} has been blocked by CORS policy:{line}"));
        let _ = recognise(&format!("Cross-Origin Request Blocked: {line}(Reason:{line}"));
    }
}

#[test]
fn service_workers_are_named() {
    let lines = [
        "The FetchEvent for \"https://api.example/me\" resulted in a network error response: an \"opaque\" response was used for a request whose type is not no-cors",
        "Failed to load ‘https://api.example/me’. A ServiceWorker passed an opaque Response to FetchEvent.respondWith() while handling a ‘cors’ FetchEvent. Opaque Response objects are only valid when the RequestMode is ‘no-cors’.",
        "Response served by service worker is opaque",
    ];
    for (line, browser) in lines.into_iter().zip(Browser::ALL) {
        let found = recognise(line).expect(line);
        assert_eq!(found.cause, Some(crate::Cause::ServiceWorker), "{line}");
        assert_eq!(found.browser, Some(browser), "{line}");
    }
    assert!(recognise("A service worker was registered").is_none());
}
