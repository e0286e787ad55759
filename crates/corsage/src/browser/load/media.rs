//! [Resource fetch algorithm](https://html.spec.whatwg.org/multipage/media.html#concept-media-load-resource) of sound and
//! film, and [text tracks](https://html.spec.whatwg.org/multipage/media.html#sourcing-out-of-band-text-tracks).

use super::answer::Answer;
use super::switches::{CaptureRule, CueStatus, UndecodableMedia, UnfollowedStatus};
use super::{Access, Capture, LoadKind, PageEvent, Sight, Sniffed, Use};

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let (plays, success) = match answer.load.kind {
        LoadKind::Track => (shows_cues(answer), PageEvent::Load),
        _ => (plays(answer), PageEvent::LoadedData),
    };
    let access = match (plays, answer.is_opaque()) {
        (false, _) => Access::Nothing,
        (true, true) => Access::Closed,
        (true, false) => Access::Readable,
    };
    let event = if plays { success } else { PageEvent::Error };
    let used = if plays { Use::Used } else { Use::Unused };
    Sight { capture: capture(answer, access), ..Sight::new(event, used, access) }
}

/// [Capturing from media elements](https://w3c.github.io/mediacapture-fromelement/#methods)
fn capture(answer: &Answer<'_>, access: Access) -> Capture {
    match (access, answer.switches.capture) {
        _ if answer.load.kind == LoadKind::Track => Capture::Nothing,
        (Access::Nothing | Access::Empty, _) => Capture::Nothing,
        (_, CaptureRule::Unsupported) => Capture::Unsupported,
        (Access::Closed, CaptureRule::Closed) => Capture::Refused,
        (Access::Closed, CaptureRule::Open) | (Access::Readable, _) => Capture::Stream,
    }
}

fn plays(answer: &Answer<'_>) -> bool {
    let decodes = matches!(answer.content.sniffed, Sniffed::Media | Sniffed::AsAsked);
    let unfollowed = (300..400).contains(&answer.status())
        && answer.switches.unfollowed_status == UnfollowedStatus::Success;
    !answer.is_failed() && decodes && (answer.is_ok() || unfollowed)
}

/// WebKit asks again for what it cannot decode.
pub(super) fn asks_again(answer: &Answer<'_>) -> bool {
    matches!(answer.load.kind, LoadKind::Audio | LoadKind::Video)
        && answer.switches.undecodable_media == UndecodableMedia::AskedForTwice
        && !answer.is_failed()
        && answer.status() < 400
        && !plays(answer)
}

fn shows_cues(answer: &Answer<'_>) -> bool {
    let parses = matches!(answer.content.sniffed, Sniffed::WebVtt | Sniffed::AsAsked);
    let status = answer.is_ok() || answer.switches.cue_status == CueStatus::Any;
    !answer.is_failed() && parses && status
}
