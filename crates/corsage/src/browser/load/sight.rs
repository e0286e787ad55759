//! What the page sees of a load.

use super::ErrorReports;

/// What the page sees of a load's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The first event, or what takes its place.
    pub event: PageEvent,
    /// Whether what came is used: drawn, run, applied.
    pub used: Use,
    /// What script may find out about it.
    pub access: Access,
    /// Of sound and film: what `captureStream()` gives.
    pub capture: Capture,
    /// Of a script: what the page's error handlers are told.
    pub errors: Option<ErrorReports>,
    /// Its Resource Timing entries.
    pub timing: Vec<Timing>,
}

/// The first event that a page sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageEvent {
    /// `load`
    Load,
    /// `error`
    Error,
    /// `loadeddata`
    LoadedData,
    /// `open`
    Open,
    /// A promise is fulfilled.
    Resolved,
    /// A promise is rejected.
    Rejected(Exception),
    /// The call throws.
    Threw(Exception),
    /// The call returns, and says no more.
    Returned,
    /// The script runs, and no event tells.
    Ran,
    /// Nothing at all.
    Nothing,
}

impl std::fmt::Display for PageEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self {
            Self::Load => "load",
            Self::Error => "error",
            Self::LoadedData => "loadeddata",
            Self::Open => "open",
            Self::Resolved => "fulfilled",
            Self::Rejected(exception) => return write!(f, "rejected with {}", exception.as_str()),
            Self::Threw(exception) => return write!(f, "throws {}", exception.as_str()),
            Self::Returned => "returns",
            Self::Ran => "runs",
            Self::Nothing => "no event",
        };
        f.write_str(word)
    }
}

/// The class of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of DOMException and of JavaScript")]
pub enum Exception {
    Error,
    TypeError,
    SyntaxError,
    SecurityError,
    NetworkError,
    AbortError,
}

impl Exception {
    /// Its `name`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::TypeError => "TypeError",
            Self::SyntaxError => "SyntaxError",
            Self::SecurityError => "SecurityError",
            Self::NetworkError => "NetworkError",
            Self::AbortError => "AbortError",
        }
    }
}

/// Whether what came is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Drawn, run, applied, shown.
    Used,
    /// Not.
    Unused,
}

/// What script may find out about what was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// There is nothing.
    Nothing,
    /// There is an object, and it is empty.
    Empty,
    /// It is there, and closed: a tainted canvas, rules that throw, a document that is null.
    Closed,
    /// Pixels, samples, rules, text or document are open to the page.
    Readable,
}

/// What `captureStream()` of an element gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Capture {
    /// There is nothing to capture.
    #[default]
    Nothing,
    /// A stream.
    Stream,
    /// A `SecurityError`.
    Refused,
    /// The engine has no such method.
    Unsupported,
}

impl Sight {
    /// Of kinds that have no more to show than these three.
    pub(super) fn new(event: PageEvent, used: Use, access: Access) -> Self {
        Self { event, used, access, capture: Capture::Nothing, errors: None, timing: Vec::new() }
    }
}

/// A Resource Timing entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timing {
    /// With the moments of request and response.
    Visible,
    /// With start and end only.
    Hidden,
}
