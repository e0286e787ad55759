//! What Firefox says of loads that are not `fetch()`, instead of its sentence about CORS or after it.

use corsage::browser::Code;
use corsage::browser::load::LoadKind;

use super::firefox::did_not_succeed;
use super::{Occasion, Tainting, file};

/// Whether a script of the page's own asks for a module.
fn is_module(kind: LoadKind) -> bool {
    matches!(
        kind,
        LoadKind::ModuleScript
            | LoadKind::ModuleImport
            | LoadKind::DynamicImport
            | LoadKind::JsonImport
            | LoadKind::CssModuleImport
    )
}

/// What it says of such a load; `None` where it says what it says of every request.
pub(super) fn printed(kind: LoadKind, occasion: &Occasion<'_>) -> Option<Vec<String>> {
    use Code as C;
    let (url, first_url) = (occasion.url, occasion.first_url);
    let line = match (occasion.code, kind) {
        (C::NosniffBlocked | C::MimeTypeBlocked | C::ScriptTypeNotJavascript, kind) => {
            let line = wrong_type(kind, occasion);
            return Some(std::iter::once(line).chain(after_wrong_type(kind, occasion)).collect());
        }
        (C::StyleTypeNotCss, LoadKind::CssModuleImport) => {
            format!("Loading failed for the module with source “{first_url}”.")
        }
        // Frames fail silently.
        (
            C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep,
            LoadKind::Iframe | LoadKind::Object | LoadKind::Embed | LoadKind::Form,
        )
        | (C::WorkerNotSameOrigin, LoadKind::ServiceWorker) => return Some(Vec::new()),
        // Of a worker of another site nothing is said, as recorded; of another origin of the same site it is.
        (C::WorkerNotSameOrigin, LoadKind::SharedWorker)
            if occasion.is_cross_site && occasion.redirects_to.is_none() =>
        {
            return Some(Vec::new());
        }
        (C::WorkerNotSameOrigin | C::TrackWithoutCrossorigin | C::SvgReferenceNotSameOrigin, _) => {
            let page = match occasion.page_origin {
                "null" => "moz-nullprincipal:",
                origin => origin,
            };
            let target = file(occasion.redirects_to.unwrap_or(url));
            format!("Security Error: Content at {page}… may not load data from {target}.")
        }
        (C::StyleTypeNotCss, _) if occasion.tainting == Tainting::Opaque => {
            let seen = occasion.seen.unwrap_or_default();
            match seen.split('/').next() {
                Some("image" | "audio" | "video") => opaque(
                    url,
                    "after sniff: content-type declares image/video/audio, but sniffing fails",
                ),
                _ if seen.starts_with("text/html") || seen.contains("json") => {
                    opaque(url, "Javascript validation failed")
                }
                _ => return None,
            }
        }
        (C::LoadStatusNotOk, kind) if kind != LoadKind::EventSource => {
            return wrong_status(kind, occasion);
        }
        (C::LoadStatusNotOk | C::EventStreamTypeWrong, LoadKind::EventSource) => {
            return Some(vec![no_connection(first_url)]);
        }
        _ => return None,
    };
    Some(vec![line])
}

/// What it says of a status that is not ok, as `printed` does.
fn wrong_status(kind: LoadKind, occasion: &Occasion<'_>) -> Option<Vec<String>> {
    let (url, first_url) = (occasion.url, occasion.first_url);
    let line = match kind {
        LoadKind::Audio | LoadKind::Video if occasion.tainting == Tainting::Opaque => {
            opaque(url, "media request's response status is neither 200 nor 206")
        }
        LoadKind::Audio | LoadKind::Video => format!(
            "HTTP load failed with status {}. Load of media resource {first_url} failed.",
            occasion.status.unwrap_or_default()
        ),
        kind if !occasion.reports_script && (is_module(kind) || kind == LoadKind::Script) => {
            return Some(Vec::new());
        }
        LoadKind::Script => loading_failed(first_url),
        kind if is_module(kind) && kind != LoadKind::DynamicImport => {
            format!("Loading failed for the module with source “{first_url}”.")
        }
        _ => return None,
    };
    Some(vec![line])
}

/// What follows a sentence about CORS.
pub(super) fn after_cors(kind: LoadKind, occasion: &Occasion<'_>) -> Option<String> {
    let first_url = occasion.first_url;
    if occasion.reports_script && (is_module(kind) || kind == LoadKind::Script) {
        let what = if kind == LoadKind::Script { "<script>" } else { "Module" };
        return Some(format!("{what} source URI is not allowed in this document: “{first_url}”."));
    }
    Some(match kind {
        LoadKind::EventSource => no_connection(first_url),
        LoadKind::Font => format!(
            "downloadable font: download failed (font-family: \"…\" style:normal weight:400 stretch:100 src index:0): bad URI or cross-site access not allowed source: {first_url}"
        ),
        _ => return None,
    })
}

/// What follows another sentence that says that the answer was not let through.
pub(super) fn after_block(kind: LoadKind, occasion: &Occasion<'_>) -> Option<String> {
    use Code as C;
    let blocked = matches!(
        occasion.code,
        C::CorpNotSameOrigin
            | C::CorpNotSameSite
            | C::CorpRequiredByCoep
            | C::NosniffBlocked
            | C::MimeTypeBlocked
            | C::ScriptTypeNotJavascript
    );
    (blocked && occasion.reports_script && kind == LoadKind::Script)
        .then(|| loading_failed(occasion.first_url))
}

/// With CORS it is a failure of CORS too.
fn after_wrong_type(kind: LoadKind, occasion: &Occasion<'_>) -> Vec<String> {
    if occasion.tainting != Tainting::Cors {
        return after_block(kind, occasion).into_iter().collect();
    }
    let then = after_cors(kind, occasion);
    std::iter::once(did_not_succeed(occasion.url)).chain(then).collect()
}

fn loading_failed(url: &str) -> String {
    format!("Loading failed for the <script> with source “{url}”.")
}

fn opaque(url: &str, reason: &str) -> String {
    format!("The resource at “{url}” was blocked by OpaqueResponseBlocking. Reason: “{reason}”.")
}

fn no_connection(url: &str) -> String {
    format!("Firefox can’t establish a connection to the server at {url}.")
}

fn wrong_type(kind: LoadKind, occasion: &Occasion<'_>) -> String {
    let (url, seen) = (occasion.url, occasion.seen.unwrap_or_default());
    // What no script can be is told first, and in the same words whatever asks.
    let never =
        ["image/", "audio/", "video/", "text/csv"].iter().any(|kind| seen.starts_with(kind));
    let script = is_module(kind)
        || matches!(kind, LoadKind::Script | LoadKind::ImportScripts | LoadKind::ModulePreload);
    match kind {
        _ if never && script => {
            format!("Script from “{url}” was blocked because of a disallowed MIME type (“{seen}”).")
        }
        LoadKind::JsonImport => {
            format!(
                "Loading JSON module from “{url}” was blocked because of a disallowed MIME type (“{seen}”)."
            )
        }
        LoadKind::ModulePreload => {
            format!(
                "Loading module from “{url}” was blocked because of a disallowed MIME type (“{seen}”)."
            )
        }
        kind if is_module(kind) => {
            format!(
                "Loading module from “{url}” was blocked because of a disallowed MIME type (“{seen}”)."
            )
        }
        LoadKind::ImportScripts => {
            format!(
                "Loading script from “{url}” with importScripts() was blocked because of a disallowed MIME type (“{seen}”)."
            )
        }
        _ => format!(
            "The resource from “{url}” was blocked due to MIME type (“{seen}”) mismatch (X-Content-Type-Options: nosniff)."
        ),
    }
}
