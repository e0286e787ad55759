//! One case through the engine, in the way that the recorded page did it, and the facets that come of it.

use std::time::Duration;

use corsage::browser::load::{
    Access, Capture, CrossOriginAttribute, Document, ErrorReport, Load, LoadKind, LoadStep, Loaded,
    PageEvent, ScriptBody, Timing, Use, load,
};
use corsage::browser::{Client, CredentialsMode, Profile, RequestError};
use url::Url;

use super::canon::{Facets, without_boundary, without_case};
use super::case::{Case, Spec};
use super::page::{client, load_of, worker};
use super::script_body::{Deeds, Marks, Rejects, deeds};
use super::world::{Seen, World};
use crate::oracle::latin1;

pub(super) fn perform(case: &Case, profile: Profile) -> Result<Facets, String> {
    let mut stage = Stage {
        profile,
        client: client(case),
        world: World::new(case, profile),
        document: Document::new(),
        text: String::new(),
        timing: Vec::new(),
        credentials: CredentialsMode::SameOrigin,
    };
    let url = case.load.url.clone().unwrap_or_default();
    let mut facets = stage.kind(&case.load, &url)?;
    let timing = std::mem::take(&mut stage.timing);
    let entry = |facets: &Facets| facets.get("outcome").is_some_and(|text| text == "(entry)");
    if entry(&facets) {
        let event = if timing.is_empty() { "none" } else { "entry" };
        facets.insert("outcome", event.into());
    }
    facets.insert("timing", visibilities(&timing));
    let message = facets.remove("message").unwrap_or("-".into());
    let content = facets.remove("content").unwrap_or_default();
    let parts = [content, format!("message {message}")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    facets.insert("content", parts.join(", "));
    if case.load.check_cookie {
        // An opaque page cannot look.
        let stored = match case.page.kind.as_str() {
            "sandbox" => "SecurityError".into(),
            // Recorded: what a handshake's answer sets does not show in Chromium.
            _ if profile == Profile::Chromium && case.load.kind == "websocket" => "false".into(),
            _ => stage.world.cookie_stored.to_string(),
        };
        facets.insert("cookie_stored", stored);
    }
    wire_facets(case, &stage.world.seen, &mut facets);
    Ok(facets)
}

struct Stage<'c> {
    profile: Profile,
    client: Client,
    world: World<'c>,
    document: Document,
    /// The last body.
    text: String,
    timing: Vec<Timing>,
    /// Of the script that is loaded.
    credentials: CredentialsMode,
}

impl Stage<'_> {
    /// Steps a load to its end.
    fn load(&mut self, asked: Load, client: &Client) -> Result<Box<Loaded>, RequestError> {
        let integrity = asked.integrity_metadata().to_owned();
        let now = Duration::ZERO;
        let mut step = load(asked, client, self.profile, &mut self.document, now)?;
        loop {
            let pending = match step {
                LoadStep::Finish(end) => return Ok(end),
                LoadStep::Request(pending) => pending,
            };
            let answered = self.world.answer(pending.wire(), &integrity);
            self.text = answered.text;
            step = pending.receive(answered.response, &answered.content, &mut self.document, now);
        }
    }

    fn kind(&mut self, spec: &Spec, url: &str) -> Result<Facets, String> {
        if matches!(spec.kind.as_str(), "preload" | "modulepreload") {
            return self.preloaded(spec, url);
        }
        if spec.kind == "in-worker" {
            return self.in_worker(spec, url);
        }
        let asked = load_of(spec, url)?;
        let kind = asked.kind();
        if asked.cross_origin_attribute() == CrossOriginAttribute::UseCredentials {
            self.credentials = CredentialsMode::Include;
        }
        let client = self.client.clone();
        let end = match self.load(asked, &client) {
            Ok(end) => end,
            Err(error) => return Err(format!("{}: {error}", spec.kind)),
        };
        self.timing.extend(end.sight.timing.iter().copied());
        let mut facets = Facets::new();
        let body = std::mem::take(&mut self.text);
        let base = end.urls.last().cloned().map(|url| (url, end.sight.access));
        match kind {
            LoadKind::ModuleScript | LoadKind::Script => {
                let used = if kind == LoadKind::ModuleScript {
                    self.imports(&body, base, end.sight.used)?
                } else {
                    end.sight.used
                };
                script_facets(&end, used, &deeds(&body), &mut facets);
            }
            LoadKind::Style if spec.kind == "css-nested" => {
                self.nested_sheet(&end, &body, base, &mut facets)?;
            }
            _ => {
                page_facets(kind, &end, &body, self.profile, &mut facets);
                if !is_html(self.world.case)
                    && facets.get("content").is_some_and(|text| text == "inner true")
                {
                    facets.insert("content", "inner false".into());
                }
            }
        }
        Ok(facets)
    }

    fn preloaded(&mut self, spec: &Spec, url: &str) -> Result<Facets, String> {
        let client = self.client.clone();
        let end = self.load(load_of(spec, url)?, &client).map_err(|error| error.to_string())?;
        self.timing.extend(end.sight.timing.iter().copied());
        let Some(real) = &spec.real else {
            return Ok(Facets::from([("outcome", format!("{} | ", word(end.sight.event)))]));
        };
        // What a preload has brought stays in `text`, for the load that finds it.
        let mut facets = self.kind(real, url)?;
        let outcome = facets.remove("outcome").unwrap_or_default();
        facets.insert("outcome", format!("{} | {outcome}", word(end.sight.event)));
        Ok(facets)
    }

    /// Whether all that a module imports can be had, and so whether it runs.
    fn imports(
        &mut self,
        body: &str,
        base: Option<(Url, Access)>,
        used: Use,
    ) -> Result<Use, String> {
        let Some(inner) = between(body, "import {v} from \"", "\"").filter(|_| used == Use::Used)
        else {
            return Ok(used);
        };
        let mut asked = Load::new(LoadKind::ModuleImport, inner);
        if let Some((url, access)) = base {
            asked = asked.named_by(url, access);
        }
        // A whole graph is fetched with the credentials mode of its script.
        asked = asked.credentials(self.credentials);
        let client = self.client.clone();
        let end = self.load(asked, &client).map_err(|error| error.to_string())?;
        Ok(end.sight.used)
    }

    fn nested_sheet(
        &mut self,
        end: &Loaded,
        body: &str,
        base: Option<(Url, Access)>,
        facets: &mut Facets,
    ) -> Result<(), String> {
        let kind = if body.contains("@import") {
            LoadKind::StyleImport
        } else if body.contains("@font-face") {
            LoadKind::Font
        } else if body.contains("mask-image") {
            LoadKind::MaskImage
        } else if body.contains("shape-outside") {
            LoadKind::ShapeOutside
        } else {
            LoadKind::BackgroundImage
        };
        let inner = between(body, "url(\"", "\"").filter(|_| end.sight.used == Use::Used);
        let mut applied = end.sight.used == Use::Used && body.contains("color:rgb(1, 2, 3)");
        let mut event = end.sight.event;
        let mut content = Vec::new();
        if let Some(inner) = inner {
            let mut asked = Load::new(kind, inner);
            if let Some((url, access)) = base {
                asked = asked.named_by(url, access);
            }
            let client = self.client.clone();
            let nested = self.load(asked, &client).map_err(|error| error.to_string())?;
            facets.insert("inner_timing", visibilities(&nested.sight.timing));
            match kind {
                LoadKind::StyleImport => {
                    applied |= nested.sight.used == Use::Used;
                    if nested.sight.event == PageEvent::Error {
                        event = PageEvent::Error;
                    }
                }
                LoadKind::Font => content.push(format!("status {}", font_status(&nested))),
                _ => {}
            }
        }
        content.insert(0, format!("applied {applied}"));
        facets.insert("outcome", word(event));
        facets.insert("content", content.join(", "));
        Ok(())
    }

    fn in_worker(&mut self, spec: &Spec, url: &str) -> Result<Facets, String> {
        let how = spec.how.clone().unwrap_or_default();
        let own = Load::worker(format!("/__w/{how}"));
        let client = self.client.clone();
        let started = self.load(own, &client).map_err(|error| error.to_string())?;
        let mut facets = Facets::new();
        if started.sight.event != PageEvent::Ran {
            facets.insert("outcome", word(started.sight.event));
            return Ok(facets);
        }
        let asked = load_of(spec, url)?;
        let kind = asked.kind();
        let end = self.load(asked, &worker(&client, &how)).map_err(|error| error.to_string())?;
        self.timing.extend(end.sight.timing.iter().copied());
        let (outcome, message) = match (kind, end.sight.event) {
            // An empty module lacks what is imported.
            (LoadKind::ModuleImport, PageEvent::Ran) if !self.text.is_empty() => {
                ("message", "ok".to_owned())
            }
            (LoadKind::ModuleImport, _) => ("error", "-".to_owned()),
            (_, PageEvent::Ran | PageEvent::Resolved) => ("message", "ok".to_owned()),
            (_, PageEvent::Rejected(exception) | PageEvent::Threw(exception)) => {
                let ran = kind == LoadKind::ImportScripts && end.sight.used == Use::Used;
                let ran = if ran { " ran" } else { "" };
                ("message", format!("threw {}{ran}", exception.as_str()))
            }
            (_, event) => return Err(format!("a worker told of {event:?}")),
        };
        facets.insert("outcome", outcome.into());
        facets.insert("message", message);
        Ok(facets)
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}

fn word(event: PageEvent) -> String {
    match event {
        PageEvent::Load => "load".into(),
        PageEvent::Error => "error".into(),
        PageEvent::LoadedData => "loadeddata".into(),
        PageEvent::Open => "open".into(),
        PageEvent::Resolved => "resolved".into(),
        PageEvent::Rejected(exception) => format!("rejected {}", exception.as_str()),
        PageEvent::Threw(exception) => format!("threw threw {}", exception.as_str()),
        PageEvent::Returned => "returned returned true".into(),
        PageEvent::Ran => "ran".into(),
        PageEvent::Nothing => "none".into(),
    }
}

fn visibilities(timing: &[Timing]) -> String {
    let words = timing.iter().map(|timing| match timing {
        Timing::Visible => "visible",
        Timing::Hidden => "hidden",
    });
    words.collect::<Vec<_>>().join(" ; ")
}

fn font_status(end: &Loaded) -> &'static str {
    if end.sight.used == Use::Used { "loaded" } else { "error" }
}

fn script_facets(end: &Loaded, used: Use, deeds: &Deeds, facets: &mut Facets) {
    let event = match (end.sight.event, used) {
        (PageEvent::Load, Use::Unused) if deeds.body != ScriptBody::SyntaxError => PageEvent::Error,
        (event, _) => event,
    };
    let ran = used == Use::Used && deeds.marks == Marks::Ran;
    facets.insert("outcome", word(event));
    facets.insert("content", format!("ran {ran}"));
    let Some(reports) = end.sight.errors.filter(|_| event != PageEvent::Error) else { return };
    if let Some((thrown, class)) = deeds.thrown {
        let told = match reports.report(thrown) {
            ErrorReport::Whole => format!("shown file {class}"),
            ErrorReport::WithoutFile => format!("shown nofile {class}"),
            ErrorReport::MutedWithFile => "muted file null".into(),
            ErrorReport::Muted => "muted nofile null".into(),
        };
        facets.insert("onerror", told);
    }
    if deeds.rejects == Rejects::APromise && reports.reports_rejections() {
        facets.insert("unhandled", "Error".into());
    }
}

/// What the recorded page notes, by kind.
/// Whether the last answer is a document whose scripts run.
fn is_html(case: &Case) -> bool {
    let last = case.server.last().and_then(|place| place.actual.as_ref());
    let types = last.into_iter().flat_map(|answer| &answer.headers);
    let mut types = types.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    types.next().is_none_or(|(_, value)| value.starts_with("text/html"))
}

fn page_facets(kind: LoadKind, end: &Loaded, body: &str, profile: Profile, facets: &mut Facets) {
    let sight = &end.sight;
    let used = sight.used == Use::Used;
    facets.insert("outcome", word(sight.event));
    let canvas = match sight.access {
        Access::Readable => "readable",
        _ => "SecurityError",
    };
    match kind {
        LoadKind::Image => {
            facets.insert("content", format!("width {}", if used { 10 } else { 0 }));
            let canvas = if used { canvas } else { "no image" };
            facets.insert("readable", format!("canvas {canvas}"));
        }
        LoadKind::SvgImage if used => {
            facets.insert("readable", format!("canvas {canvas}"));
        }
        LoadKind::SvgUse => {
            facets.insert("content", format!("bbox {used}"));
        }
        LoadKind::Poster
        | LoadKind::BackgroundImage
        | LoadKind::BorderImage
        | LoadKind::ContentImage
        | LoadKind::MaskImage
        | LoadKind::ClipPath
        | LoadKind::Filter => {
            facets.insert("outcome", "(entry)".into());
        }
        LoadKind::ShapeOutside => {
            facets.insert("outcome", String::new());
            facets.insert("content", format!("applied {used}"));
        }
        LoadKind::Audio | LoadKind::Video => {
            let error = if used { "null" } else { "4" };
            facets.insert("content", format!("media error {error}"));
            if used {
                let capture = match sight.capture {
                    Capture::Unsupported => "unsupported",
                    Capture::Refused => "SecurityError",
                    Capture::Stream | Capture::Nothing => "ok",
                };
                let pixels = format!("canvas {canvas}, ");
                let pixels = if kind == LoadKind::Video { pixels } else { String::new() };
                facets.insert("readable", format!("{pixels}capture {capture}"));
            }
        }
        LoadKind::Track => {
            facets.insert("content", format!("cues {}", u8::from(used)));
        }
        LoadKind::ModuleImport => {
            // An empty module exports nothing, and what imports from it does not parse.
            let exports = used && !body.is_empty();
            if used && !exports {
                facets.insert("outcome", "none".into());
                let file = if profile == Profile::Webkit { "nofile" } else { "file" };
                facets.insert("onerror", format!("shown {file} SyntaxError"));
            }
            let value = if exports { "secret" } else { "null" };
            facets.insert("content", format!("value {value}"));
        }
        LoadKind::DynamicImport | LoadKind::JsonImport | LoadKind::CssModuleImport => {
            let deeds = deeds(body);
            let ran = used && kind == LoadKind::DynamicImport && deeds.marks == Marks::Ran;
            let value = match kind {
                LoadKind::DynamicImport if body.is_empty() => "undefined",
                LoadKind::DynamicImport => "secret",
                _ => "object",
            };
            let value = if used { format!(", value {value}") } else { String::new() };
            facets.insert("content", format!("ran {ran}{value}"));
        }
        LoadKind::Style => {
            let sheet = match sight.access {
                Access::Nothing => "no sheet",
                Access::Empty => "rules 0",
                Access::Closed => "SecurityError",
                Access::Readable => "rules 2",
            };
            facets.insert("readable", format!("sheet {sheet}"));
            facets.insert("content", format!("applied {used}"));
        }
        LoadKind::StyleImport => {
            let imported = match sight.access {
                Access::Readable => "rules 2",
                _ => "SecurityError",
            };
            facets.insert("readable", format!("sheet rules 1, imported {imported}"));
            facets.insert("content", format!("applied {used}"));
        }
        LoadKind::Font => {
            facets.insert("content", format!("status {}", font_status(end)));
        }
        LoadKind::Fetch => {
            if let Ok(response) = &end.outcome {
                let kind = response.response_type().as_str();
                let length = if sight.access == Access::Readable { body.len() } else { 0 };
                facets.insert(
                    "content",
                    format!("status {}, type {kind}, text {length}", response.status()),
                );
            }
        }
        LoadKind::Iframe | LoadKind::Object | LoadKind::Embed | LoadKind::Form => {
            let document = match sight.access {
                _ if kind == LoadKind::Embed => "undefined",
                Access::Readable => "readable",
                Access::Empty => "about:blank",
                _ => "null",
            };
            let inner = used && body.contains("postMessage");
            facets.insert("content", format!("inner {inner}"));
            facets.insert("readable", format!("document {document}"));
        }
        LoadKind::EventSource if used => {
            facets.insert("message", "hi".into());
        }
        LoadKind::WebSocket if used => {
            facets.insert("message", "hi".into());
        }
        LoadKind::Worker | LoadKind::SharedWorker if used => {
            facets.insert("outcome", "message".into());
            facets.insert("message", "ran".into());
        }
        LoadKind::Ping => {
            facets.insert("outcome", "clicked".into());
        }
        _ => {}
    }
}

fn wire_facets(case: &Case, seen: &[Seen], facets: &mut Facets) {
    let join = |one: &dyn Fn(&Seen) -> String| seen.iter().map(one).collect::<Vec<_>>().join(" ; ");
    let header = |seen: &Seen, name: &str| {
        seen.wire.headers.get(name.as_bytes()).map_or("-".into(), |value| latin1(&value))
    };
    facets.insert(
        "wire",
        join(&|seen| {
            let kind = if seen.preflight { "preflight" } else { "actual" };
            let url = &seen.wire.url;
            let target = without_case(&url[url::Position::BeforePath..], &case.id);
            let to = &url[..url::Position::BeforePath];
            format!("{kind} {} {to}{target}", latin1(&seen.wire.method))
        }),
    );
    facets.insert("origin", join(&|seen| header(seen, "origin")));
    facets.insert("cookie", join(&|seen| if seen.cookie { "sid=1".into() } else { "-".into() }));
    facets.insert(
        "referer",
        join(&|seen| match Url::parse(&header(seen, "referer")) {
            Ok(url) if url.path() == "/" && url.query().is_none() => "origin".into(),
            Ok(_) => "full".into(),
            Err(_) => "-".into(),
        }),
    );
    let site = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    facets.insert("sec_fetch", join(&|seen| site.map(|name| header(seen, name)).join("/")));
    facets.insert("acrm", join(&|seen| header(seen, "access-control-request-method")));
    facets.insert("acrh", join(&|seen| header(seen, "access-control-request-headers")));
    facets.insert("content_type", join(&|seen| without_boundary(&header(seen, "content-type"))));
}
