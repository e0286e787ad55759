//! [Report an exception](https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception): what `window.onerror`
//! is told of a script's errors, where they are muted.

/// Which errors of a script reach the page, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorReports {
    pub(super) synchronous: Muting,
    pub(super) later: Muting,
    pub(super) rejections: Rejections,
    pub(super) module: ModuleFileName,
}

/// [Muted errors](https://html.spec.whatwg.org/multipage/webappapis.html#concept-script-muted-errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Muting {
    Shown,
    /// Nothing but "Script error."
    Muted,
    /// Firefox: an `Error` that the script itself has made is shown whole; what else is thrown shows the file's name.
    MutedButOwnErrors,
}

/// `unhandledrejection`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejections {
    Shown,
    Silent,
}

/// Whether the report of what a module throws, and what is no `Error`, names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModuleFileName {
    Named,
    Unnamed,
}

/// What a script throws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThrownKind {
    /// An `Error` that the script has made.
    Error,
    /// Anything else: a string.
    Value,
    /// An error of the engine: a `ReferenceError`, a `SyntaxError`.
    EngineError,
    /// An `Error`, from a timer.
    LaterError,
}

/// What an error handler is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorReport {
    /// Message, file and value.
    Whole,
    /// Message and value, without the file.
    WithoutFile,
    /// "Script error.", and the file.
    MutedWithFile,
    /// "Script error.", and nothing else.
    Muted,
}

impl ErrorReports {
    /// What `window.onerror` is told.
    #[must_use]
    pub fn report(&self, thrown: ThrownKind) -> ErrorReport {
        let muting = if thrown == ThrownKind::LaterError { self.later } else { self.synchronous };
        match (muting, thrown) {
            (Muting::Muted, _) => ErrorReport::Muted,
            (Muting::MutedButOwnErrors, ThrownKind::Error | ThrownKind::LaterError) => {
                ErrorReport::Whole
            }
            (Muting::MutedButOwnErrors, _) => ErrorReport::MutedWithFile,
            (Muting::Shown, ThrownKind::Value) if self.module == ModuleFileName::Unnamed => {
                ErrorReport::WithoutFile
            }
            (Muting::Shown, _) => ErrorReport::Whole,
        }
    }

    /// Whether `unhandledrejection` is fired.
    #[must_use]
    pub fn reports_rejections(&self) -> bool {
        self.rejections == Rejections::Shown
    }

    /// Whether anything is kept from the page.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.synchronous != Muting::Shown
    }
}
