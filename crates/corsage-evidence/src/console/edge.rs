//! Edge before it was Chromium, and Internet Explorer 11: `SEC7120` and its neighbours.

use corsage::browser::Code;

use super::recognised::{Recognised, between, first_url, owned};

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    use Code as C;
    let has = |sign: &str| line.contains(sign);
    let access_denied = has("Network Error 0x80070005");
    if !(has("SEC71") || has("[CORS] The ") || access_denied) {
        return None;
    }
    let (code, subject) = if has("Access-Control-Allow-Credentials") {
        (C::AllowCredentialsNotTrue, None)
    } else if has("Access-Control-Allow-Headers") {
        let name = between(line, "Request header ", " was not present")
            .or_else(|| between(line, "equest header '", "'"));
        (C::HeaderNotAllowed, name)
    } else if has("Access-Control-Allow-Methods") {
        let name = between(line, "Request method ", " was not present")
            .or_else(|| between(line, "equest method '", "'"));
        (C::MethodNotAllowed, name)
    } else if has("Multiple Access-Control-Allow-Origin") {
        (C::MultipleAllowOrigin, None)
    } else if has("Access-Control-Allow-Origin") && (has("wildcard") || has("'*'")) {
        (C::WildcardOriginWithCredentials, None)
    } else if has("Access-Control-Allow-Origin") || access_denied {
        (C::MissingAllowOrigin, None)
    } else if has("edirect was blocked for CORS") {
        (C::PreflightRedirect, None)
    } else if has("preflight") && (has("failed") || has("status")) {
        (C::PreflightStatusNotOk, None)
    } else {
        // `… required Cross Origin Resource Sharing`, which says that nothing is wrong.
        return None;
    };
    let mut found = Recognised::code(code, None);
    // It did not find the origin there: another may be named, or nothing said.
    if code == C::MissingAllowOrigin {
        found.possible.push(C::AllowOriginMismatch);
    }
    let rest = line.split_once("resource at ").map_or(line, |(_, rest)| rest);
    found.origin = owned(
        between(line, "origin '", "'")
            .or_else(|| between(line, "Origin ", " not found"))
            .or_else(|| between(line, "Origin ", " was not found")),
    );
    found.url = owned(first_url(rest)).filter(|url| Some(url) != found.origin.as_ref());
    found.subject = owned(subject.map(|subject| subject.trim_matches('\'')));
    Some(found)
}
