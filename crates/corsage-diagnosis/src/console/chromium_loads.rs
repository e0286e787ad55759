//! What Chromium says of loads that are not `fetch()`: how it calls them in its sentences about CORS, and what it says
//! of them alone.

use corsage::browser::load::LoadKind;
use corsage::browser::{Code, Destination};

use super::Occasion;

/// As what `Access to … at` speaks of it.
pub(super) fn name(kind: LoadKind, destination: Destination) -> &'static str {
    match kind {
        LoadKind::ClipPath => "SVG document",
        LoadKind::Preload if destination == Destination::Empty => "link element resource",
        kind if is_module(kind) => "script",
        _ => element(destination),
    }
}

/// By what it loads.
pub(super) fn element(destination: Destination) -> &'static str {
    match destination {
        Destination::Image => "image",
        Destination::Script => "script",
        Destination::Style => "CSS stylesheet",
        Destination::Font => "font",
        Destination::Audio => "audio",
        Destination::Video => "video",
        Destination::Track => "text track",
        Destination::Manifest => "manifest",
        _ => "resource",
    }
}

fn is_module(kind: LoadKind) -> bool {
    matches!(
        kind,
        LoadKind::ModuleScript
            | LoadKind::ModuleImport
            | LoadKind::ModulePreload
            | LoadKind::DynamicImport
            | LoadKind::JsonImport
            | LoadKind::CssModuleImport
            | LoadKind::AudioWorklet
    )
}

/// What follows a sentence about CORS.
pub(super) fn after_cors(kind: LoadKind, occasion: &Occasion<'_>) -> Option<String> {
    (kind == LoadKind::AudioWorklet).then(|| {
        format!(
            "Failed to load worklet module script: {} (CORS or access check error)",
            occasion.first_url
        )
    })
}

/// What it says of such a load; `None` where it says what it says of every request.
pub(super) fn printed(kind: LoadKind, occasion: &Occasion<'_>) -> Option<Vec<String>> {
    use Code as C;
    let (url, seen) = (occasion.url, occasion.seen.unwrap_or_default());
    let strict = if occasion.code == C::NosniffBlocked {
        ", and strict MIME type checking is enabled"
    } else {
        ""
    };
    let line = match (occasion.code, kind) {
        (C::NosniffBlocked | C::MimeTypeBlocked | C::ScriptTypeNotJavascript, kind)
            if is_module(kind) =>
        {
            wrong_module(kind, seen)
        }
        (C::StyleTypeNotCss, LoadKind::CssModuleImport) => wrong_module(kind, seen),
        // A sheet of a wrong type is loaded, and not applied.
        (C::StyleTypeNotCss, _) => return Some(Vec::new()),
        (C::NosniffBlocked, LoadKind::Style | LoadKind::StyleImport) => format!(
            "Refused to apply style from '{url}' because its MIME type ('{seen}') is not a supported stylesheet MIME type, and strict MIME checking is enabled."
        ),
        (C::NosniffBlocked | C::MimeTypeBlocked | C::ScriptTypeNotJavascript, _) => format!(
            "Refused to execute script from '{url}' because its MIME type ('{seen}') is not executable{strict}."
        ),
        (C::LoadStatusNotOk, LoadKind::AudioWorklet) => format!(
            "Failed to load worklet module script: {} (HTTP status: {})",
            occasion.first_url,
            occasion.status.unwrap_or_default()
        ),
        (C::ContentNotDecodable, LoadKind::Font) => {
            format!("Failed to decode downloaded font: {url}")
        }
        (C::WorkerNotSameOrigin, LoadKind::ServiceWorker) => format!(
            "SecurityError: Failed to register a ServiceWorker: The origin of the provided scriptURL ('{}') does not match the current origin ('{}').",
            origin(url),
            occasion.page_origin
        ),
        (C::WorkerNotSameOrigin, kind) => format!(
            "SecurityError: Failed to construct '{}': Script at '{url}' cannot be accessed from origin '{}'.",
            if kind == LoadKind::SharedWorker { "SharedWorker" } else { "Worker" },
            occasion.page_origin
        ),
        _ => return None,
    };
    Some(vec![line])
}

fn wrong_module(kind: LoadKind, seen: &str) -> String {
    let wanted = match kind {
        LoadKind::JsonImport => "JSON",
        LoadKind::CssModuleImport => "CSS",
        _ => "JavaScript-or-Wasm",
    };
    format!(
        "Failed to load module script: Expected a {wanted} module script but the server responded with a MIME type of \"{seen}\". Strict MIME type checking is enforced for module scripts per HTML spec."
    )
}

fn origin(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
}
