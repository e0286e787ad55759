//! `docs/loads.md`, made by the engine: what each kind of load asks for, what its failure looks like, and what its success
//! lets the page do, in three browsers.

use std::fmt::Write as _;
use std::time::Duration;

use corsage::browser::load::{
    Access, Content, Document, ErrorReport, Load, LoadKind, LoadStep, Loaded, PageEvent,
    ThrownKind, Timing, Use, load,
};
use corsage::browser::{
    Client, CredentialsMode, EmbedderPolicy, HeaderList, Profile, RequestInit, SendCredentials,
    WireRequest, WireResponse,
};
use corsage::terms::Origin;

const BROWSERS: [(&str, Profile); 3] =
    [("C", Profile::Chromium), ("F", Profile::Firefox), ("W", Profile::Webkit)];
const PAGE: &str = "https://app.example";
const ELSEWHERE: &str = "https://cdn.example/x";

/// What came of a load: its end, and what was sent.
struct Run {
    end: Box<Loaded>,
    sent: Vec<WireRequest>,
}

/// One row: a name, and what is asked.
struct Row {
    name: &'static str,
    load: Load,
    content_type: &'static str,
}

fn rows() -> Vec<Row> {
    use LoadKind as K;
    let new = |kind| Load::new(kind, ELSEWHERE);
    let row = |name, load, content_type| Row { name, load, content_type };
    let fetch = RequestInit { url: ELSEWHERE.into(), ..RequestInit::default() };
    vec![
        row("`<img>`", new(K::Image), "image/png"),
        row("`<img crossorigin>`", new(K::Image).crossorigin(""), "image/png"),
        row("`<img crossorigin=use-credentials>`", with_cookies(K::Image), "image/png"),
        row("`<input type=image>`, `poster`, `background-image`", new(K::ImageInput), "image/png"),
        row("`<image>` in SVG", new(K::SvgImage), "image/png"),
        row("`<use href>` in SVG", new(K::SvgUse), "image/svg+xml"),
        row("`mask-image`, `shape-outside`", new(K::MaskImage), "image/png"),
        row("`clip-path: url()`", new(K::ClipPath), "image/svg+xml"),
        row("`<audio>`, `<video>`", new(K::Video), "video/webm"),
        row(
            "`<audio crossorigin>`, `<video crossorigin>`",
            new(K::Video).crossorigin(""),
            "video/webm",
        ),
        row("`<track>`", new(K::Track), "text/vtt"),
        row(
            "`<track>`, `crossorigin` on the media element",
            new(K::Track).crossorigin(""),
            "text/vtt",
        ),
        row("`<script>`", new(K::Script), "text/javascript"),
        row("`<script crossorigin>`", new(K::Script).crossorigin(""), "text/javascript"),
        row("`<script integrity>`", new(K::Script).integrity("sha256-x"), "text/javascript"),
        row("`<script type=module>`, `import`", new(K::ModuleScript), "text/javascript"),
        row(
            "`<script type=module crossorigin=use-credentials>`",
            with_cookies(K::ModuleScript),
            "text/javascript",
        ),
        row("`import()`", new(K::DynamicImport), "text/javascript"),
        row("`import()` of JSON", new(K::JsonImport), "application/json"),
        row("`import()` of CSS", new(K::CssModuleImport), "text/css"),
        row("`<link rel=stylesheet>`, `@import`", new(K::Style), "text/css"),
        row("`<link rel=stylesheet crossorigin>`", new(K::Style).crossorigin(""), "text/css"),
        row("`@font-face`, `FontFace`", new(K::Font), "font/woff2"),
        row("`<link rel=preload as=font>`", Load::preload(ELSEWHERE, "font"), "font/woff2"),
        row(
            "`<link rel=preload as=font crossorigin>`",
            Load::preload(ELSEWHERE, "font").crossorigin(""),
            "font/woff2",
        ),
        row("`<link rel=modulepreload>`", new(K::ModulePreload), "text/javascript"),
        row("`<link rel=manifest>`", new(K::Manifest), "application/manifest+json"),
        row("`<iframe>`", new(K::Iframe), "text/html"),
        row("`<object>`", new(K::Object), "text/html"),
        row("`<embed>`", new(K::Embed), "text/html"),
        row("`<form method=post>` in a frame", Load::form(ELSEWHERE, "post", None), "text/html"),
        row("`new EventSource()`", new(K::EventSource), "text/event-stream"),
        row(
            "`new EventSource()`, `withCredentials`",
            new(K::EventSource).credentials(CredentialsMode::Include),
            "text/event-stream",
        ),
        row("`new WebSocket()`", new(K::WebSocket), ""),
        row(
            "`sendBeacon()` of a string",
            Load::beacon(ELSEWHERE, Some("text/plain;charset=UTF-8")),
            "",
        ),
        row("`sendBeacon()` of a JSON Blob", Load::beacon(ELSEWHERE, Some("application/json")), ""),
        row("`<a ping>`", new(K::Ping), ""),
        row("`new Worker()`, `new SharedWorker()`", new(K::Worker), "text/javascript"),
        row("`importScripts()`", new(K::ImportScripts), "text/javascript"),
        row("`audioWorklet.addModule()`", new(K::AudioWorklet), "text/javascript"),
        row("`fetch()`", Load::fetch(fetch), "text/plain"),
    ]
}

fn with_cookies(kind: LoadKind) -> Load {
    Load::new(kind, ELSEWHERE).crossorigin("use-credentials")
}

fn page() -> Client {
    Client::page(Origin::parse(PAGE).unwrap_or_else(|error| unreachable!("{error}")))
}

fn run(
    document: &mut Document,
    asked: Load,
    page: &Client,
    profile: Profile,
    status: u16,
    headers: &[(&str, &str)],
) -> Run {
    let mut sent = Vec::new();
    let mut step = load(asked, page, profile, document, Duration::ZERO)
        .unwrap_or_else(|error| unreachable!("{error}"));
    loop {
        let pending = match step {
            LoadStep::Finish(end) => return Run { end, sent },
            LoadStep::Request(pending) => pending,
        };
        sent.push(pending.wire().clone());
        let preflight = pending.wire().method == b"OPTIONS";
        let lines: HeaderList = {
            let mut lines = HeaderList::new();
            for (name, value) in headers {
                lines.push_line(name, value);
            }
            lines
        };
        let status = if preflight { 204 } else { status };
        let answer = WireResponse { status, status_text: Vec::new(), headers: lines };
        step = pending.receive(Ok(answer), &Content::default(), document, Duration::ZERO);
    }
}

/// The three browsers' words, merged where they agree.
fn cell(words: impl Fn(Profile) -> String) -> String {
    let mut told: Vec<(String, String)> = Vec::new();
    for (letter, profile) in BROWSERS {
        let word = words(profile);
        match told.iter_mut().find(|(_, known)| *known == word) {
            Some((letters, _)) => letters.push_str(letter),
            None => told.push((letter.to_owned(), word)),
        }
    }
    match told.as_slice() {
        [(_, word)] => word.clone(),
        several => several
            .iter()
            .map(|(letters, word)| format!("{letters}: {word}"))
            .collect::<Vec<_>>()
            .join("<br>"),
    }
}

fn asked(run: &Run) -> String {
    let Some(wire) = run.sent.iter().find(|wire| wire.method != b"OPTIONS").or(run.sent.first())
    else {
        return "nothing is asked".into();
    };
    let header = |name: &str| {
        wire.headers
            .get(name.as_bytes())
            .map(|value| String::from_utf8_lossy(&value).into_owned())
            .unwrap_or_else(|| "–".into())
    };
    let preflight = run.sent.iter().any(|wire| wire.method == b"OPTIONS");
    let preflight = if preflight { ", preflight" } else { "" };
    format!("{} / {}{preflight}", header("sec-fetch-mode"), header("sec-fetch-dest"))
}

fn origin(run: &Run) -> String {
    match run.sent.first() {
        None => "–".into(),
        Some(wire) if wire.headers.contains(b"origin") => "yes".into(),
        Some(_) => "no".into(),
    }
}

fn credentials(run: &Run) -> String {
    match run.sent.iter().rfind(|wire| wire.method != b"OPTIONS") {
        None => "–".into(),
        Some(wire) if wire.credentials == SendCredentials::Include => "yes".into(),
        Some(_) => "no".into(),
    }
}

fn seen(run: &Run) -> String {
    let sight = &run.end.sight;
    let event = match sight.event {
        PageEvent::Load => "`load`".into(),
        PageEvent::Error => "`error`".into(),
        PageEvent::LoadedData => "`loadeddata`".into(),
        PageEvent::Open => "`open`".into(),
        PageEvent::Resolved => "fulfilled".into(),
        PageEvent::Rejected(exception) => format!("rejected: {}", exception.as_str()),
        PageEvent::Threw(exception) => format!("throws {}", exception.as_str()),
        PageEvent::Returned if sight.used == Use::Used => "no event".into(),
        PageEvent::Returned => "no event, and not delivered".into(),
        PageEvent::Ran => "runs".into(),
        PageEvent::Nothing => "no event".into(),
    };
    let errors = sight.errors.map(|errors| match errors.report(ThrownKind::Error) {
        ErrorReport::Whole | ErrorReport::WithoutFile => "errors shown",
        ErrorReport::Muted | ErrorReport::MutedWithFile => "errors muted",
    });
    let access = match (errors, sight.access, sight.used) {
        (Some(errors), _, _) => errors,
        (None, Access::Readable, _) => "open to the page",
        (None, Access::Closed, Use::Used) => "shown, closed to the page",
        (None, _, Use::Used) => "used",
        (None, _, Use::Unused) => "",
    };
    if access.is_empty() || sight.event == PageEvent::Returned {
        event
    } else {
        format!("{event}, {access}")
    }
}

/// The document, as it is committed.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(HEAD);
    let page = page();
    for row in rows() {
        let typed = ("content-type", row.content_type);
        let socket = row.load.kind() == LoadKind::WebSocket;
        let status = if socket { 101 } else { 200 };
        let bare = [typed];
        let allowed = [
            typed,
            ("access-control-allow-origin", PAGE),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-headers", "content-type"),
        ];
        let with = |profile, headers: &[(&str, &str)]| {
            run(&mut Document::new(), row.load.clone(), &page, profile, status, headers)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            row.name,
            cell(|profile| asked(&with(profile, &allowed))),
            cell(|profile| origin(&with(profile, &allowed))),
            cell(|profile| credentials(&with(profile, &allowed))),
            cell(|profile| seen(&with(profile, &bare))),
            cell(|profile| seen(&with(profile, &allowed))),
        );
    }
    text.push_str(SURPRISES);
    for surprise in surprises() {
        assert!((surprise.holds)(), "the engine does not do this: {}", surprise.text);
        let _ = writeln!(text, "- {}", surprise.text);
    }
    text
}

const HEAD: &str = "\
# Loads: what everything that is not `fetch()` asks for, and shows

Made by the engine (`cargo run -p conformance -- loads-table`), which predicts the
[recorded loads](../conformance/data/README-loads.md) of Chromium 156, Firefox ESR 153 and WebKitGTK 2.50; a test holds this
page to it. The page is `https://app.example`, the target another site.

Where browsers differ, cells name them: C Chromium, F Firefox, W WebKit. *Mode / destination* are `Sec-Fetch-Mode` and
`Sec-Fetch-Dest`. *Credentials* says whether cookies may go along, as far as the load decides: SameSite and the browser's own
settings come on top. *Allowed* means `Access-Control-Allow-Origin` with the page's origin, `Access-Control-Allow-Credentials: true`,
and `Access-Control-Allow-Headers: content-type`.

| load | mode / destination | Origin | credentials | no CORS headers | allowed |
| --- | --- | --- | --- | --- | --- |
";

const SURPRISES: &str = "
## Surprises

Each is what the engine does in these three browsers, checked when this page is made.

";

struct Surprise {
    text: &'static str,
    holds: fn() -> bool,
}

const SHARED: (&str, &str) = ("access-control-allow-origin", "*");

fn end(asked: Load, profile: Profile, headers: &[(&str, &str)]) -> Run {
    run(&mut Document::new(), asked, &page(), profile, 200, headers)
}

fn of(kind: LoadKind) -> Load {
    Load::new(kind, ELSEWHERE)
}

fn surprises() -> Vec<Surprise> {
    use LoadKind as K;
    use Profile::{Chromium, Firefox, Webkit};
    vec![
        Surprise {
            text: "`Access-Control-Allow-Origin: *` does nothing for an `<img>` without `crossorigin`: the canvas is tainted all the same.",
            holds: || {
                [Chromium, Firefox, Webkit].into_iter().all(|browser| {
                    end(of(K::Image), browser, &[SHARED]).end.sight.access == Access::Closed
                })
            },
        },
        Surprise {
            text: "WebKit asks for fonts without CORS: no `Origin`, cookies go along, and no `Access-Control-Allow-Origin` is needed; `Cross-Origin-Resource-Policy` is obeyed instead.",
            holds: || {
                let corp = ("cross-origin-resource-policy", "same-origin");
                end(of(K::Font), Webkit, &[]).end.sight.used == Use::Used
                    && end(of(K::Font), Webkit, &[SHARED, corp]).end.sight.used == Use::Unused
                    && end(of(K::Font), Chromium, &[SHARED, corp]).end.sight.used == Use::Used
            },
        },
        Surprise {
            text: "Firefox shows the page what a script from elsewhere throws, if the script made the `Error` itself; Chromium and WebKit say \"Script error.\"",
            holds: || {
                let whole = |browser| {
                    let errors = end(of(K::Script), browser, &[]).end.sight.errors;
                    errors.is_some_and(|e| e.report(ThrownKind::Error) == ErrorReport::Whole)
                };
                whole(Firefox) && !whole(Chromium) && !whole(Webkit)
            },
        },
        Surprise {
            text: "Firefox fires `load` on a `<link rel=preload>` whose CORS check failed; Chromium and WebKit fire `error`.",
            holds: || {
                let event = |browser| {
                    let asked = Load::preload(ELSEWHERE, "script").crossorigin("");
                    end(asked, browser, &[]).end.sight.event
                };
                event(Firefox) == PageEvent::Load && event(Chromium) == PageEvent::Error
            },
        },
        Surprise {
            text: "`<link rel=preload as=font>` without `crossorigin` is fetched twice in Chromium and Firefox; WebKit uses it.",
            holds: || {
                let requests = |browser| {
                    let mut document = Document::new();
                    let headers = [SHARED, ("content-type", "font/woff2")];
                    let mut count = 0;
                    for asked in [Load::preload(ELSEWHERE, "font"), of(K::Font)] {
                        count +=
                            run(&mut document, asked, &page(), browser, 200, &headers).sent.len();
                    }
                    count
                };
                requests(Chromium) == 2 && requests(Firefox) == 2 && requests(Webkit) == 1
            },
        },
        Surprise {
            text: "Chromium fires `load` for a style sheet of the wrong type, which it does not apply; Firefox and WebKit fire `error`.",
            holds: || {
                let plain = [("content-type", "text/plain")];
                let event = |browser| end(of(K::Style), browser, &plain).end.sight.event;
                event(Chromium) == PageEvent::Load && event(Firefox) == PageEvent::Error
            },
        },
        Surprise {
            text: "`integrity` on a script from elsewhere without `crossorigin` always fails, whatever headers the server sends; the request goes out first.",
            holds: || {
                [Chromium, Firefox, Webkit].into_iter().all(|browser| {
                    let run = end(of(K::Script).integrity("sha256-x"), browser, &[SHARED]);
                    run.end.sight.event == PageEvent::Error && run.sent.len() == 1
                })
            },
        },
        Surprise {
            text: "No header lets `new Worker()` run a script of another origin: nothing is even asked. Chromium and WebKit throw, Firefox fires `error`.",
            holds: || {
                [Chromium, Firefox, Webkit]
                    .into_iter()
                    .all(|browser| end(of(K::Worker), browser, &[SHARED]).sent.is_empty())
            },
        },
        Surprise {
            text: "A `<track>` needs `crossorigin` on its `<video>`: without it, nothing is asked of another origin in Chromium and Firefox; WebKit loads it.",
            holds: || {
                end(of(K::Track), Chromium, &[]).sent.is_empty()
                    && end(of(K::Track), Firefox, &[]).sent.is_empty()
                    && end(of(K::Track), Webkit, &[]).end.sight.used == Use::Used
            },
        },
        Surprise {
            text: "`sendBeacon()` of JSON makes a preflight that must allow credentials and `content-type`; it returns `true` also when that fails and nothing is delivered.",
            holds: || {
                [Chromium, Firefox, Webkit].into_iter().all(|browser| {
                    let asked = Load::beacon(ELSEWHERE, Some("application/json"));
                    let run = end(asked, browser, &[SHARED]);
                    run.end.sight.event == PageEvent::Returned && run.sent.len() == 1
                })
            },
        },
        Surprise {
            text: "`Cross-Origin-Resource-Policy` is never looked at where CORS is used: `crossorigin` gets past it.",
            holds: || {
                [Chromium, Firefox, Webkit].into_iter().all(|browser| {
                    let corp = ("cross-origin-resource-policy", "same-origin");
                    let asked = of(K::Image).crossorigin("");
                    end(asked, browser, &[SHARED, corp]).end.sight.used == Use::Used
                })
            },
        },
        Surprise {
            text: "A frame in a page of `Cross-Origin-Embedder-Policy: require-corp` needs a policy of its own, also if `Cross-Origin-Resource-Policy` is there; Firefox alone lets `<object>` and `<embed>` in without. For the error page Chromium and WebKit fire `load`, Firefox nothing.",
            holds: || {
                let mut isolated = page();
                isolated.embedder_policy = EmbedderPolicy::RequireCorp;
                let corp = [("cross-origin-resource-policy", "cross-origin")];
                let sight = |kind, browser| {
                    let asked = of(kind);
                    run(&mut Document::new(), asked, &isolated, browser, 200, &corp).end.sight
                };
                let embedded = |browser| sight(K::Embed, browser).used == Use::Used;
                sight(K::Iframe, Chromium).event == PageEvent::Load
                    && sight(K::Iframe, Firefox).event == PageEvent::Nothing
                    && sight(K::Iframe, Webkit).event == PageEvent::Load
                    && embedded(Firefox)
                    && !embedded(Chromium)
                    && !embedded(Webkit)
            },
        },
        Surprise {
            text: "A WebSocket's handshake always carries `Origin`, and nothing of CORS is looked at in its answer: the server must decide.",
            holds: || {
                [Chromium, Firefox, Webkit].into_iter().all(|browser| {
                    let asked = of(K::WebSocket);
                    let run = run(&mut Document::new(), asked, &page(), browser, 101, &[]);
                    run.end.sight.event == PageEvent::Open
                        && run.sent[0].headers.contains(b"origin")
                })
            },
        },
        Surprise {
            text: "Resource Timing hides its moments unless `Timing-Allow-Origin` names the page, also where CORS lets it read everything.",
            holds: || {
                let asked = of(K::Image).crossorigin("");
                let tao = ("timing-allow-origin", "*");
                end(asked.clone(), Chromium, &[SHARED]).end.sight.timing == [Timing::Hidden]
                    && end(asked, Chromium, &[SHARED, tao]).end.sight.timing == [Timing::Visible]
            },
        },
    ]
}
