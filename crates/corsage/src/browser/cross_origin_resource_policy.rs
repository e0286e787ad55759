//! [Cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check):
//! what protects a response that is read without CORS.

use url::Url;

use super::profile::{CorpSameSite, UnknownCorp};
use super::run::{Run, Tainting};
use super::{Blocker, Code, EmbedderPolicy, MessageKind, WireResponse};
use crate::terms::{Origin, site};

const NAME: &str = "Cross-Origin-Resource-Policy";

pub(crate) fn corp_check(run: &Run, response: &WireResponse) -> Result<(), Blocker> {
    if run.tainting != Tainting::Opaque {
        return Ok(());
    }
    let unmarked = if requires_policy(run) { Unmarked::Refused } else { Unmarked::Allowed };
    internal_check(run, response, unmarked)
}

/// What becomes of an answer that names no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmarked {
    Allowed,
    /// An embedder policy turns "none" into same-origin.
    Refused,
}

/// [Cross-origin resource policy internal check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check)
pub(crate) fn internal_check(
    run: &Run,
    response: &WireResponse,
    unmarked: Unmarked,
) -> Result<(), Blocker> {
    let seen = response.headers.get(NAME.as_bytes());
    let refuse = |code, wanted: &[u8]| {
        Err(run.site(MessageKind::Actual).header(code, NAME, seen.clone(), wanted))
    };
    match seen.as_deref() {
        Some(b"same-origin") if !run.is_own(run.url()) => {
            refuse(Code::CorpNotSameOrigin, b"cross-origin")
        }
        Some(b"same-site") if !is_same_site(run, run.url()) => {
            refuse(Code::CorpNotSameSite, b"cross-origin")
        }
        Some(b"same-origin" | b"same-site" | b"cross-origin") => Ok(()),
        Some(value) if !value.is_empty() && run.switches().unknown_corp == UnknownCorp::LetsIn => {
            Ok(())
        }
        _ if unmarked == Unmarked::Refused && !run.is_own(run.url()) => {
            refuse(Code::CorpRequiredByCoep, b"cross-origin")
        }
        _ => Ok(()),
    }
}

fn requires_policy(run: &Run) -> bool {
    match run.client.embedder_policy {
        EmbedderPolicy::RequireCorp => true,
        // What is opaque was then asked for without credentials, whatever the credentials mode.
        EmbedderPolicy::UnsafeNone | EmbedderPolicy::Credentialless => false,
    }
}

fn is_same_site(run: &Run, url: &Url) -> bool {
    let Some(target) = Origin::from_url(url) else { return false };
    if run.switches().corp_same_site == CorpSameSite::AddressesDifferByPort {
        // Chromium: an address has no site, so that only its very origin is the same; and an opaque
        // page's site is that of its precursor.
        let address = matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
        if address {
            return run.is_own(url);
        }
        if matches!(run.client.origin, Origin::Opaque(_)) {
            return url.host_str() == Some("localhost");
        }
    }
    let secure = matches!(&run.client.origin, Origin::Tuple(tuple) if tuple.scheme() == "https");
    site::is_schemelessly_same_site(&run.client.origin, &target, &*run.client.public_suffixes)
        && (secure || url.scheme() != "https")
}
