//! Codes that loads other than `fetch()` produce.

use std::collections::BTreeSet;
use std::time::Duration;

use corsage::browser::load::{
    Content, Document, IntegrityMatch, Load, LoadKind, LoadStep, Sniffed, load,
};
use corsage::browser::{Client, Code, EmbedderPolicy, Event, HeaderList, Profile, WireResponse};
use corsage::terms::Origin;

const PAGE: &str = "https://app.example";
const SHARED: (&str, &str) = ("access-control-allow-origin", "*");

/// Every code that a load produces which is answered like that.
fn codes(
    document: &mut Document,
    asked: Load,
    page: &Client,
    profile: Profile,
    status: u16,
    headers: &[(&str, &str)],
    content: &Content,
) -> BTreeSet<Code> {
    let mut step = load(asked, page, profile, document, Duration::ZERO).expect("a load");
    loop {
        let pending = match step {
            LoadStep::Finish(end) => {
                let told = end.transcript.events().iter().filter_map(|event| match event {
                    Event::Note(note) => Some(note.code),
                    Event::Blocked(blocker) => Some(blocker.code),
                    _ => None,
                });
                let failed = end.outcome.as_ref().err().into_iter();
                let failed = failed.flat_map(|error| error.blockers()).map(|blocker| blocker.code);
                return told.chain(failed).collect();
            }
            LoadStep::Request(pending) => pending,
        };
        let mut lines = HeaderList::new();
        for (name, value) in headers {
            lines.push_line(name, value);
        }
        let answer = WireResponse { status, status_text: Vec::new(), headers: lines };
        step = pending.receive(Ok(answer), content, document, Duration::ZERO);
    }
}

/// Each code with what its scene produces.
pub(crate) fn rows() -> Vec<(Code, BTreeSet<Code>)> {
    use Code as C;
    let page = Client::page(Origin::parse(PAGE).expect("an origin"));
    let mut isolated = page.clone();
    isolated.embedder_policy = EmbedderPolicy::RequireCorp;
    let usual = Content::default();
    let html = Content { sniffed: Sniffed::Html, ..usual };
    let differs = Content { integrity: IntegrityMatch::Differs, ..usual };
    let chromium = |asked: Load, status: u16, headers: &[(&str, &str)], content: &Content| {
        codes(&mut Document::new(), asked, &page, Profile::Chromium, status, headers, content)
    };
    let type_of = |value| ("content-type", value);
    let cdn = |name: &str| format!("https://cdn.example/{name}");
    let mut document = Document::new();
    let mut in_document =
        |asked: Load| codes(&mut document, asked, &page, Profile::Chromium, 200, &[SHARED], &usual);
    in_document(Load::preload(cdn("a.woff2"), "font"));
    let font = in_document(Load::font(cdn("a.woff2")));
    let firefox = |asked: Load| {
        codes(&mut Document::new(), asked, &page, Profile::Firefox, 200, &[SHARED], &usual)
    };
    vec![
        (C::NotFetchedByEngine, firefox(Load::new(LoadKind::Ping, cdn("p")))),
        (C::WorkerNotSameOrigin, chromium(Load::worker(cdn("w.js")), 200, &[], &usual)),
        (
            C::TrackWithoutCrossorigin,
            chromium(Load::new(LoadKind::Track, cdn("en.vtt")), 200, &[], &usual),
        ),
        (
            C::SvgReferenceNotSameOrigin,
            chromium(Load::new(LoadKind::SvgUse, cdn("i.svg")), 200, &[], &usual),
        ),
        (C::FrameWithoutEmbedderPolicy, {
            let corp = ("cross-origin-resource-policy", "cross-origin");
            let asked = Load::iframe(cdn("widget"));
            let headers = [corp, type_of("text/html")];
            codes(&mut Document::new(), asked, &isolated, Profile::Chromium, 200, &headers, &usual)
        }),
        (C::LoadStatusNotOk, chromium(Load::script(cdn("a.js")), 404, &[], &usual)),
        (
            C::ScriptTypeNotJavascript,
            chromium(Load::module(cdn("a.js")), 200, &[SHARED, type_of("text/plain")], &usual),
        ),
        (
            C::StyleTypeNotCss,
            chromium(Load::style(cdn("a.css")), 200, &[type_of("text/plain")], &usual),
        ),
        (
            C::EventStreamTypeWrong,
            chromium(Load::event_source(cdn("e")), 200, &[SHARED, type_of("text/plain")], &usual),
        ),
        (
            C::ContentNotDecodable,
            chromium(Load::image(cdn("a.png")).crossorigin(""), 200, &[SHARED], &html),
        ),
        (
            C::WebSocketNotAccepted,
            chromium(Load::web_socket("wss://cdn.example/s"), 403, &[], &usual),
        ),
        (C::OrbBlocked, chromium(Load::image(cdn("a.png")), 200, &[type_of("text/html")], &html)),
        (
            C::IntegrityMismatch,
            chromium(
                Load::script(cdn("a.js")).crossorigin("").integrity("sha256-x"),
                200,
                &[SHARED],
                &differs,
            ),
        ),
        (C::CanvasTainted, chromium(Load::image(cdn("a.png")), 200, &[SHARED], &usual)),
        (C::ScriptErrorsMuted, chromium(Load::script(cdn("a.js")), 200, &[], &usual)),
        (
            C::SheetRulesHidden,
            chromium(Load::style(cdn("a.css")), 200, &[type_of("text/css")], &usual),
        ),
        (C::FrameDocumentHidden, chromium(Load::iframe(cdn("widget")), 200, &[], &usual)),
        (C::PreloadNotReused, font),
    ]
}
