//! [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check)
//!
//! Decides whether a response may be shared with the request's origin. Used on the preflight's
//! response and on the actual one.

use super::blocker::BlockerSite;
use super::profile::{EmptyLines, Switches};
use super::{Blocker, Code, CredentialsMode, HeaderList, MessageKind, NearMiss};

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const ALLOW_CREDENTIALS: &str = "Access-Control-Allow-Credentials";

/// A passed check. Only [`cors_check`] makes one, and a CORS filtered response needs one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CorsCheckPassed(());

/// What a response is checked against.
pub(crate) struct Checked<'c> {
    /// The serialised request origin: `null` once a redirect has tainted it.
    pub(crate) origin: &'c str,
    /// Whether it is `null` only because of redirects.
    pub(crate) tainted: bool,
    pub(crate) credentials: CredentialsMode,
    pub(crate) site: BlockerSite,
}

/// All conditions are judged, so that their owner need not find them one by one.
pub(crate) fn cors_check(
    checked: &Checked<'_>,
    headers: &HeaderList,
    switches: &Switches,
) -> Result<CorsCheckPassed, Vec<Blocker>> {
    let mut blockers = Vec::new();
    // 1-2. Absent and `null` differ: no header fails, the value `null` may pass.
    let allow_origin = get(headers, ALLOW_ORIGIN, switches);
    let wildcard_passes =
        allow_origin.as_deref() == Some(b"*") && checked.credentials != CredentialsMode::Include;
    if wildcard_passes {
        return Ok(CorsCheckPassed(()));
    }
    // 4. Compared as bytes: a parsed origin would forgive a trailing slash that browsers do not.
    if allow_origin.as_deref() != Some(checked.origin.as_bytes()) {
        blockers.push(blame_origin(checked, allow_origin, headers));
    }
    if checked.credentials == CredentialsMode::Include {
        let allow_credentials = get(headers, ALLOW_CREDENTIALS, switches);
        if allow_credentials.as_deref() != Some(b"true") {
            let code = match checked.site.message {
                MessageKind::Preflight => Code::PreflightAllowCredentialsNotTrue,
                _ => Code::AllowCredentialsNotTrue,
            };
            blockers.push(checked.site.header(code, ALLOW_CREDENTIALS, allow_credentials, b"true"));
        }
    }
    if blockers.is_empty() { Ok(CorsCheckPassed(())) } else { Err(blockers) }
}

fn blame_origin(checked: &Checked<'_>, seen: Option<Vec<u8>>, headers: &HeaderList) -> Blocker {
    let preflight = checked.site.message == MessageKind::Preflight;
    let pick = |of_preflight, of_response| if preflight { of_preflight } else { of_response };
    let lines = headers.lines(ALLOW_ORIGIN.as_bytes()).count();
    let code = match seen.as_deref() {
        None => pick(Code::PreflightMissingAllowOrigin, Code::MissingAllowOrigin),
        Some(b"*") => {
            pick(Code::PreflightWildcardOriginWithCredentials, Code::WildcardOriginWithCredentials)
        }
        Some(value) if lines > 1 || value.contains(&b',') || value.contains(&b' ') => {
            pick(Code::PreflightMultipleAllowOrigin, Code::MultipleAllowOrigin)
        }
        Some(b"null") => mismatch(checked, preflight),
        Some(value) if !looks_like_origin(value) => {
            pick(Code::PreflightInvalidAllowOrigin, Code::InvalidAllowOrigin)
        }
        Some(_) => mismatch(checked, preflight),
    };
    let near = if checked.origin == "null" {
        Some(NearMiss::Null)
    } else {
        seen.as_deref()
            .and_then(|seen| NearMiss::between(&String::from_utf8_lossy(seen), checked.origin))
    };
    let mut blocker = checked.site.header(code, ALLOW_ORIGIN, seen, checked.origin.as_bytes());
    blocker.near_miss = near;
    blocker
}

fn mismatch(checked: &Checked<'_>, preflight: bool) -> Code {
    match (preflight, checked.tainted) {
        (true, _) => Code::PreflightAllowOriginMismatch,
        (false, true) => Code::AllowOriginMismatchTainted,
        (false, false) => Code::AllowOriginMismatch,
    }
}

/// What Chromium takes for a URL; anything else it calls invalid rather than unequal.
fn looks_like_origin(value: &[u8]) -> bool {
    std::str::from_utf8(value)
        .is_ok_and(|text| url::Url::parse(text).is_ok_and(|url| url.has_host()))
}

/// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get): lines joined, so that two never match.
pub(crate) fn get(headers: &HeaderList, name: &str, switches: &Switches) -> Option<Vec<u8>> {
    // Firefox counts the lines of this one header before it joins them.
    let joined = name == ALLOW_ORIGIN;
    let lines = if joined {
        headers.lines(name.as_bytes()).collect()
    } else {
        effective_lines(headers, name.as_bytes(), switches)
    };
    if lines.is_empty() { None } else { Some(lines.join(&b", "[..])) }
}

/// The lines of a name that an engine sees: to Firefox an empty one beside another is none.
pub(crate) fn effective_lines<'h>(
    headers: &'h HeaderList,
    name: &'h [u8],
    switches: &Switches,
) -> Vec<&'h [u8]> {
    let mut lines: Vec<&[u8]> = headers.lines(name).collect();
    if switches.empty_lines == EmptyLines::Dropped && lines.len() > 1 {
        let all_empty = lines.iter().all(|line| line.is_empty());
        lines.retain(|line| !line.is_empty());
        if all_empty {
            lines.push(b"");
        }
    }
    lines
}
