//! Firefox since version 30, in English. Its translations are in `translated`.

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::recognised::{Recognised, between, owned, status, url_at};

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    use Code as C;
    if line.contains("Cross-Origin Request Warning:") && line.contains("Authorization") {
        let mut found = Recognised::code(C::WildcardCoversAuthorization, Some(Browser::Firefox));
        found.url = url(line);
        return Some(found);
    }
    let (_, rest) = line.split_once("Cross-Origin Request Blocked:").or_else(|| {
        line.split_once("The Same Origin Policy disallows reading the remote resource at")
    })?;
    // Before version 36 there was no reason: the header was missing or another than the origin.
    let reason = rest.split_once("Reason:").map(|(_, reason)| reason);
    let Some(reason) = reason.filter(|reason| reason.trim().len() > 3) else {
        // Half translated.
        if let Some(found) = super::translated::recognise(line) {
            return Some(found);
        }
        let old = rest.contains("This can be fixed by moving the resource");
        let mut found = if old {
            Recognised::code(C::MissingAllowOrigin, Some(Browser::Firefox))
        } else {
            Recognised::topic(Topic::CutLine, Some(Browser::Firefox))
        };
        found.url = url(line);
        return Some(found);
    };
    let Some((said, seen, subject)) = reason_of(reason) else {
        if let Some(found) = super::translated::recognise(line) {
            return Some(found);
        }
        let mut found = Recognised::topic(Topic::CutLine, Some(Browser::Firefox));
        found.url = url(line);
        return Some(found);
    };
    let mut found = match said {
        Said::Code(code) => Recognised::code(code, Some(Browser::Firefox)),
        Said::Topic(topic) => Recognised::topic(topic, Some(Browser::Firefox)),
    };
    found.url = url(line);
    found.status = status(reason);
    found.seen = owned(seen);
    found.subject = owned(subject);
    Some(found)
}

/// Either way of saying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Code(Code),
    Topic(Topic),
}

fn reason_of(reason: &str) -> Option<(Said, Option<&str>, Option<&str>)> {
    use Code as C;
    let has = |sign: &str| reason.contains(sign);
    let (code, seen, subject) = if has("Access-Control-Allow-Origin' missing") {
        (C::MissingAllowOrigin, None, None)
    } else if has("Multiple CORS header") {
        (C::MultipleAllowOrigin, None, None)
    } else if has("does not match '") {
        let seen = between(reason, "does not match '", "')")
            .or_else(|| between(reason, "does not match '", "'"));
        (mismatch(seen), seen, None)
    } else if has("Credential is not supported") {
        (C::WildcardOriginWithCredentials, Some("*"), None)
    } else if has("expected 'true' in CORS header") {
        (C::AllowCredentialsNotTrue, None, None)
    } else if has("external redirect not allowed") {
        (C::PreflightRedirect, None, None)
    } else if has("preflight") && has("did not succeed") {
        (C::PreflightStatusNotOk, None, None)
    } else if has("Did not find method in CORS header") || has("Did not find method in CORS") {
        (C::MethodNotAllowed, None, None)
    } else if has("invalid token") && has("Access-Control-Allow-Methods") {
        (C::PreflightInvalidAllowMethods, between(reason, "invalid token '", "'"), None)
    } else if has("invalid token") {
        (C::PreflightInvalidAllowHeaders, between(reason, "invalid token '", "'"), None)
    } else if has("is not allowed according to header") {
        (C::HeaderNotAllowed, None, between(reason, "header '", "' is not allowed"))
    } else if has("missing token") {
        (C::HeaderNotAllowed, None, between(reason, "missing token '", "'"))
    } else if has("request not http") || has("request not HTTP") {
        (C::SchemeNotCorsEnabled, None, None)
    } else if has("request did not succeed") || has("request failed") {
        (C::ConnectionFailed, None, None)
    } else if has("CORS disabled") {
        return Some((Said::Topic(Topic::CorsDisabled), None, None));
    } else if has("'Origin' cannot be added") {
        return Some((Said::Topic(Topic::OriginHeaderNotAdded), None, None));
    } else {
        // Cut in its middle.
        let begun = |whole: &str| {
            let text = reason.trim().trim_end_matches(['.', '…', ' ']);
            text.len() >= 12 && whole.starts_with(text)
        };
        if begun("CORS header 'Access-Control-Allow-Origin' missing") && has("Allow-Origin' m") {
            (C::MissingAllowOrigin, None, None)
        } else if begun("CORS preflight response did not succeed") {
            (C::PreflightStatusNotOk, None, None)
        } else if begun("CORS request did not succeed") && has("CORS request d") {
            (C::ConnectionFailed, None, None)
        } else if begun("Credential is not supported if the CORS header") {
            (C::WildcardOriginWithCredentials, Some("*"), None)
        } else {
            return None;
        }
    };
    Some((Said::Code(code), seen, subject))
}

/// Several lines of the header are shown joined.
pub(super) fn mismatch(seen: Option<&str>) -> Code {
    match seen {
        Some(value) if value.trim().contains([',', ' ']) => Code::MultipleAllowOrigin,
        _ => Code::AllowOriginMismatch,
    }
}

/// The URL after `remote resource at`; some versions put it in quotes.
fn url(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("remote resource at ")?;
    let rest = rest.trim_start_matches('\'');
    owned(Some(url_at(rest).trim_end_matches('\'')))
}
