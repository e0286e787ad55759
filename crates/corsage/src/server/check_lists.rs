//! What can be wrong with a draft's methods, header names, ages and waivers.

use super::PolicyProblemCode as Code;
use super::error::Report;
use super::{Credentials, PolicyDraft, PolicyProblem, PrivateNetworkAccess};
use crate::terms::caps::{CHROMIUM_MAX_AGE, FIREFOX_MAX_AGE, WEBKIT_MAX_AGE};
use crate::terms::header_name::{
    is_forbidden_request_header, is_forbidden_response_header, is_safelisted_response_header,
    is_token,
};
use crate::terms::{OriginParts, method};

/// Safelisted by name, but for unusual values.
const SAFELISTED: [&str; 4] = ["accept", "accept-language", "content-language", "range"];
/// By which a request says that it means another method than it has.
const METHOD_OVERRIDES: [&str; 3] =
    ["x-http-method-override", "x-http-method", "x-method-override"];
/// What only requests carry, and is exposed by mistake.
const ON_REQUESTS: [&str; 5] = ["origin", "referer", "host", "cookie", "user-agent"];
/// What only a preflight's answer carries.
const ON_PREFLIGHTS: [&str; 4] = [
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-allow-private-network",
];

pub(super) fn check_lists(draft: &PolicyDraft, report: &mut Report) {
    check_methods(draft, report);
    check_request_headers(draft, report);
    check_expose_headers(draft, report);
    check_max_age(draft, report);
    check_timing_allow_origins(draft, report);
    check_private_network_access(draft, report);
    check_vary_and_debug(draft, report);
    check_waivers(draft, report);
}

fn check_methods(draft: &PolicyDraft, report: &mut Report) {
    let list = &draft.allow_methods;
    let same = |a: &[u8], b: &[u8]| method::normalize(a) == method::normalize(b);
    check_each(list, "allow_methods", same, report, |text, bytes| {
        Some(match bytes {
            b"*" if list.len() > 1 => Code::WildcardMixed,
            b"*" => return None,
            _ if text.contains(',') => Code::CommaList,
            _ if !is_token(bytes) => Code::NotAToken,
            _ if method::is_forbidden(bytes) => Code::ForbiddenMethod,
            b"PATCH" => return None,
            _ if text.eq_ignore_ascii_case("PATCH") => Code::LowerCasePatch,
            _ if text.eq_ignore_ascii_case("OPTIONS") => Code::OptionsRarelyMeant,
            _ if method::normalize(bytes) != bytes => Code::NormalizedMethod,
            _ => return None,
        })
    });
}

fn check_request_headers(draft: &PolicyDraft, report: &mut Report) {
    let list = &draft.allow_headers;
    let with_credentials = draft.allow_credentials == Credentials::Allow;
    // `*` and `authorization` together say something; anything else beside `*` does not.
    let says_nothing = |text: &String| text != "*" && !text.eq_ignore_ascii_case("authorization");
    check_each(list, "allow_headers", <[u8]>::eq_ignore_ascii_case, report, |text, bytes| {
        Some(match bytes {
            b"*" if list.iter().any(says_nothing) => Code::WildcardMixed,
            b"*" if with_credentials => Code::WildcardWithAuthorization,
            b"*" if list.len() == 1 => Code::WildcardWithoutAuthorization,
            b"*" => return None,
            _ if text.contains(',') => Code::CommaList,
            _ if !is_token(bytes) => Code::NotAToken,
            _ if is_one_of(bytes, &METHOD_OVERRIDES) => Code::MethodOverride,
            _ if is_response_header_of_cors(bytes) => Code::ResponseHeaderInRequestList,
            _ if is_forbidden_request_header(bytes) => Code::ForbiddenRequestHeader,
            _ if is_one_of(bytes, &SAFELISTED) => Code::SafelistedRequestHeader,
            _ => return None,
        })
    });
}

/// The response headers of the protocol, and those of the abandoned Private Network Access draft.
fn is_response_header_of_cors(name: &[u8]) -> bool {
    name.len() > 21 && name[..21].eq_ignore_ascii_case(b"access-control-allow-")
        || is_one_of(name, &["access-control-expose-headers", "access-control-max-age"])
}

fn check_expose_headers(draft: &PolicyDraft, report: &mut Report) {
    let list = &draft.expose_headers;
    let with_credentials = draft.allow_credentials == Credentials::Allow;
    check_each(list, "expose_headers", <[u8]>::eq_ignore_ascii_case, report, |text, bytes| {
        Some(match bytes {
            b"*" if with_credentials => Code::WildcardWithCredentials,
            b"*" if list.len() > 1 => Code::WildcardMixed,
            b"*" => return None,
            _ if text.contains(',') => Code::CommaList,
            _ if !is_token(bytes) => Code::NotAToken,
            _ if is_forbidden_response_header(bytes) => Code::ForbiddenResponseHeader,
            _ if is_one_of(bytes, &ON_REQUESTS) => Code::RequestHeaderInResponseList,
            _ if is_one_of(bytes, &ON_PREFLIGHTS) => Code::PreflightHeaderInResponseList,
            _ if bytes.len() > 15 && bytes[..15].eq_ignore_ascii_case(b"access-control-") => {
                Code::NoUse
            }
            _ if is_safelisted_response_header(bytes) => Code::SafelistedResponseHeader,
            _ => return None,
        })
    });
}

fn check_max_age(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "max_age";
    let Some(age) = draft.max_age else { return };
    let whole = age.subsec_nanos() == 0;
    let text = if whole { age.as_secs().to_string() } else { age.as_secs_f64().to_string() };
    if age > FIREFOX_MAX_AGE {
        report.add(Code::OverEveryBrowsersCap, FIELD, None, &text);
    } else if age > CHROMIUM_MAX_AGE {
        report.add(Code::OverChromiumsCap, FIELD, None, &text);
    } else if age > WEBKIT_MAX_AGE {
        report.add(Code::OverWebKitsCap, FIELD, None, &text);
    }
    if !whole {
        report.add(Code::FractionOfASecond, FIELD, None, &text);
    }
}

/// Of a count of seconds that no [`Duration`] holds.
pub(super) fn not_a_max_age(seconds: &impl ToString, negative: bool) -> PolicyProblem {
    let code = if negative { Code::Negative } else { Code::OverEveryBrowsersCap };
    PolicyProblem::new(code, "max_age", None, &seconds.to_string())
}

fn check_private_network_access(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "private_network_access";
    if draft.private_network_access == PrivateNetworkAccess::NotAskedFor {
        return;
    }
    report.add(Code::PrivateNetworkAccessAbandoned, FIELD, None, "true");
    if draft.allow_origins.iter().any(|text| text == "*") {
        report.add(Code::WildcardWithPrivateNetwork, "allow_origins", None, "*");
    }
}

fn check_timing_allow_origins(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "timing_allow_origins";
    for (index, text) in draft.timing_allow_origins.iter().enumerate() {
        let at = Some(index);
        if text == "*" {
            if draft.timing_allow_origins.len() > 1 {
                report.add(Code::WildcardMixed, FIELD, at, text);
            }
        } else if text != "null"
            && let Err(error) = OriginParts::parse(text)
        {
            report.add_with_cause(Code::NotAnOrigin, FIELD, at, text, error.to_string());
        }
    }
}

fn check_vary_and_debug(draft: &PolicyDraft, report: &mut Report) {
    for (index, text) in draft.vary_also.iter().enumerate() {
        if !is_token(text.as_bytes()) || text == "*" {
            report.add(Code::NotAToken, "vary_also", Some(index), text);
        }
    }
    if let Some(text) = &draft.debug_header
        && (!is_token(text.as_bytes()) || http::HeaderName::from_bytes(text.as_bytes()).is_err())
    {
        report.add(Code::NotAToken, "debug_header", None, text);
    }
}

fn check_waivers(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "tolerate";
    for (index, tolerance) in draft.tolerate.iter().enumerate() {
        let name = tolerance.waiver.as_str();
        if tolerance.reason.trim().is_empty() {
            report.add(Code::WaiverWithoutReason, FIELD, Some(index), name);
        }
        if draft.tolerate[..index].iter().any(|other| other.waiver == tolerance.waiver) {
            report.add(Code::Duplicate, FIELD, Some(index), name);
        }
    }
}

fn is_one_of(name: &[u8], known: &[&str]) -> bool {
    known.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// Judges every element of a list, and notes those that stand there twice.
fn check_each(
    list: &[String],
    field: &'static str,
    same: impl Fn(&[u8], &[u8]) -> bool,
    report: &mut Report,
    judge: impl Fn(&str, &[u8]) -> Option<Code>,
) {
    for (index, text) in list.iter().enumerate() {
        if let Some(code) = judge(text, text.as_bytes()) {
            report.add(code, field, Some(index), text);
        }
        if list[..index].iter().any(|other| same(other.as_bytes(), text.as_bytes())) {
            report.add(Code::Duplicate, field, Some(index), text);
        }
    }
}
