//! The page of a case, and what it asks for, in the engine's terms.

use corsage::browser::load::{Load, LoadKind, ScriptType};
use corsage::browser::{Body, Client, CredentialsMode, EmbedderPolicy, Global, Mode, RequestInit};
use corsage::terms::{OpaqueOrigin, Origin};
use url::Url;

use super::case::{Case, Spec};
use crate::oracle::bytes;

/// The page as a client.
pub(super) fn client(case: &Case) -> Client {
    let parse = |text: &str| Origin::parse(text).unwrap_or(Origin::Opaque(OpaqueOrigin(1)));
    let mut client = Client::page(parse(&case.page.url_origin));
    client.origin = parse(&case.page.origin);
    client.url = Url::parse(&format!("{}/__case/{}", case.page.url_origin, case.id)).ok();
    client.embedder_policy = match case.page.coep.as_deref() {
        Some("require-corp") => EmbedderPolicy::RequireCorp,
        Some("credentialless") => EmbedderPolicy::Credentialless,
        _ => EmbedderPolicy::UnsafeNone,
    };
    client
}

/// The same, as the worker that the page starts.
pub(super) fn worker(client: &Client, how: &str) -> Client {
    let mut worker = client.clone();
    worker.global = Global::Worker;
    worker.url = client.url.as_ref().and_then(|url| url.join(&format!("/__w/{how}")).ok());
    worker
}

/// What is asked for; `url` where a nested specification has none of its own.
pub(super) fn load_of(spec: &Spec, url: &str) -> Result<Load, String> {
    let url = spec.url.as_deref().unwrap_or(url);
    let kind = kind_of(spec)?;
    let mut load = match kind {
        LoadKind::Beacon => Load::beacon(url, beacon_type(spec).as_deref()),
        LoadKind::Form => {
            let method = spec.method.as_deref().unwrap_or("get");
            // The one field of the recorded form.
            let query = if method.eq_ignore_ascii_case("get") { "?a=b" } else { "" };
            Load::form(format!("{url}{query}"), method, spec.enctype.as_deref())
        }
        LoadKind::Preload => Load::preload(url, spec.destination.as_deref().unwrap_or_default()),
        LoadKind::Fetch => Load::fetch(fetch_init(spec, url)),
        _ => Load::new(kind, url),
    };
    // `import` has no attributes but those of its script.
    if let Some(value) = &spec.crossorigin {
        load = load.crossorigin(value);
    }
    if let Some(metadata) = spec.integrity.as_ref().filter(|_| kind != LoadKind::ModuleImport) {
        load = load.integrity(metadata);
    }
    if let Some(policy) = &spec.referrerpolicy {
        load = load.referrer_policy(policy);
    }
    if spec.script_type.as_deref() == Some("module")
        || spec.init.get("type").and_then(|value| value.as_str()) == Some("module")
    {
        load = load.script_type(ScriptType::Module);
    }
    if spec.init.get("credentials").and_then(|value| value.as_str()) == Some("include")
        || spec.credentials == Some(true)
    {
        load = load.credentials(CredentialsMode::Include);
    }
    if spec.rel.as_deref() == Some("noreferrer") {
        load = load.no_referrer();
    }
    if spec.credentialless.is_some() {
        load = load.credentialless();
    }
    Ok(load.protocols(spec.protocols.iter().cloned()))
}

fn kind_of(spec: &Spec) -> Result<LoadKind, String> {
    Ok(match spec.kind.as_str() {
        "img" => LoadKind::Image,
        "input-image" => LoadKind::ImageInput,
        "poster" => LoadKind::Poster,
        "svg-image" => LoadKind::SvgImage,
        "svg-use" => LoadKind::SvgUse,
        "audio" => LoadKind::Audio,
        "video" => LoadKind::Video,
        "track" => LoadKind::Track,
        "script" if spec.script_type.as_deref() == Some("module") => LoadKind::ModuleScript,
        "script" => LoadKind::Script,
        "import-static" => LoadKind::ModuleImport,
        "import-dynamic" => match spec.import_attributes.as_deref() {
            Some(text) if text.contains("json") => LoadKind::JsonImport,
            Some(text) if text.contains("css") => LoadKind::CssModuleImport,
            _ => LoadKind::DynamicImport,
        },
        "style" | "css-nested" => LoadKind::Style,
        "css-import" => LoadKind::StyleImport,
        "css-prop" => match spec.prop.as_deref() {
            Some("background-image") => LoadKind::BackgroundImage,
            Some("border-image") => LoadKind::BorderImage,
            Some("content") => LoadKind::ContentImage,
            Some("mask-image") => LoadKind::MaskImage,
            Some("clip-path") => LoadKind::ClipPath,
            Some("filter") => LoadKind::Filter,
            other => return Err(format!("no such property: {other:?}")),
        },
        "css-shape" => LoadKind::ShapeOutside,
        "font-api" | "font-css" => LoadKind::Font,
        "preload" => LoadKind::Preload,
        "modulepreload" => LoadKind::ModulePreload,
        "fetch" => LoadKind::Fetch,
        "frame" => match spec.tag.as_deref() {
            Some("object") => LoadKind::Object,
            Some("embed") => LoadKind::Embed,
            _ => LoadKind::Iframe,
        },
        "eventsource" => LoadKind::EventSource,
        "beacon" => LoadKind::Beacon,
        "worker" => LoadKind::Worker,
        "shared-worker" => LoadKind::SharedWorker,
        "service-worker" => LoadKind::ServiceWorker,
        "in-worker" => match spec.how.as_deref() {
            Some("importscripts") => LoadKind::ImportScripts,
            Some("import") => LoadKind::ModuleImport,
            Some("dynamic") => LoadKind::DynamicImport,
            Some("font") => LoadKind::Font,
            other => return Err(format!("a worker does not know how: {other:?}")),
        },
        "audio-worklet" => LoadKind::AudioWorklet,
        "websocket" => LoadKind::WebSocket,
        "form" => LoadKind::Form,
        "ping" => LoadKind::Ping,
        other => return Err(format!("no such kind: {other}")),
    })
}

fn beacon_type(spec: &Spec) -> Option<String> {
    let body = spec.body.as_ref()?;
    match body.kind.as_str() {
        "string" => Some("text/plain;charset=UTF-8".into()),
        "blob" => body.mime.clone().filter(|mime| !mime.is_empty()),
        "formdata" => Some("multipart/form-data; boundary=x".into()),
        "urlsearchparams" => Some("application/x-www-form-urlencoded;charset=UTF-8".into()),
        _ => None,
    }
}

fn fetch_init(spec: &Spec, url: &str) -> RequestInit {
    let text = |name: &str| spec.init.get(name).and_then(|value| value.as_str());
    let headers = spec.init.get("headers").and_then(|value| value.as_array());
    let pair = |value: &serde_json::Value| {
        let name = value.get(0)?.as_str()?;
        Some((bytes(name), bytes(value.get(1)?.as_str()?)))
    };
    RequestInit {
        url: url.into(),
        method: text("method").map(bytes),
        headers: headers.map(|list| list.iter().filter_map(pair).collect()).unwrap_or_default(),
        body: text("body").map(|body| Body::Bytes(body.as_bytes().into())),
        body_content_type: text("body").map(|_| b"text/plain;charset=UTF-8".to_vec()),
        mode: match text("mode") {
            Some("no-cors") => Some(Mode::NoCors),
            Some("same-origin") => Some(Mode::SameOrigin),
            Some("cors") => Some(Mode::Cors),
            _ => None,
        },
        credentials: match text("credentials") {
            Some("include") => Some(CredentialsMode::Include),
            Some("omit") => Some(CredentialsMode::Omit),
            Some("same-origin") => Some(CredentialsMode::SameOrigin),
            _ => None,
        },
        keepalive: spec.init.get("keepalive").and_then(serde_json::Value::as_bool) == Some(true),
        ..RequestInit::default()
    }
}
