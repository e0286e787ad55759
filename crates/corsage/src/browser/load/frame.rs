//! [Navigating a child navigable](https://html.spec.whatwg.org/multipage/browsing-the-web.html#create-navigation-params-by-fetching):
//! whether the embedding page's embedder policy lets a document in, and what the page sees of it.

use super::answer::Answer;
use super::request::is_credentialless;
use super::switches::{CredentiallessFrames, EmbeddedPolicy, LoadSwitches, RefusedFrame};
use super::{Access, Load, LoadKind, PageEvent, Sight, Sniffed, Use};
use crate::browser::blocker::BlockerSite;
use crate::browser::cross_origin_resource_policy::{Unmarked, internal_check};
use crate::browser::run::Run;
use crate::browser::{
    Blocker, Code, EmbedderPolicy, HeaderList, MessageKind, Profile, WireResponse,
};

/// Whether a load makes a document, or an image, in a frame of the page.
pub(super) fn is_frame(kind: LoadKind) -> bool {
    matches!(kind, LoadKind::Iframe | LoadKind::Object | LoadKind::Embed | LoadKind::Form)
}

fn is_embedded(kind: LoadKind) -> bool {
    matches!(kind, LoadKind::Object | LoadKind::Embed)
}

/// [Cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check) for navigation,
/// on every answer of the chain.
pub(super) fn policy_refusal(
    load: &Load,
    run: &Run,
    response: &WireResponse,
    switches: &LoadSwitches,
) -> Option<Blocker> {
    if !is_frame(load.kind) {
        return None;
    }
    let checked_always =
        is_embedded(load.kind) && switches.embedded_policy == EmbeddedPolicy::Checked;
    let unmarked = match run.client.embedder_policy {
        EmbedderPolicy::RequireCorp => Unmarked::Refused,
        EmbedderPolicy::Credentialless
            if switches.credentialless_frames == CredentiallessFrames::Refused
                && !is_credentialless(load, switches) =>
        {
            Unmarked::Allowed
        }
        _ if checked_always => Unmarked::Allowed,
        _ => return None,
    };
    internal_check(run, response, unmarked).err()
}

/// [Check a navigation response's adherence to its embedder policy](https://html.spec.whatwg.org/multipage/browsers.html#check-a-navigation-response's-adherence-to-its-embedder-policy):
/// whoever is let in must have such a policy too.
pub(super) fn adherence_refusal(answer: &Answer<'_>) -> Option<Blocker> {
    let kind = answer.load.kind;
    let asked = match answer.client.embedder_policy {
        EmbedderPolicy::UnsafeNone => false,
        EmbedderPolicy::RequireCorp => true,
        EmbedderPolicy::Credentialless => match answer.switches.credentialless_frames {
            CredentiallessFrames::Loaded => false,
            CredentiallessFrames::Refused => true,
            CredentiallessFrames::RefusedInIframes => !is_embedded(kind),
        },
    };
    let (_, headers) = answer.response()?;
    // Chromium makes a document of a picture too.
    let document = !is_picture(answer) || answer.profile == Profile::Chromium;
    let exempt = is_credentialless(answer.load, answer.switches);
    if !is_frame(kind) || !asked || exempt || !document || has_policy(headers) {
        return None;
    }
    let site = BlockerSite { message: MessageKind::Actual, hop: answer.hops.len() - 1 };
    let seen = headers.get(b"cross-origin-embedder-policy");
    Some(site.header(
        Code::FrameWithoutEmbedderPolicy,
        "Cross-Origin-Embedder-Policy",
        seen,
        b"require-corp",
    ))
}

fn has_policy(headers: &HeaderList) -> bool {
    let value = headers.get(b"cross-origin-embedder-policy").unwrap_or_default();
    let token = value.split(|byte| *byte == b';').next().unwrap_or_default();
    matches!(token.trim_ascii(), b"require-corp" | b"credentialless")
}

fn is_picture(answer: &Answer<'_>) -> bool {
    let declared = answer.essence().is_some_and(|essence| essence.starts_with(b"image/"));
    declared || answer.content.sniffed == Sniffed::Image
}

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let failed = answer.is_failed() || falls_back(answer) && !answer.is_ok();
    let event = if failed { refused_event(answer) } else { PageEvent::Load };
    let about_blank = failed && answer.profile == Profile::Webkit;
    let access = match (failed, answer.ends_at_home()) {
        _ if about_blank => Access::Empty,
        (false, true) => Access::Readable,
        _ => Access::Closed,
    };
    Sight::new(event, if failed { Use::Unused } else { Use::Used }, access)
}

/// Whether a status that is not ok keeps a document out: where there is something to fall back to.
fn falls_back(answer: &Answer<'_>) -> bool {
    match answer.load.kind {
        LoadKind::Object => true,
        LoadKind::Embed => answer.switches.embedded_policy == EmbeddedPolicy::Checked,
        _ => false,
    }
}

/// `<object>` has something to fall back to, and says so.
fn refused_event(answer: &Answer<'_>) -> PageEvent {
    match (answer.load.kind, answer.switches.refused_frame, answer.profile) {
        (LoadKind::Object, _, Profile::Webkit) => PageEvent::Nothing,
        (LoadKind::Object, _, _) => PageEvent::Error,
        (_, RefusedFrame::ErrorPageLoads, _) => PageEvent::Load,
        (_, RefusedFrame::Silent, _) => PageEvent::Nothing,
    }
}
