//! What can be wrong with the origins of a draft.

use super::error::Report;
use super::origin_set::{Found, OriginSet};
use super::pattern::{Left, Pattern, PatternError};
use super::{Credentials, PolicyDraft, Waiver};
use crate::terms::{OriginError, OriginParts, PublicSuffixes};

const FIELD: &str = "allow_origins";

/// Judges every element, and builds the set of those that are sound.
pub(super) fn check_origins(
    draft: &PolicyDraft,
    suffixes: Option<&dyn PublicSuffixes>,
    report: &mut Report,
) -> OriginSet {
    let list = &draft.allow_origins;
    if list.is_empty() && draft.dynamic_origins.is_none() {
        report.warning(
            "no-origins",
            FIELD,
            None,
            "",
            "no page on another origin may read anything",
            "list the origins of your pages, or remove the policy",
        );
    }
    for (index, text) in list.iter().enumerate() {
        if !is_plainly_sound(text) {
            check_origin(draft, suffixes, index, text, report);
        }
    }
    if draft.dynamic_origins.is_some() && list.iter().any(|text| text == "*") {
        report.error(
            "wildcard-mixed",
            FIELD,
            None,
            "*",
            "it admits what the predicate is there to decide",
            "remove the * or the predicate",
        );
    }
    let mut repeated = Vec::new();
    let set = OriginSet::build(list, |index| repeated.push(index));
    for index in repeated {
        let text = list.get(index as usize).unwrap_or_default();
        report.warning(
            "duplicate",
            FIELD,
            Some(index as usize),
            text,
            "it is listed already",
            "remove it",
        );
    }
    check_covered(draft, &set, report);
    set
}

/// The usual case, decided in one pass: an https origin of a domain name without a port.
fn is_plainly_sound(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://") else { return false };
    if host.len() > 253 {
        return false;
    }
    let (mut label, mut starts_with_letter) = (0_u32, false);
    for byte in host.bytes() {
        match byte {
            b'.' if label > 0 => label = 0,
            b'a'..=b'z' | b'0'..=b'9' | b'-' if label < 63 => {
                if label == 0 {
                    starts_with_letter = byte.is_ascii_lowercase();
                }
                label += 1;
            }
            _ => return false,
        }
    }
    label > 0 && starts_with_letter
}

fn check_origin(
    draft: &PolicyDraft,
    suffixes: Option<&dyn PublicSuffixes>,
    index: usize,
    text: &str,
    report: &mut Report,
) {
    let at = Some(index);
    let with_credentials = draft.allow_credentials == Credentials::Allow;
    if text == "*" {
        if draft.allow_origins.len() > 1 {
            report.error(
                "wildcard-mixed",
                FIELD,
                at,
                text,
                "it admits every origin, so the others mean nothing",
                "list origins, or * alone",
            );
        }
        if with_credentials && !draft.tolerates(Waiver::AnyOriginWithCredentials) {
            report.error("wildcard-with-credentials", FIELD, at, text, "browsers refuse * for credentialed requests, and echoing every origin would give every site the user's data", "list the origins, or drop credentials");
        }
        return;
    }
    if text == "null" {
        if with_credentials {
            report.error(
                "null-with-credentials",
                FIELD,
                at,
                text,
                "any sandboxed frame on any site would act with the user's credentials",
                "list the origins that need credentials; there is no waiver for this",
            );
        } else if !draft.tolerates(Waiver::NullOrigin) {
            report.error(
                "null-needs-waiver",
                FIELD,
                at,
                text,
                "every sandboxed frame, data: document and local file is null, whoever made it",
                "serve the page over https, or tolerate null-origin with a reason",
            );
        }
        return;
    }
    if let Some((code, cause, way_out)) = common_mistake(text, draft) {
        report.error(code, FIELD, at, text, cause, way_out);
        return;
    }
    let (scheme, host, left) = if text.contains('*') {
        match Pattern::parse(text) {
            Ok(pattern) => (pattern.scheme, pattern.host, pattern.left),
            Err(PatternError::MisplacedWildcard) => {
                return report.error("misplaced-wildcard", FIELD, at, text, "a * stands for whole labels at the left of a host (https://*.example.com), for a port (:*), or inside the leftmost label where two labels follow", "write one of these three, or list the origins");
            }
            Err(PatternError::Origin(error)) => return refuse(error, index, text, report),
        }
    } else {
        match OriginParts::parse(text) {
            Ok(parts) => (parts.scheme, parts.host, Left::Nothing),
            Err(_) if text == "file://" => return,
            Err(error) => return refuse(error, index, text, report),
        }
    };
    if with_credentials && is_insecure(scheme, host) && !draft.tolerates(Waiver::InsecureOrigins) {
        report.error(
            "insecure-origin-with-credentials",
            FIELD,
            at,
            text,
            "whoever sits on the network can be that page, and act with the user's credentials",
            "use https, or tolerate insecure-origins with a reason",
        );
    }
    if left != Left::Nothing
        && suffixes.is_some_and(|list| list.is_public_suffix(host.trim_end_matches('.')))
    {
        let cause = "anybody can register a name under this public suffix";
        let way_out = "name your own domain, or tolerate public-suffix-subdomains with a reason";
        if !with_credentials {
            report.warning("public-suffix", FIELD, at, text, cause, way_out);
        } else if !draft.tolerates(Waiver::PublicSuffixSubdomains) {
            report.error("public-suffix-with-credentials", FIELD, at, text, cause, way_out);
        }
    }
}

type Mistake = (&'static str, &'static str, &'static str);

/// What people write in place of an origin, told apart so that the report can say what to do.
fn common_mistake(text: &str, draft: &PolicyDraft) -> Option<Mistake> {
    let lower = text.to_ascii_lowercase();
    let opaque =
        ["about:", "data:", "javascript:", "blob:"].iter().any(|scheme| lower.starts_with(scheme));
    let after_scheme = text.split_once("://").map(|(_, rest)| rest);
    Some(if text.is_empty() {
        (
            "empty",
            "an origin is a scheme, ://, a host, and a port if it is not the default",
            "remove it",
        )
    } else if text.contains(',') {
        ("comma-list", "this is several origins in one text", "make each an element of the list")
    } else if text.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
        (
            "whitespace",
            "it holds a blank, a line end or a control byte",
            "remove it; look at the end of the line in the environment's file",
        )
    } else if lower.starts_with("file:") {
        if text == "file://" && draft.tolerates(Waiver::FileScheme) {
            return None;
        }
        (
            "file-scheme",
            "browsers send null for local files, never file://",
            "serve the page over https, or tolerate file-scheme with a reason for \"file://\"",
        )
    } else if opaque {
        (
            "not-an-origin",
            "such a document's origin is opaque: browsers send null",
            "list the origin of the page that embeds it",
        )
    } else if !text.is_ascii() {
        (
            "idn-not-punycode",
            "browsers send internationalised names in their ASCII form",
            "write the host as xn--…",
        )
    } else if after_scheme.is_some_and(|rest| {
        rest.ends_with('/') && rest.matches('/').count() == 1 && !rest.contains(['?', '#'])
    }) {
        (
            "trailing-slash",
            "an origin ends after the host or port, and browsers send no slash",
            "remove the slash",
        )
    } else if let Some(found) =
        after_scheme.and_then(|rest| rest.find(['/', '?', '#']).map(|at| rest.as_bytes()[at]))
    {
        match found {
            b'/' => (
                "has-path",
                "an origin ends after the host or port; a page's path is never compared",
                "remove the path",
            ),
            b'?' => ("has-query", "an origin ends after the host or port", "remove the query"),
            _ => ("has-fragment", "an origin ends after the host or port", "remove the fragment"),
        }
    } else if after_scheme.is_some_and(|rest| rest.contains('@')) {
        (
            "has-user-information",
            "an origin has no user and no password",
            "remove what stands before the @",
        )
    } else if after_scheme.is_some() && text != lower {
        (
            "upper-case",
            "browsers send origins in lower case, and bytes are compared",
            "write it in lower case",
        )
    } else {
        return None;
    })
}

fn refuse(error: OriginError, index: usize, text: &str, report: &mut Report) {
    let (code, way_out) = match error {
        OriginError::Null => ("null-needs-waiver", "tolerate null-origin with a reason"),
        OriginError::NoScheme => {
            ("no-scheme", "write https:// before it, or http:// where it is meant")
        }
        OriginError::BadScheme => ("bad-scheme", "write https, or the scheme that the page has"),
        OriginError::BadHost => {
            ("bad-host", "write the host as the browser's address bar shows it")
        }
        OriginError::BadAddress => ("bad-ip", "write the address as browsers do: 127.0.0.1, [::1]"),
        OriginError::TooLong => ("too-long", "no host has so long a name"),
        OriginError::BadPort => ("bad-port", "write a number from 1 to 65535, or :* for any port"),
        OriginError::DefaultPort => ("default-port", "leave the port out"),
    };
    report.error(code, FIELD, Some(index), text, &error.to_string(), way_out);
}

/// Neither https nor on this machine. Schemes of their own (extensions, apps) are not on the network.
pub(super) fn is_insecure(scheme: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let loopback = host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    matches!(scheme, "http" | "ws" | "ftp") && !loopback
}

fn check_covered(draft: &PolicyDraft, set: &OriginSet, report: &mut Report) {
    if !set.has_patterns() {
        return;
    }
    let list = &draft.allow_origins;
    for (index, text) in list.iter().enumerate() {
        // A pattern is inside another if an origin of its shape is; the two bytes are no one's label.
        let sample = text.replacen("://*.", "://-0.", 1).replacen('*', "-0", 1);
        let sample =
            sample.strip_suffix(":-0").map_or(sample.clone(), |host| format!("{host}:65535"));
        let found = set.find_pattern(list, sample.as_bytes(), Found::OtherThan(index as u32));
        if let Some(other) = found {
            let other = list.get(other as usize).unwrap_or_default();
            report.warning(
                "covered-by-pattern",
                FIELD,
                Some(index),
                text,
                &format!("{other} admits it already"),
                "remove it",
            );
        }
    }
}
