//! [Navigating a child navigable](https://html.spec.whatwg.org/multipage/browsing-the-web.html#create-navigation-params-by-fetching):
//! whether the embedding page's embedder policy lets a document in, and what the page sees of it.

use super::answer::Answer;
use super::request::is_credentialless;
use super::switches::{
    CredentiallessFrames, EmbeddedAdherence, EmbeddedPolicy, FrameOrder, KeptOut, KnownPolicies,
    LoadSwitches, ObjectWithoutDocument, PictureDocuments, RefusedFrame, RefusedObject,
};
use super::{Access, Load, LoadKind, PageEvent, Sight, Sniffed, Use};
use crate::browser::blocker::BlockerSite;
use crate::browser::cross_origin_resource_policy::{Unmarked, internal_check};
use crate::browser::run::Run;
use crate::browser::{Blocker, Code, EmbedderPolicy, HeaderList, MessageKind, Mode, WireResponse};

fn is_embedded(kind: LoadKind) -> bool {
    matches!(kind, LoadKind::Object | LoadKind::Embed)
}

/// [Cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check) for navigation,
/// on every answer of the chain. WebKit wants an embedder policy of every redirect, whoever sends it.
pub(super) fn policy_refusal(
    load: &Load,
    run: &Run,
    response: &WireResponse,
    switches: &LoadSwitches,
) -> Option<Blocker> {
    if !load.kind.is_frame() {
        return None;
    }
    let checked_always =
        is_embedded(load.kind) && switches.embedded_policy == EmbeddedPolicy::Checked;
    let unmarked = match run.client.embedder_policy {
        EmbedderPolicy::RequireCorp => Unmarked::Refused,
        EmbedderPolicy::Credentialless if refuses_without_credentials(load, switches) => {
            Unmarked::Refused
        }
        _ if checked_always => Unmarked::Allowed,
        _ => return None,
    };
    let led = run.request.mode == Mode::Navigate && response.headers.contains(b"location");
    if led && switches.known_policies == KnownPolicies::RequireCorpAlone {
        let asks = run.client.embedder_policy == EmbedderPolicy::RequireCorp;
        return (asks && !has_policy(&response.headers, switches))
            .then(|| without_policy(&response.headers, run.hop()));
    }
    internal_check(run, response, unmarked).err()
}

fn without_policy(headers: &HeaderList, hop: usize) -> Blocker {
    let site = BlockerSite { message: MessageKind::Actual, hop };
    let seen = headers.get(b"cross-origin-embedder-policy");
    site.header(
        Code::FrameWithoutEmbedderPolicy,
        "Cross-Origin-Embedder-Policy",
        seen,
        b"require-corp",
    )
}

/// Whether a page of `Cross-Origin-Embedder-Policy: credentialless` keeps frames out as one of `require-corp` does.
fn refuses_without_credentials(load: &Load, switches: &LoadSwitches) -> bool {
    match switches.credentialless_frames {
        CredentiallessFrames::Loaded => false,
        CredentiallessFrames::Refused => !is_credentialless(load, switches),
        CredentiallessFrames::RefusedInIframes => !is_embedded(load.kind),
    }
}

/// [Check a navigation response's adherence to its embedder policy](https://html.spec.whatwg.org/multipage/browsers.html#check-a-navigation-response's-adherence-to-its-embedder-policy):
/// whoever is let in must have such a policy too.
pub(super) fn adherence_refusal(answer: &Answer<'_>) -> Option<Blocker> {
    let kind = answer.load.kind;
    let asked = match answer.client.embedder_policy {
        EmbedderPolicy::UnsafeNone => false,
        EmbedderPolicy::RequireCorp => {
            !is_embedded(kind) || answer.switches.embedded_adherence == EmbeddedAdherence::Checked
        }
        EmbedderPolicy::Credentialless => refuses_without_credentials(answer.load, answer.switches),
    };
    let (_, headers) = answer.response()?;
    let document =
        !is_picture(answer) || answer.switches.picture_documents == PictureDocuments::Checked;
    let exempt = is_credentialless(answer.load, answer.switches);
    if !kind.is_frame() || !asked || exempt || !document || has_policy(headers, answer.switches) {
        return None;
    }
    Some(without_policy(headers, answer.hops.len() - 1))
}

fn has_policy(headers: &HeaderList, switches: &LoadSwitches) -> bool {
    let value = headers.get(b"cross-origin-embedder-policy").unwrap_or_default();
    let token = value.split(|byte| *byte == b';').next().unwrap_or_default();
    match token.trim_ascii() {
        b"require-corp" => true,
        b"credentialless" => switches.known_policies == KnownPolicies::Both,
        _ => false,
    }
}

fn is_picture(answer: &Answer<'_>) -> bool {
    let declared = answer.essence().is_some_and(|essence| essence.starts_with(b"image/"));
    declared || answer.content.sniffed == Sniffed::Image
}

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    if answer.is_without_document() {
        return match (answer.load.kind, answer.switches.object_without_document) {
            (LoadKind::Object, ObjectWithoutDocument::Error) => {
                Sight::new(PageEvent::Error, Use::Unused, Access::Closed)
            }
            _ => Sight::new(PageEvent::Nothing, Use::Unused, Access::Empty),
        };
    }
    let failed = answer.is_failed() || falls_back(answer) && !answer.is_ok();
    let blank = answer.switches.kept_out == KeptOut::BlankButWithoutPolicy;
    let redirect = (300..400).contains(&answer.status());
    let error_page = blank && is_without_policy(answer) && !redirect;
    let event = if failed && !error_page { refused_event(answer) } else { PageEvent::Load };
    let about_blank = failed && !error_page && (blank || is_left_alone(answer));
    let access = match (failed, answer.ends_at_home()) {
        _ if about_blank => Access::Empty,
        (false, true) => Access::Readable,
        _ => Access::Closed,
    };
    Sight::new(event, if failed { Use::Unused } else { Use::Used }, access)
}

/// Firefox: a frame stays what it was where `Cross-Origin-Resource-Policy` keeps its document out.
fn is_left_alone(answer: &Answer<'_>) -> bool {
    let blamed = answer.outcome.as_ref().err().map(|error| error.blamed().code);
    let by_resource_policy = matches!(
        blamed,
        Some(Code::CorpNotSameOrigin | Code::CorpNotSameSite | Code::CorpRequiredByCoep)
    );
    by_resource_policy
        && answer.switches.frame_order == FrameOrder::EmbedderPolicyFirst
        && !is_embedded(answer.load.kind)
}

fn is_without_policy(answer: &Answer<'_>) -> bool {
    let blamed = answer.outcome.as_ref().err().map(|error| error.blamed().code);
    blamed == Some(Code::FrameWithoutEmbedderPolicy)
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
    let switches = answer.switches;
    match (answer.load.kind, switches.refused_object, switches.refused_frame) {
        (LoadKind::Object, RefusedObject::Silent, _) => PageEvent::Nothing,
        (LoadKind::Object, RefusedObject::Error, _) => PageEvent::Error,
        (_, _, RefusedFrame::ErrorPageLoads) => PageEvent::Load,
        (_, _, RefusedFrame::Silent) => PageEvent::Nothing,
    }
}
