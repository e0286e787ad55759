//! Why a load came to nothing although its fetch did not: what its consumer asks for beyond CORS; and what a page sees less
//! of than it may expect.

use super::answer::Answer;
use super::{Access, LoadKind, Sight, Use};
use crate::browser::blocker::BlockerSite;
use crate::browser::{Blocker, Code, Event, MessageKind, NetworkError, Note, Transcript};

/// Names what a kind of load makes of a failure of its fetch.
pub(super) fn name_by_kind(error: &mut NetworkError, transcript: &mut Transcript, kind: LoadKind) {
    let told = transcript.events.iter_mut().filter_map(|event| match event {
        Event::Blocked(blocker) => Some(blocker),
        _ => None,
    });
    for blocker in error.blockers.iter_mut().chain(told) {
        if blocker.code == Code::SameOriginModeCrossOriginUrl {
            blocker.code = match kind {
                LoadKind::Worker | LoadKind::SharedWorker | LoadKind::ServiceWorker => {
                    Code::WorkerNotSameOrigin
                }
                LoadKind::Track => Code::TrackWithoutCrossorigin,
                LoadKind::SvgUse | LoadKind::Filter | LoadKind::ClipPath => {
                    Code::SvgReferenceNotSameOrigin
                }
                _ => blocker.code,
            };
        }
    }
}

/// What the consumer has against an answer that CORS and the protections let through.
pub(super) fn of_consumer(answer: &Answer<'_>, sight: &Sight) -> Option<Blocker> {
    if answer.is_failed() || sight.used == Use::Used {
        return None;
    }
    let site =
        BlockerSite { message: MessageKind::Actual, hop: answer.hops.len().saturating_sub(1) };
    let content_type = |code, wanted: &[u8]| {
        let seen = answer.response().and_then(|(_, headers)| headers.get(b"content-type"));
        Some(site.header(code, "Content-Type", seen, wanted))
    };
    if answer.load.kind == LoadKind::WebSocket {
        return Some(site.about(Code::WebSocketNotAccepted, answer.status().to_string()));
    }
    // Of an event stream no other status is any good.
    let exactly = answer.load.kind == LoadKind::EventSource && answer.status() != 200;
    if !answer.is_ok() || exactly {
        return Some(site.about(Code::LoadStatusNotOk, answer.status().to_string()));
    }
    match answer.load.kind {
        LoadKind::Style | LoadKind::StyleImport | LoadKind::CssModuleImport => {
            content_type(Code::StyleTypeNotCss, b"text/css")
        }
        LoadKind::EventSource => content_type(Code::EventStreamTypeWrong, b"text/event-stream"),
        LoadKind::ModuleScript
        | LoadKind::ModuleImport
        | LoadKind::DynamicImport
        | LoadKind::JsonImport
        | LoadKind::ModulePreload
        | LoadKind::ImportScripts
        | LoadKind::AudioWorklet
        | LoadKind::Worker
        | LoadKind::SharedWorker
        | LoadKind::ServiceWorker
            if !super::script::has_type(answer) =>
        {
            content_type(Code::ScriptTypeNotJavascript, b"text/javascript")
        }
        LoadKind::Script | LoadKind::Beacon | LoadKind::Ping | LoadKind::Fetch => None,
        kind => Some(site.about(Code::ContentNotDecodable, kind.as_str())),
    }
}

/// What the page sees less of.
pub(super) fn notes(answer: &Answer<'_>, sight: &Sight) -> Vec<Note> {
    let closed = sight.access == Access::Closed && sight.used == Use::Used;
    let code = match answer.load.kind {
        LoadKind::Image | LoadKind::SvgImage | LoadKind::Audio | LoadKind::Video if closed => {
            Code::CanvasTainted
        }
        LoadKind::Style | LoadKind::StyleImport if closed => Code::SheetRulesHidden,
        LoadKind::Iframe | LoadKind::Object | LoadKind::Embed | LoadKind::Form if closed => {
            Code::FrameDocumentHidden
        }
        LoadKind::Script if sight.errors.is_some_and(|errors| errors.is_muted()) => {
            Code::ScriptErrorsMuted
        }
        _ => return Vec::new(),
    };
    let url = answer.hops.last().map(|hop| hop.url.as_str().as_bytes().to_vec());
    let hop = answer.hops.len().saturating_sub(1);
    vec![Note { code, hop, detail: url.into_iter().collect() }]
}
