//! [Update the image data](https://html.spec.whatwg.org/multipage/images.html#update-the-image-data), and its likes in SVG
//! and CSS: a picture is drawn, and taints the canvas that it is drawn on.

use super::answer::Answer;
use super::switches::UseEvent;
use super::{Access, LoadKind, PageEvent, Sight, Sniffed, Use};

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let drawn = is_drawn(answer);
    let event = match answer.load.kind {
        LoadKind::SvgUse if !fires(answer, drawn) => PageEvent::Nothing,
        LoadKind::Image | LoadKind::ImageInput | LoadKind::SvgImage | LoadKind::SvgUse => {
            if drawn {
                PageEvent::Load
            } else {
                PageEvent::Error
            }
        }
        _ => PageEvent::Nothing,
    };
    let access = match (drawn, answer.is_opaque()) {
        (false, _) => Access::Nothing,
        (true, true) => Access::Closed,
        (true, false) => Access::Readable,
    };
    let used = if drawn { Use::Used } else { Use::Unused };
    Sight::new(event, used, access)
}

fn fires(answer: &Answer<'_>, drawn: bool) -> bool {
    match answer.switches.use_event {
        UseEvent::Fired => true,
        UseEvent::OnSuccess => drawn || answer.is_failed() && !answer.hops.is_empty(),
        UseEvent::Never => false,
    }
}

/// Any status will do, and any type: what counts is that it can be decoded.
fn is_drawn(answer: &Answer<'_>) -> bool {
    !answer.is_failed() && decodes(answer)
}

pub(super) fn decodes(answer: &Answer<'_>) -> bool {
    match answer.load.kind {
        LoadKind::SvgUse | LoadKind::Filter | LoadKind::ClipPath => {
            matches!(answer.content.sniffed, Sniffed::Xml | Sniffed::AsAsked)
        }
        _ => match answer.content.sniffed {
            Sniffed::Image | Sniffed::AsAsked => true,
            Sniffed::Xml => answer.essence().as_deref() == Some(b"image/svg+xml"),
            _ => false,
        },
    }
}
