//! What can be wrong with the origins of a draft.

use super::PolicyProblemCode as Code;
use super::error::Report;
use super::origin_mistakes::Mistakes;
use super::origin_set::OriginSet;
use super::pattern::{Left, Pattern, is_pattern};
use super::{Credentials, DynamicOrigins, PolicyDraft, Waiver};
use crate::terms::loopback::is_loopback_host;
use crate::terms::{OriginParts, PublicSuffixes};

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
    if draft.allow_credentials == Credentials::Allow
        && !draft.tolerates(Waiver::AnyOriginWithCredentials)
        && draft.dynamic_origins.as_ref().is_some_and(DynamicOrigins::admit_everybody)
    {
        report.add(Code::PredicateAdmitsEverybody, "dynamic_origins", None, "");
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
                } else if label == 3 && byte == b'-' {
                    // It may begin with xn--.
                    return false;
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
    if text == "file://" && draft.tolerates(Waiver::FileScheme) {
        return;
    }
    let before = report.problems.len();
    let mistakes = Mistakes::of(text);
    for (code, cause) in mistakes.found {
        match cause {
            Some(cause) => report.add_with_cause(code, FIELD, at, text, cause),
            None => report.add(code, FIELD, at, text),
        }
    }
    // Whether what was meant would do is told too.
    let meant = mistakes.meant.as_deref();
    if report.problems.len() > before
        && let Some(meant) = meant
    {
        report.suggest_from(before, meant);
    }
    check_meant(draft, suffixes, index, text, meant.unwrap_or(text), report);
}

/// Of an origin, or a pattern, that is well written by now: whether it is secure enough, and not anybody's.
fn check_meant(
    draft: &PolicyDraft,
    suffixes: Option<&dyn PublicSuffixes>,
    index: usize,
    text: &str,
    meant: &str,
    report: &mut Report,
) {
    let at = Some(index);
    let with_credentials = draft.allow_credentials == Credentials::Allow;
    let (scheme, host, left) = if is_pattern(meant) {
        let Ok(pattern) = Pattern::parse(meant) else { return };
        (pattern.scheme, pattern.host, pattern.left)
    } else {
        let Ok(parts) = OriginParts::parse(meant) else { return };
        (parts.scheme, parts.host, Left::Nothing)
    };
    if with_credentials && is_insecure(scheme, host) && !draft.tolerates(Waiver::InsecureOrigins) {
        report.add(Code::InsecureOriginWithCredentials, FIELD, at, text);
    }
    if left == Left::Nothing {
        return;
    }
    match suffixes {
        Some(list) if !list.is_public_suffix(host.trim_end_matches('.')) => {}
        Some(_) if !with_credentials => {
            report.add(Code::PublicSuffix, FIELD, at, text);
            report
                .suggest_from(report.problems.len() - 1, &format!("{scheme}://*.your-name.{host}"));
        }
        Some(_) if !draft.tolerates(Waiver::PublicSuffixSubdomains) => {
            report.add(Code::PublicSuffixWithCredentials, FIELD, at, text);
            report
                .suggest_from(report.problems.len() - 1, &format!("{scheme}://*.your-name.{host}"));
        }
        None if with_credentials
            && !is_loopback_host(host)
            && !draft.tolerates(Waiver::PublicSuffixSubdomains) =>
        {
            report.add(Code::PublicSuffixUnchecked, FIELD, at, text);
        }
        Some(_) | None => {}
    }
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
        let sample = text.replacen("://*.", "://-0.-0.", 1).replacen("://?.", "://-0.", 1);
        let sample = sample.replacen('*', "-0", 1);
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
