//! [Style sheets](https://html.spec.whatwg.org/multipage/semantics.html#link-type-stylesheet): applied whoever sends them,
//! and open to the page only if they are its own or were got with CORS.

use super::answer::Answer;
use super::end::LoadSource;
use super::switches::{
    FailedPreloadedSheet, FailedSheet, NosniffSheet, SheetIntegrity, UnfollowedStatus,
    WrongSheetType,
};
use super::{Access, IntegrityMatch, LoadKind, PageEvent, Sight, Sniffed, Use};
use crate::browser::Code;

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let end = end_of(answer);
    let event = match end {
        End::Applied | End::EmptyBody => PageEvent::Load,
        End::WrongType if answer.switches.wrong_sheet_type == WrongSheetType::Load => {
            PageEvent::Load
        }
        _ => PageEvent::Error,
    };
    let used = if end == End::Applied { Use::Used } else { Use::Unused };
    Sight::new(event, used, access(answer, end))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Applied,
    NetworkError,
    Nosniff,
    IntegrityFailed,
    StatusNotOk,
    WrongType,
    /// A sheet without rules.
    EmptyBody,
}

/// A redirect that leads nowhere, whose body is taken.
fn is_unfollowed(answer: &Answer<'_>) -> bool {
    (300..400).contains(&answer.status())
        && answer.switches.unfollowed_sheet == UnfollowedStatus::Success
}

fn end_of(answer: &Answer<'_>) -> End {
    match answer.outcome {
        Err(error) => match error.blamed().code {
            Code::IntegrityMismatch | Code::IntegrityOnOpaque
                if !answer.is_ok() && !answer.is_unfollowed_success() =>
            {
                End::StatusNotOk
            }
            Code::IntegrityMismatch | Code::IntegrityOnOpaque => End::IntegrityFailed,
            Code::NosniffBlocked if breaks_integrity_first(answer) => End::IntegrityFailed,
            Code::NosniffBlocked => End::Nosniff,
            _ => End::NetworkError,
        },
        Ok(_) if !is_css(answer) => End::WrongType,
        Ok(_) if !answer.is_ok() && !is_unfollowed(answer) => End::StatusNotOk,
        Ok(_) if answer.content.sniffed == Sniffed::Empty => End::EmptyBody,
        Ok(_) => End::Applied,
    }
}

/// What may not be looked into does not match.
fn breaks_integrity_first(answer: &Answer<'_>) -> bool {
    answer.switches.sheet_integrity == SheetIntegrity::BeforeType
        && !answer.load.integrity.is_empty()
        && answer.is_ok()
        && (answer.is_opaque() || answer.content.integrity == IntegrityMatch::Differs)
}

/// Without a type, a sheet is taken for one.
pub(super) fn is_css(answer: &Answer<'_>) -> bool {
    answer.essence().is_none_or(|essence| essence == b"text/css")
}

fn access(answer: &Answer<'_>, end: End) -> Access {
    let by_tainting = |open| if answer.is_opaque() { Access::Closed } else { open };
    if answer.load.kind == LoadKind::StyleImport {
        return if answer.is_opaque() || end != End::Applied {
            Access::Closed
        } else {
            Access::Readable
        };
    }
    let preloaded = answer.source == LoadSource::Preloaded;
    if preloaded
        && (answer.is_failed() || answer.status() >= 400)
        && answer.switches.failed_preloaded_sheet == FailedPreloadedSheet::None
    {
        return Access::Nothing;
    }
    let empty = answer.switches.failed_sheet == FailedSheet::Empty;
    match end {
        End::Applied => by_tainting(Access::Readable),
        End::IntegrityFailed if empty => by_tainting(Access::Empty),
        End::IntegrityFailed => Access::Nothing,
        End::NetworkError if empty => by_tainting(Access::Empty),
        End::NetworkError => Access::Closed,
        End::Nosniff if answer.switches.nosniff_sheet == NosniffSheet::Closed => Access::Closed,
        End::Nosniff | End::StatusNotOk | End::WrongType | End::EmptyBody => {
            by_tainting(Access::Empty)
        }
    }
}
