//! What browsers say of loads that are not `fetch()`: canvases, workers, modules, style sheets, preloads, fonts, media.

use corsage::browser::Code;
use corsage_diagnosis::Topic;

use super::alternatives::LOAD_FAILED;
use super::recognised::{Recognised, between, first_url, owned, status};

type C = Code;

/// All of the words, and what they say: the first row that fits.
const CODES: &[(&[&str], Code)] = &[
    // Canvases, since Chromium 12; the wording of WebGL and of createImageBitmap() too.
    (&["may not be exported"], C::CanvasTainted),
    (&["canvas has been tainted"], C::CanvasTainted),
    (&["anvas is tainted"], C::CanvasTainted),
    (&["ainted canvas"], C::CanvasTainted),
    (&["tainted by cross-origin data"], C::CanvasTainted),
    (&["contains cross-origin data"], C::CanvasTainted),
    (&["The cross-origin image at", "may not be loaded"], C::CanvasTainted),
    (&["WebGL", "ross-origin"], C::CanvasTainted),
    (&["WebGL", "ross-domain"], C::CanvasTainted),
    (&["ross-origin", "texImage2D"], C::CanvasTainted),
    (&["ross-origin", "texSubImage2D"], C::CanvasTainted),
    (&["image source is not origin-clean"], C::CanvasTainted),
    (&["ource image is not origin-clean"], C::CanvasTainted),
    (&["Cannot access cross-origin media"], C::CanvasTainted),
    (&["Cannot capture from element with cross-origin data"], C::CanvasTainted),
    (&["MediaElementAudioSource outputs zero"], C::CanvasTainted),
    (&["createMediaElementSource", "output silence"], C::CanvasTainted),
    (&["The operation is insecure", "anvas"], C::CanvasTainted),
    // Workers; the page's own scripts alone may become one.
    (&["The origin of the provided scriptURL"], C::WorkerNotSameOrigin),
    (&["cannot be accessed from origin"], C::WorkerNotSameOrigin),
    (&["Failed to construct 'Worker'", "ccess"], C::WorkerNotSameOrigin),
    (&["Loading Worker from", "disallowed MIME type ('')"], C::WorkerNotSameOrigin),
    (&["cript URL", "is not same-origin"], C::WorkerNotSameOrigin),
    (&["URL of the shared worker is cross-origin"], C::WorkerNotSameOrigin),
    (&["ontent at", "may not load data from"], C::WorkerNotSameOrigin),
    (&["Unsafe attempt to load URL"], C::SvgReferenceNotSameOrigin),
    // Style sheets that the page may not look into.
    (&["Cannot access rules"], C::SheetRulesHidden),
    (&["ot allowed to access cross-origin stylesheet"], C::SheetRulesHidden),
    // Types.
    (&["not a supported stylesheet MIME type"], C::StyleTypeNotCss),
    (&["was not loaded because its MIME type", "text/css"], C::StyleTypeNotCss),
    (&["id not parse stylesheet", "MIME"], C::StyleTypeNotCss),
    (&["esource interpreted as Stylesheet but transferred with MIME type"], C::StyleTypeNotCss),
    (&["odule script", "MIME type"], C::ScriptTypeNotJavascript),
    (&["module script but the server responded with a non-"], C::ScriptTypeNotJavascript),
    (&["Loading", "module from", "disallowed MIME type"], C::ScriptTypeNotJavascript),
    (&["with importScripts() was blocked"], C::ScriptTypeNotJavascript),
    (&["The script has an unsupported MIME type"], C::ScriptTypeNotJavascript),
    (&["is not a valid JavaScript MIME type"], C::ScriptTypeNotJavascript),
    (&["is not a valid JSON MIME type"], C::ScriptTypeNotJavascript),
    (&["as script because", "nosniff"], C::NosniffBlocked),
    (&["id not load script", "nosniff"], C::NosniffBlocked),
    (&["EventSource's response has"], C::EventStreamTypeWrong),
    (&["not 'text/event-stream'"], C::EventStreamTypeWrong),
    // Integrity.
    (&["has an integrity attribute, but the"], C::IntegrityOnOpaque),
    (&["not eligible for integrity checks"], C::IntegrityOnOpaque),
    (&["ailed integrity metadata check"], C::IntegrityMismatch),
    (&["Failed to find a valid digest"], C::IntegrityMismatch),
    (&["hashes in the integrity attribute match"], C::IntegrityMismatch),
    // Preloads that are fetched twice.
    (&["A preload for", "is found, but is not used"], C::PreloadNotReused),
    // Fonts, worklets and media.
    (&["bad URI or cross-site access not allowed"], C::MissingAllowOrigin),
    (&["downloadable font: download failed", "status="], C::LoadStatusNotOk),
    (&["downloadable font: rejected by sanitizer"], C::ContentNotDecodable),
    (&["Failed to decode downloaded font"], C::ContentNotDecodable),
    (&["OTS parsing error"], C::ContentNotDecodable),
    (&["Failed to load worklet module script", "CORS or access check"], C::MissingAllowOrigin),
    (&["Failed to load worklet module script", "HTTP status"], C::LoadStatusNotOk),
    (&["HTTP load failed with status"], C::LoadStatusNotOk),
    (&["is not supported. Load of media resource"], C::ContentNotDecodable),
    (&["Load of media resource", "failed"], C::ConnectionFailed),
    (
        &["ross-origin", "load denied by Cross-Origin Resource Sharing policy"],
        C::MissingAllowOrigin,
    ),
    (&["Cross-Origin Read Blocking"], C::OrbBlocked),
    (&["OpaqueResponseBlocking"], C::OrbBlocked),
];

const TOPICS: &[(&[&str], Topic)] = &[
    (&["source URI is not allowed in this document"], Topic::LoadFailed),
    (&["Loading failed for the"], Topic::LoadFailed),
    (&["Failed to fetch dynamically imported module"], Topic::LoadFailed),
    (&["error loading dynamically imported module"], Topic::LoadFailed),
    (&["Importing a module script failed"], Topic::LoadFailed),
    (&["no supported source was found"], Topic::LoadFailed),
    (&["establish a connection to the server at http"], Topic::EventSourceType),
    (&["preloaded using link preload but not used"], Topic::Preload),
    (&["preloaded with link preload was not used"], Topic::Preload),
    (&["preloaded using link preload in", "not used"], Topic::Preload),
];

/// The digests of nothing: the answer was kept from whoever should have checked it.
const OF_NOTHING: &[&str] = &[
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb",
    "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
];

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let fits = |signs: &[&str]| signs.iter().all(|sign| line.contains(sign));
    if line.contains("source map") {
        return None;
    }
    if let Some((_, code)) = CODES.iter().find(|(signs, _)| fits(signs)) {
        return Some(of_code(*code, line));
    }
    let (_, topic) = TOPICS.iter().find(|(signs, _)| fits(signs))?;
    let mut found = Recognised::topic(*topic, None);
    found.url = owned(first_url(line));
    Some(found)
}

fn of_code(code: Code, line: &str) -> Recognised {
    let file = |code| {
        let own_disk = line.contains("file:") && code == C::WorkerNotSameOrigin;
        own_disk.then(|| Recognised::topic(Topic::LocalFile, None))
    };
    let mut found = file(code).unwrap_or_else(|| Recognised::code(code, None));
    let hidden = code == C::IntegrityMismatch && OF_NOTHING.iter().any(|hash| line.contains(hash));
    if hidden {
        found.code = Some(C::MissingAllowOrigin);
    }
    // The sentence about CORS is another line.
    if found.code == Some(C::MissingAllowOrigin) {
        let others = LOAD_FAILED.iter().filter(|other| **other != C::MissingAllowOrigin);
        found.possible = others.copied().collect();
    }
    // WebKit says the same of both.
    if line.contains("ailed integrity metadata check") {
        found.possible.push(C::IntegrityOnOpaque);
    }
    // Who is refused comes before what.
    found.url = match code {
        C::WorkerNotSameOrigin => line
            .split_once("may not load data from ")
            .and_then(|(_, rest)| first_url(rest))
            .or_else(|| first_url(line))
            .map(str::to_owned),
        _ => owned(first_url(line)),
    };
    found.origin = owned(between(line, "accessed from origin '", "'"));
    found.seen = owned(between(line, "MIME type of '", "'"))
        .or_else(|| owned(between(line, "MIME type ('", "')")))
        .or_else(|| owned(between(line, "MIME type, '", "', is not")));
    found.status = status(line).or_else(|| {
        let (_, after) =
            line.split_once("HTTP status: ").or_else(|| line.split_once("with status "))?;
        after.get(..3)?.parse().ok()
    });
    if code == C::PreloadNotReused {
        found.subject = owned(between(line, "because the request ", " does not match"));
    }
    found
}
