//! A load that ended, as the demo tells it: open to the page, used but closed to it, or not there.

use bytes::Bytes;
use corsage::browser::load::{Content, ErrorReport, Loaded, ThrownKind};
use corsage::browser::{Code, WireResponse};

use super::outcome::{Got, Outcome, Prediction, Sent};
use super::reasons::Teller;

/// What is known of a body that came with a response's head.
pub(crate) fn content(head: &WireResponse, body: &Bytes) -> Content {
    Content::observed(&head.headers, body)
}

/// What the page got.
pub(crate) fn got(loaded: &Loaded) -> Got {
    // The sample script's error is the engine's own.
    let muted = loaded.sight.errors.map(|errors| {
        let report = errors.report(ThrownKind::EngineError);
        matches!(report, ErrorReport::Muted | ErrorReport::MutedWithFile)
    });
    let rules_hidden = loaded.are_rules_readable().map(|readable| !readable);
    let closed = [loaded.is_tainted(), rules_hidden, muted].contains(&Some(true));
    Got::nothing(match (&loaded.outcome, closed) {
        (Err(_), _) => Outcome::Blocked,
        (Ok(_), true) => Outcome::Opaque,
        (Ok(_), false) => Outcome::Readable,
    })
}

/// The end of a load, told.
pub(crate) fn concluded(loaded: &Loaded, wire: Vec<Sent>, teller: &Teller) -> Prediction {
    let blockers = match &loaded.outcome {
        Ok(_) => Vec::new(),
        Err(error) => teller.blockers(error, &loaded.transcript),
    };
    let told = |code: Code| {
        matches!(code, Code::CanvasTainted | Code::ScriptErrorsMuted | Code::SheetRulesHidden)
    };
    let notes = loaded.notes.iter().filter(|note| told(note.code));
    let notes = notes.map(|note| teller.note(note)).collect();
    Prediction { got: got(loaded), wire, blockers, notes }
}
