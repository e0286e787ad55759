//! What can be wrong with a draft's methods, header names, ages and waivers.

use std::time::Duration;

use super::error::Report;
use super::{Credentials, Level, PolicyDraft, PolicyProblem, PrivateNetworkAccess};
use crate::terms::header_name::{
    is_forbidden_request_header, is_forbidden_response_header, is_safelisted_response_header,
    is_token,
};
use crate::terms::{OriginParts, method};

/// Chromium, 7200 s since version 76.
const CHROMIUM_CAP: Duration = Duration::from_secs(7200);
/// Firefox: the highest of all.
const HIGHEST_CAP: Duration = Duration::from_secs(86_400);
/// WebKit.
const LOWEST_CAP: Duration = Duration::from_secs(600);

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
    const FIELD: &str = "allow_methods";
    for (index, text) in draft.allow_methods.iter().enumerate() {
        let at = Some(index);
        let bytes = text.as_bytes();
        if text == "*" {
            if draft.allow_methods.len() > 1 {
                report.warning(
                    "wildcard-mixed",
                    FIELD,
                    at,
                    text,
                    "it allows every method, so the others mean nothing",
                    "list methods, or * alone",
                );
            }
        } else if text.contains(',') {
            report.error(
                "comma-list",
                FIELD,
                at,
                text,
                "this is several methods in one text",
                "make each an element of the list",
            );
        } else if !is_token(bytes) {
            report.error(
                "not-a-token",
                FIELD,
                at,
                text,
                "a method is a token: letters, digits and a few signs, no blanks",
                "write the method alone",
            );
        } else if method::is_forbidden(bytes) {
            report.error("forbidden-method", FIELD, at, text, "no page can send it", "remove it");
        } else if text == "patch" {
            report.warning(
                "lower-case-patch",
                FIELD,
                at,
                text,
                "methods are case-sensitive, and browsers do not upper-case this one",
                "write PATCH",
            );
        } else if text.eq_ignore_ascii_case("OPTIONS") {
            report.warning(
                "options-rarely-meant",
                FIELD,
                at,
                text,
                "preflights need no listing; this allows pages to send OPTIONS themselves",
                "remove it, unless a page does that",
            );
        } else if method::normalize(bytes) != bytes {
            report.note(
                "normalized-method",
                FIELD,
                at,
                text,
                "browsers send it in upper case, and so it is compared",
                "write it in upper case",
            );
        }
        warn_of_repeat(
            &draft.allow_methods,
            index,
            FIELD,
            |a, b| method::normalize(a) == method::normalize(b),
            report,
        );
    }
}

fn check_request_headers(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "allow_headers";
    for (index, text) in draft.allow_headers.iter().enumerate() {
        let at = Some(index);
        let bytes = text.as_bytes();
        if text == "*" {
            // `*` and `authorization` together say something; anything else beside `*` does not.
            if draft
                .allow_headers
                .iter()
                .any(|other| other != "*" && !other.eq_ignore_ascii_case("authorization"))
            {
                report.warning(
                    "wildcard-mixed",
                    FIELD,
                    at,
                    text,
                    "it allows every name but authorization, so the others mean nothing",
                    "list names, or *, or * and authorization",
                );
            }
        } else if text.contains(',') {
            report.error(
                "comma-list",
                FIELD,
                at,
                text,
                "this is several names in one text",
                "make each an element of the list",
            );
        } else if !is_token(bytes) {
            report.error(
                "not-a-token",
                FIELD,
                at,
                text,
                "a header name is a token: letters, digits and a few signs, no blanks, no colon",
                "write the name alone",
            );
        } else if is_response_header_of_cors(bytes) {
            report.error(
                "response-header-in-request-list",
                FIELD,
                at,
                text,
                "the server sends this one; a page that sends it only causes preflights",
                "remove it, here and in the page",
            );
        } else if is_forbidden_request_header(bytes) {
            report.error(
                "forbidden-request-header",
                FIELD,
                at,
                text,
                "browsers set it themselves and let no page set it, so it is never asked for",
                "remove it",
            );
        } else if ["accept", "accept-language", "content-language", "range"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(text))
        {
            report.warning(
                "safelisted-request-header",
                FIELD,
                at,
                text,
                "browsers ask for it only where its value is unusual",
                "remove it, unless a page sends such values",
            );
        }
        warn_of_repeat(&draft.allow_headers, index, FIELD, <[u8]>::eq_ignore_ascii_case, report);
    }
}

/// The response headers of the protocol, and those of the abandoned Private Network Access draft.
fn is_response_header_of_cors(name: &[u8]) -> bool {
    name.len() > 21 && name[..21].eq_ignore_ascii_case(b"access-control-allow-")
        || is_one_of(name, &["access-control-expose-headers", "access-control-max-age"])
}

fn check_expose_headers(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "expose_headers";
    for (index, text) in draft.expose_headers.iter().enumerate() {
        let at = Some(index);
        let bytes = text.as_bytes();
        if text == "*" {
            if draft.allow_credentials == Credentials::Allow {
                report.error(
                    "wildcard-with-credentials",
                    FIELD,
                    at,
                    text,
                    "for credentialed requests it is a header of that name",
                    "list the names",
                );
            } else if draft.expose_headers.len() > 1 {
                report.warning(
                    "wildcard-mixed",
                    FIELD,
                    at,
                    text,
                    "it exposes every header, so the others mean nothing",
                    "list names, or * alone",
                );
            }
        } else if text.contains(',') {
            report.error(
                "comma-list",
                FIELD,
                at,
                text,
                "this is several names in one text",
                "make each an element of the list",
            );
        } else if !is_token(bytes) {
            report.error(
                "not-a-token",
                FIELD,
                at,
                text,
                "a header name is a token: letters, digits and a few signs, no blanks, no colon",
                "write the name alone",
            );
        } else if is_forbidden_response_header(bytes) {
            report.error(
                "forbidden-response-header",
                FIELD,
                at,
                text,
                "no script ever reads it, whatever is exposed",
                "remove it",
            );
        } else if is_one_of(
            bytes,
            &[
                "access-control-allow-methods",
                "access-control-allow-headers",
                "access-control-max-age",
                "access-control-allow-private-network",
            ],
        ) {
            report.error(
                "preflight-header-in-response-list",
                FIELD,
                at,
                text,
                "it is on the preflight's answer, which no script sees",
                "remove it",
            );
        } else if bytes.len() > 15 && bytes[..15].eq_ignore_ascii_case(b"access-control-") {
            report.warning(
                "no-use",
                FIELD,
                at,
                text,
                "a script that can read it knows already what it says",
                "remove it",
            );
        } else if is_safelisted_response_header(bytes) {
            report.note(
                "safelisted-response-header",
                FIELD,
                at,
                text,
                "scripts can read it without this",
                "remove it",
            );
        }
        warn_of_repeat(&draft.expose_headers, index, FIELD, <[u8]>::eq_ignore_ascii_case, report);
    }
}

fn check_max_age(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "max_age";
    let Some(age) = draft.max_age else { return };
    let text = age.as_secs().to_string();
    if age > HIGHEST_CAP {
        report.error(
            "over-every-browsers-cap",
            FIELD,
            None,
            &text,
            "no browser remembers a preflight longer than 86400 seconds (Firefox)",
            "write 86400 or less; Chromium takes 7200, WebKit 600",
        );
    } else if age > CHROMIUM_CAP {
        report.warning(
            "over-chromiums-cap",
            FIELD,
            None,
            &text,
            "Chromium takes 7200 seconds at the most, WebKit 600",
            "write 7200 or less, to say what happens",
        );
    } else if age > LOWEST_CAP {
        report.note(
            "over-webkits-cap",
            FIELD,
            None,
            &text,
            "WebKit takes 600 seconds at the most",
            "nothing, if you know",
        );
    }
    if age.subsec_nanos() != 0 {
        report.warning(
            "fraction-of-a-second",
            FIELD,
            None,
            &format!("{age:?}"),
            "the header counts whole seconds",
            "write whole seconds",
        );
    }
}

/// Of a count of seconds that no [`Duration`] holds.
pub(super) fn not_a_max_age(seconds: i128) -> PolicyProblem {
    let (code, cause, way_out) = if seconds < 0 {
        ("negative", "a time to remember cannot be negative", "write 0 to have nothing remembered")
    } else {
        (
            "over-every-browsers-cap",
            "no browser remembers a preflight longer than 86400 seconds (Firefox)",
            "write 86400 or less; Chromium takes 7200, WebKit 600",
        )
    };
    PolicyProblem {
        level: Level::Error,
        code,
        field: "max_age",
        index: None,
        value: seconds.to_string(),
        cause: cause.to_owned(),
        way_out: way_out.to_owned(),
    }
}

fn check_private_network_access(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "private_network_access";
    if draft.private_network_access == PrivateNetworkAccess::NotAskedFor {
        return;
    }
    report.warning(
        "private-network-access-abandoned",
        FIELD,
        None,
        "true",
        "browsers have given up Private Network Access, and its headers are never sent",
        "remove it; Local Network Access asks the user instead, and needs no header",
    );
    if draft.allow_origins.iter().any(|text| text == "*") {
        report.error(
            "wildcard-with-private-network",
            "allow_origins",
            None,
            "*",
            "every site would be let at devices of the local network",
            "list the origins, or drop private_network_access",
        );
    }
}

fn check_timing_allow_origins(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "timing_allow_origins";
    for (index, text) in draft.timing_allow_origins.iter().enumerate() {
        let at = Some(index);
        if text == "*" {
            if draft.timing_allow_origins.len() > 1 {
                report.error(
                    "wildcard-mixed",
                    FIELD,
                    at,
                    text,
                    "it admits every origin, so the others mean nothing",
                    "list origins, or * alone",
                );
            }
        } else if text != "null"
            && let Err(error) = OriginParts::parse(text)
        {
            report.error(
                "not-an-origin",
                FIELD,
                at,
                text,
                &error.to_string(),
                "write exact origins, or *; there are no patterns in Timing-Allow-Origin",
            );
        }
    }
}

fn check_vary_and_debug(draft: &PolicyDraft, report: &mut Report) {
    for (index, text) in draft.vary_also.iter().enumerate() {
        if !is_token(text.as_bytes()) || text == "*" {
            report.error(
                "not-a-token",
                "vary_also",
                Some(index),
                text,
                "a header name is a token",
                "write one request-header name in each element",
            );
        }
    }
    if let Some(text) = &draft.debug_header
        && (!is_token(text.as_bytes()) || http::HeaderName::from_bytes(text.as_bytes()).is_err())
    {
        report.error(
            "not-a-token",
            "debug_header",
            None,
            text,
            "a header name is a token",
            "write a name such as x-cors-debug",
        );
    }
}

fn check_waivers(draft: &PolicyDraft, report: &mut Report) {
    const FIELD: &str = "tolerate";
    for (index, tolerance) in draft.tolerate.iter().enumerate() {
        let name = tolerance.waiver.as_str();
        if tolerance.reason.trim().is_empty() {
            report.error(
                "waiver-without-reason",
                FIELD,
                Some(index),
                name,
                "the next reader has to know why this is safe here",
                "write the reason",
            );
        }
        if draft.tolerate[..index].iter().any(|other| other.waiver == tolerance.waiver) {
            report.warning(
                "duplicate",
                FIELD,
                Some(index),
                name,
                "it is tolerated already",
                "remove it",
            );
        }
    }
}

fn is_one_of(name: &[u8], known: &[&str]) -> bool {
    known.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

fn warn_of_repeat(
    list: &[String],
    index: usize,
    field: &'static str,
    same: impl Fn(&[u8], &[u8]) -> bool,
    report: &mut Report,
) {
    let text = &list[index];
    if list[..index].iter().any(|other| same(other.as_bytes(), text.as_bytes())) {
        report.warning("duplicate", field, Some(index), text, "it is listed already", "remove it");
    }
}
