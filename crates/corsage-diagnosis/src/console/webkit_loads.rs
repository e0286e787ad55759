//! What WebKit says of loads that are not `fetch()`: what follows its sentence about CORS, and what it says of them alone.

use corsage::browser::Code;
use corsage::browser::load::LoadKind;

use super::{Occasion, file};

/// What follows a sentence about CORS. Most kinds are done with that sentence: it is the elements with a loader of their
/// own that speak of the address, or of themselves.
pub(super) fn after_cors(kind: LoadKind, reason: &str, occasion: &Occasion<'_>) -> Option<String> {
    let url = occasion.url;
    let denied = |what| {
        Some(format!("Cross-origin {what} load denied by Cross-Origin Resource Sharing policy."))
    };
    match kind {
        LoadKind::Image | LoadKind::ImageInput | LoadKind::Poster | LoadKind::SvgImage => {
            Some(format!("Cannot load image {} due to access control checks.", file(url)))
        }
        LoadKind::Script => denied("script"),
        LoadKind::Track => denied("text track"),
        LoadKind::EventSource => {
            Some(format!("EventSource cannot load {url} due to access control checks."))
        }
        LoadKind::Beacon => Some(format!("Beacon API cannot load {url}. {reason}")),
        _ => None,
    }
}

/// What it says of such a load; `None` where it says what it says of every request.
pub(super) fn printed(kind: LoadKind, occasion: &Occasion<'_>) -> Option<Vec<String>> {
    use Code as C;
    let (url, seen) = (occasion.url, occasion.seen.unwrap_or_default());
    let is_sheet = matches!(kind, LoadKind::Style | LoadKind::StyleImport);
    let line = match (occasion.code, kind) {
        (C::NosniffBlocked | C::StyleTypeNotCss, _) if is_sheet => format!(
            "Did not parse stylesheet at '{url}' because non CSS MIME types are not allowed in strict mode."
        ),
        (C::NosniffBlocked, LoadKind::Script) => format!(
            "Refused to execute {url} as script because \"X-Content-Type-Options: nosniff\" was given and its Content-Type is not a script MIME type."
        ),
        (C::ScriptTypeNotJavascript, LoadKind::ModuleScript | LoadKind::ModuleImport) => {
            let essence = seen.split(';').next().unwrap_or_default().trim();
            format!("TypeError: '{essence}' is not a valid JavaScript MIME type.")
        }
        (C::IntegrityMismatch | C::IntegrityOnOpaque, _) => format!(
            "Cannot load {} {url}. Failed integrity metadata check. Content length: …, Expected content length: …, Expected metadata: …",
            if is_sheet { "stylesheet" } else { "script" }
        ),
        (C::EventStreamTypeWrong, _) => format!(
            "EventSource's response has a MIME type (\"{seen}\") that is not \"text/event-stream\". Aborting the connection."
        ),
        // Why is the network's own sentence, which differs from system to system.
        (C::WebSocketNotAccepted, _) => {
            format!("WebSocket connection to '{}' failed: …", url.replacen("http", "ws", 1))
        }
        (C::WorkerNotSameOrigin, LoadKind::Worker) => {
            "SecurityError: The operation is insecure.".to_owned()
        }
        (C::WorkerNotSameOrigin, LoadKind::SharedWorker) => {
            "SecurityError: URL of the shared worker is cross-origin".to_owned()
        }
        (C::SvgReferenceNotSameOrigin, LoadKind::SvgUse) => format!(
            "Unsafe attempt to load URL {} from origin {}. Domains, protocols and ports must match.",
            file(url),
            occasion.page_origin
        ),
        _ => return None,
    };
    Some(vec![line])
}
