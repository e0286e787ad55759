//! WebKit: Safari, every browser on iOS, WKWebView, WebKitGTK.

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::chromium::method_code;
use super::recognised::{Recognised, between, owned, status, url_at};

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    use Code as C;
    let has = |sign: &str| line.contains(sign);
    let (code, subject) = if has("is not allowed by Access-Control-Allow-Origin") {
        (C::MissingAllowOrigin, None)
    } else if has("annot use wildcard in Access-Control-Allow-Origin") {
        (C::WildcardOriginWithCredentials, None)
    } else if has("Access-Control-Allow-Origin cannot contain more than one origin") {
        (C::MultipleAllowOrigin, None)
    } else if has("redentials flag is true, but") {
        (C::AllowCredentialsNotTrue, None)
    } else if has("reflight response is not successful") {
        match status(line) {
            Some(301 | 302 | 303 | 307 | 308) => (C::PreflightRedirect, None),
            _ => (C::PreflightStatusNotOk, None),
        }
    } else if has("Header Access-Control-Allow-Methods has an invalid value") {
        (C::PreflightInvalidAllowMethods, None)
    } else if has("Header Access-Control-Allow-Headers has an invalid value") {
        (C::PreflightInvalidAllowHeaders, None)
    } else if has("is not allowed by Access-Control-Allow-Methods") {
        let method = between(line, "Method ", " is not allowed");
        (method_code(method), method)
    } else if has("is not allowed by Access-Control-Allow-Headers") {
        (C::HeaderNotAllowed, between(line, "equest header field ", " is not allowed"))
    } else if has("redirection with non CORS scheme") {
        // Of an http URL this says that it is none.
        match between(line, "ross-origin redirection to ", " denied by") {
            Some(target) if target.starts_with("http") => (C::RedirectLocationInvalid, None),
            _ => (C::RedirectSchemeNotHttp, None),
        }
    } else if has("FTP URLs are disabled") {
        (C::RedirectSchemeNotHttp, None)
    } else if has("has credentials") && has("redirection URL ") {
        (C::RedirectUrlHasCredentials, between(line, "redirection URL ", " has credentials"))
    } else if has("Not allowed to follow a redirection while loading") {
        (C::RedirectModeError, None)
    } else if has("cannot follow more than 20 redirections") || has("too many HTTP redirects") {
        (C::RedirectLimit, None)
    } else if has("Cross-Origin-Resource-Policy response header") {
        (C::CorpNotSameOrigin, None)
    } else if has("requests are only supported for HTTP") {
        (C::SchemeNotCorsEnabled, None)
    } else if has("Not allowed to use restricted network port") {
        (C::BadPort, None)
    } else if has("load denied by Cross-Origin Resource Sharing policy") {
        (C::MissingAllowOrigin, None)
    } else if has("due to access control checks") {
        let mut found = Recognised::topic(Topic::AccessControlChecks, Some(Browser::Webkit));
        facts(&mut found, line);
        return Some(found);
    } else if line.contains("Fetch API cannot load ")
        && line.ends_with('.')
        && !line.contains(" due to ")
        && line.split_once("Fetch API cannot load ").is_some_and(|(_, rest)| !rest.contains(' '))
    {
        (C::SameOriginModeCrossOriginUrl, None)
    } else {
        return system(line);
    };
    let mut found = Recognised::code(code, Some(Browser::Webkit));
    facts(&mut found, line);
    if found.origin.as_deref() == Some("null") && line.contains("ross-origin redirection to") {
        found.code = Some(C::AllowOriginMismatchTainted);
    }
    found.status = status(line);
    found.subject = owned(subject);
    Some(found)
}

fn facts(found: &mut Recognised, line: &str) {
    found.url = between(line, "cannot load ", " due to access control checks")
        .or_else(|| between(line, "cannot load ", ". Origin"))
        .or_else(|| between(line, "Cannot load ", " due to access control checks"))
        .or_else(|| Some(line.split_once("Fetch API cannot load ")?.1))
        .or_else(|| between(line, "ross-origin redirection to ", " denied by"))
        .map(|url| url.rsplit(' ').next().unwrap_or(url))
        .map(|url| url_at(url.trim_matches('\'')).to_owned())
        .filter(|url| url.contains(':'));
    found.api = line.split_once("cannot load ").map(|(api, _)| {
        let api = api.trim();
        if api.ends_with("Fetch API") {
            "fetch".to_owned()
        } else {
            api.rsplit(' ').next().unwrap_or(api).to_owned()
        }
    });
    found.origin = owned(
        line.split_once(" is not allowed by Access-Control-Allow-Origin")
            .and_then(|(before, _)| before.rsplit_once("Origin "))
            .map(|(_, origin)| origin.trim_matches('\'')),
    );
}

/// The system's own sentences about the network, in English.
fn system(line: &str) -> Option<Recognised> {
    use Code as C;
    const SENTENCES: &[(&str, Code)] = &[
        ("A server with the specified hostname could not be found", C::DnsFailed),
        ("Could not connect to the server", C::ConnectionFailed),
        ("The network connection was lost", C::ConnectionFailed),
        ("The Internet connection appears to be offline", C::Offline),
        ("The request timed out", C::TimedOut),
        ("A secure connection to the server cannot be made", C::TlsFailed),
        ("a secure connection to the server cannot be made", C::TlsFailed),
        ("The certificate for this server is invalid", C::TlsFailed),
        ("cannot parse response", C::HttpMalformed),
    ];
    let (_, code) = SENTENCES.iter().find(|(sentence, _)| line.contains(sentence))?;
    let mut found = Recognised::code(*code, Some(Browser::Webkit));
    found.url = owned(super::recognised::first_url(line));
    Some(found)
}
