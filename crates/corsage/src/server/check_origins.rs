//! What can be wrong with the origins of a draft.

use super::PolicyProblemCode as Code;
use super::error::Report;
use super::origin_set::OriginSet;
use super::pattern::{Left, Pattern, PatternError};
use super::{Credentials, PolicyDraft, Waiver};
use crate::terms::loopback::is_loopback_host;
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
        report.add(Code::NoOrigins, FIELD, None, "");
    }
    for (index, text) in list.iter().enumerate() {
        if !is_plainly_sound(text) {
            check_origin(draft, suffixes, index, text, report);
        }
    }
    if draft.dynamic_origins.is_some() && list.iter().any(|text| text == "*") {
        report.add(Code::WildcardWithPredicate, FIELD, None, "*");
    }
    let mut repeated = Vec::new();
    let set = OriginSet::build(list, |index| repeated.push(index));
    for index in repeated {
        let text = list.get(index as usize).unwrap_or_default();
        report.add(Code::Duplicate, FIELD, Some(index as usize), text);
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
            report.add(Code::WildcardMixed, FIELD, at, text);
        }
        if with_credentials && !draft.tolerates(Waiver::AnyOriginWithCredentials) {
            report.add(Code::WildcardWithCredentials, FIELD, at, text);
        }
        return;
    }
    if text == "null" {
        if with_credentials {
            report.add(Code::NullWithCredentials, FIELD, at, text);
        } else if !draft.tolerates(Waiver::NullOrigin) {
            report.add(Code::NullNeedsWaiver, FIELD, at, text);
        }
        return;
    }
    if let Some(code) = common_mistake(text, draft) {
        return report.add(code, FIELD, at, text);
    }
    let (scheme, host, left) = if text.contains('*') {
        match Pattern::parse(text) {
            Ok(pattern) => (pattern.scheme, pattern.host, pattern.left),
            Err(PatternError::MisplacedWildcard) => {
                return report.add(Code::MisplacedWildcard, FIELD, at, text);
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
        report.add(Code::InsecureOriginWithCredentials, FIELD, at, text);
    }
    if left != Left::Nothing
        && suffixes.is_some_and(|list| list.is_public_suffix(host.trim_end_matches('.')))
    {
        if !with_credentials {
            report.add(Code::PublicSuffix, FIELD, at, text);
        } else if !draft.tolerates(Waiver::PublicSuffixSubdomains) {
            report.add(Code::PublicSuffixWithCredentials, FIELD, at, text);
        }
    }
}

/// What people write in place of an origin, told apart so that the report can say what to do.
fn common_mistake(text: &str, draft: &PolicyDraft) -> Option<Code> {
    let lower = text.to_ascii_lowercase();
    let opaque =
        ["about:", "data:", "javascript:", "blob:"].iter().any(|scheme| lower.starts_with(scheme));
    let after_scheme = text.split_once("://").map(|(_, rest)| rest);
    Some(if text.is_empty() {
        Code::Empty
    } else if opaque {
        // Before the comma, which is a part of every data: URL.
        Code::NotAnOrigin
    } else if text.contains(',') {
        Code::CommaList
    } else if text.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
        Code::Whitespace
    } else if lower.starts_with("file:") {
        if text == "file://" && draft.tolerates(Waiver::FileScheme) {
            return None;
        }
        Code::FileScheme
    } else if !text.is_ascii() {
        Code::IdnNotPunycode
    } else if after_scheme.is_some_and(|rest| {
        rest.ends_with('/') && rest.matches('/').count() == 1 && !rest.contains(['?', '#'])
    }) {
        Code::TrailingSlash
    } else if let Some(found) =
        after_scheme.and_then(|rest| rest.find(['/', '?', '#']).map(|at| rest.as_bytes()[at]))
    {
        match found {
            b'/' => Code::HasPath,
            b'?' => Code::HasQuery,
            _ => Code::HasFragment,
        }
    } else if after_scheme.is_some_and(|rest| rest.contains('@')) {
        Code::HasUserInformation
    } else if after_scheme.is_some() && text != lower {
        Code::UpperCase
    } else {
        return None;
    })
}

fn refuse(error: OriginError, index: usize, text: &str, report: &mut Report) {
    let code = match error {
        OriginError::Null => Code::NullNeedsWaiver,
        OriginError::NoScheme => Code::NoScheme,
        OriginError::BadScheme => Code::BadScheme,
        OriginError::BadHost => Code::BadHost,
        OriginError::BadAddress => Code::BadIp,
        OriginError::TooLong => Code::TooLong,
        OriginError::BadPort => Code::BadPort,
        OriginError::DefaultPort => Code::DefaultPort,
    };
    report.add_with_cause(code, FIELD, Some(index), text, error.to_string());
}

/// Neither https nor on this machine. Schemes of their own (extensions, apps) are not on the network.
pub(super) fn is_insecure(scheme: &str, host: &str) -> bool {
    matches!(scheme, "http" | "ws" | "ftp") && !is_loopback_host(host)
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
        let found = set.find_other_pattern(list, sample.as_bytes(), index as u32);
        if let Some(other) = found {
            let other = list.get(other as usize).unwrap_or_default();
            report.add_with_cause(
                Code::CoveredByPattern,
                FIELD,
                Some(index),
                text,
                format!("{other} admits it already"),
            );
        }
    }
}
