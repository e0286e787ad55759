//! The end of a load.

use url::Url;

use super::{Access, ErrorReport, LoadKind, PageEvent, Sight, ThrownKind, Timing};
use crate::browser::blocker::BlockerSite;
use crate::browser::{Code, FilteredResponse, MessageKind, NetworkError, Note, Transcript};

/// The end of a load: what happened, and what the page sees of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Who asked.
    pub kind: LoadKind,
    /// What the page sees.
    pub sight: Sight,
    /// What the load came to: of its fetch, of the protections, and of who was to use it.
    pub outcome: Result<FilteredResponse, NetworkError>,
    /// How it came to that.
    pub transcript: Transcript,
    /// Remarks on the load as a whole.
    pub notes: Vec<Note>,
    /// Whether a preload answered, and no request was sent.
    pub source: LoadSource,
    /// Every URL that was asked, in order; the last one is where the answer came from.
    pub urls: Vec<Url>,
}

/// What a page can find out by looking, kind by kind: `None` where that kind has nothing of the sort, or where nothing came.
impl Loaded {
    /// Of a picture, sound or film that came: whether a canvas that it is drawn on, or a stream of it, is tainted.
    #[must_use]
    pub fn is_tainted(&self) -> Option<bool> {
        let pictures = matches!(
            self.kind,
            LoadKind::Image | LoadKind::SvgImage | LoadKind::Audio | LoadKind::Video
        );
        match self.sight.access {
            Access::Closed if pictures => Some(true),
            Access::Readable if pictures => Some(false),
            _ => None,
        }
    }

    /// Of a style sheet: whether `cssRules` can be read, and does not throw.
    #[must_use]
    pub fn are_rules_readable(&self) -> Option<bool> {
        let sheet = matches!(self.kind, LoadKind::Style | LoadKind::StyleImport);
        match self.sight.access {
            Access::Closed if sheet => Some(false),
            Access::Readable | Access::Empty if sheet => Some(true),
            _ => None,
        }
    }

    /// Of a script: whether an `Error` that it throws reaches the page as "Script error."
    #[must_use]
    pub fn are_errors_muted(&self) -> Option<bool> {
        let report = self.sight.errors?.report(ThrownKind::Error);
        Some(matches!(report, ErrorReport::Muted | ErrorReport::MutedWithFile))
    }

    /// Whether its Resource Timing entry shows the moments of request and response; `None` if there is no entry.
    #[must_use]
    pub fn is_timing_visible(&self) -> Option<bool> {
        self.sight.timing.last().map(|timing| *timing == Timing::Visible)
    }

    /// Of an `EventSource` or a `WebSocket`: whether it is open.
    #[must_use]
    pub fn is_connection_open(&self) -> Option<bool> {
        let connects = matches!(self.kind, LoadKind::EventSource | LoadKind::WebSocket);
        connects.then(|| self.sight.event == PageEvent::Open)
    }

    /// Whether a preload answered, and no request was sent.
    #[must_use]
    pub fn is_preload_reused(&self) -> bool {
        self.source == LoadSource::Preloaded
    }

    /// What keeps the page from looking into what came and is used: pixels of a tainted canvas, rules of a style sheet, a
    /// frame's document, a script's errors. `None` if nothing does, or if nothing came.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use corsage::browser::load::{Content, Document, Load, LoadStep, load};
    /// # use corsage::browser::{Client, Profile, WireResponse};
    /// # use corsage::terms::Origin;
    /// # let page = Client::page(Origin::parse("https://app.example").unwrap());
    /// # let (mut document, now) = (Document::new(), Duration::ZERO);
    /// # let image = Load::image("https://cdn.example/a.png");
    /// # let Ok(LoadStep::Request(pending)) = load(image, &page, Profile::Chromium, &mut document, now) else { panic!() };
    /// # let response = WireResponse { status: 200, status_text: b"OK".to_vec(), headers: Default::default() };
    /// # let LoadStep::Finish(end) = pending.receive(Ok(response), &Content::default(), &mut document, now) else { panic!() };
    /// // An image without `crossorigin`.
    /// assert!(end.outcome.is_ok());
    /// assert_eq!(end.closed().unwrap().blamed().code.as_str(), "canvas-tainted");
    /// ```
    #[must_use]
    pub fn closed(&self) -> Option<NetworkError> {
        let note = self.notes.iter().find(|note| {
            matches!(
                note.code,
                Code::CanvasTainted
                    | Code::SheetRulesHidden
                    | Code::FrameDocumentHidden
                    | Code::ScriptErrorsMuted
            )
        })?;
        let site = BlockerSite { message: MessageKind::Actual, hop: note.hop };
        Some(NetworkError { blockers: vec![site.plain(note.code)], blamed: 0 })
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadSource {
    /// The network, or the engine itself.
    Fetched,
    /// A preload.
    Preloaded,
}
