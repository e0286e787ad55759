//! What each kind of load asks for: one [request](https://fetch.spec.whatwg.org/#concept-request) with its mode, its
//! credentials mode and its destination, as HTML, CSS and the rest have it.

use std::sync::Arc;

use url::Url;

use super::spec::{FrameCredentials, SendsReferrer};
use super::switches::{
    ClipPathRule, CredentiallessFrames, CssModules, EmbeddedCredentials, EmbeddedDestination,
    FilterRule, FontMode, ForeignRedirects, FormNoReferrer, JsonDestination, LoadSwitches,
    NestedReferrer, NestedSite, OpaqueOriginRule, OpaqueReferrer, OwnOrigin, PingRule,
    PreloadReuse, RedirectedBeacon, ShapeCredentials, TrackMode, TrackReferrer, WebSocketMetadata,
    WebSocketRedirect, WorkerFontCredentials, WorkerFonts,
};
use super::{CrossOriginAttribute, Load, LoadKind};
use crate::browser::request_class::{
    CredentialsManner, ForeignRedirectManner, LaterPreflightManner, Manners, MetadataManner,
    OriginManner, Referrer, ReferrerManner,
};
use crate::browser::{
    Body, CacheMode, Client, Code, CredentialsMode, Destination, EmbedderPolicy, Global,
    HeaderList, Initiator, Mode, Profile, RedirectMode, Request, RequestError, RequestInit,
};
use crate::terms::Origin;
use crate::terms::safelist::is_cors_safelisted_request_header;

impl Terms {
    /// Of a load that asks for nothing.
    pub(super) const fn nothing() -> Self {
        Self {
            mode: Mode::NoCors,
            credentials: CredentialsMode::Omit,
            destination: Destination::Empty,
        }
    }
}

/// What a load becomes.
pub(super) enum Asked {
    Request(Box<Request>),
    /// This engine asks for nothing at all.
    Nothing,
}

/// Mode, credentials mode and destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) mode: Mode,
    pub(super) credentials: CredentialsMode,
    pub(super) destination: Destination,
}

pub(super) fn request_of(
    load: &Load,
    client: &Client,
    profile: Profile,
) -> Result<Asked, RequestError> {
    if let Some(init) = &load.fetch {
        return Ok(Asked::Request(Box::new(Request::new((**init).clone(), client, profile)?)));
    }
    let switches = LoadSwitches::of(profile);
    let Some(terms) = terms_of(load, client, switches) else { return Ok(Asked::Nothing) };
    let url = parse_url(load, client)?;
    let body = matches!(load.method.as_slice(), b"POST") && load.content_type.is_some()
        || load.kind == LoadKind::Ping;
    let mut request = Request {
        method: load.method.clone(),
        url,
        headers: headers_of(load),
        body: body.then(|| Body::Bytes(Arc::from(&b""[..]))),
        mode: terms.mode,
        credentials: terms.credentials,
        redirect: RedirectMode::Follow,
        cache: CacheMode::Default,
        referrer: referrer_of(load, client, switches),
        referrer_policy: load.referrer_policy,
        integrity: load.integrity.clone(),
        keepalive: matches!(load.kind, LoadKind::Beacon | LoadKind::Ping),
        initiator: Initiator::Other,
        destination: terms.destination,
        use_cors_preflight: false,
        use_url_credentials: true,
        target_address_space: None,
        dropped: Vec::new(),
        manners: Manners {
            origin: origin_manner(load, client, switches),
            referrer: referrer_manner(load, switches),
            metadata: metadata_manner(load, switches),
            later_preflight: later_preflight_manner(load, switches),
            asked_by: asked_by(load, client, switches),
            foreign_redirect: foreign_redirect_manner(load, switches),
            credentials: credentials_manner(load, client, switches),
        },
    };
    match load.kind {
        LoadKind::EventSource => request.cache = CacheMode::NoStore,
        LoadKind::WebSocket if switches.web_socket_redirect == WebSocketRedirect::Failure => {
            request.redirect = RedirectMode::Error;
        }
        LoadKind::ServiceWorker => request.redirect = RedirectMode::Error,
        // Its Content-Type may need a preflight.
        LoadKind::Beacon => request.initiator = Initiator::Beacon,
        LoadKind::Ping => request.method = b"POST".to_vec(),
        _ => {}
    }
    Ok(Asked::Request(Box::new(request)))
}

impl Load {
    /// The request in the terms of `fetch()`, as near as they come: mode, credentials, destination, method, body's type. For
    /// reports; what a load really does, only [`load`](super::load) knows.
    #[must_use]
    pub fn as_init(&self, client: &Client, profile: Profile) -> RequestInit {
        if let Some(init) = &self.fetch {
            return (**init).clone();
        }
        let terms = terms_of(self, client, LoadSwitches::of(profile)).unwrap_or(Terms::nothing());
        RequestInit {
            url: self.url.clone(),
            method: (self.method != b"GET").then(|| self.method.clone()),
            body_content_type: self.content_type.clone(),
            mode: Some(terms.mode),
            credentials: Some(terms.credentials),
            referrer_policy: Some(self.referrer_policy),
            integrity: self.integrity.clone(),
            keepalive: self.kind == LoadKind::Beacon,
            initiator: match self.kind {
                LoadKind::Beacon => Initiator::Beacon,
                _ => Initiator::Other,
            },
            destination: terms.destination,
            ..RequestInit::default()
        }
    }
}

/// `None` where the engine asks for nothing, whatever the host.
pub(super) fn terms_of(load: &Load, client: &Client, switches: &LoadSwitches) -> Option<Terms> {
    use Destination as D;
    let potential = |destination| Terms {
        mode: load.cross_origin.potential_mode(),
        credentials: load.cross_origin.potential_credentials(),
        destination,
    };
    let no_cors = |destination| Terms {
        mode: Mode::NoCors,
        credentials: CredentialsMode::Include,
        destination,
    };
    let cors = |destination| Terms {
        mode: Mode::Cors,
        credentials: load.credentials.unwrap_or_else(|| load.cross_origin.credentials()),
        destination,
    };
    let same_origin = |destination| Terms {
        mode: Mode::SameOrigin,
        credentials: CredentialsMode::SameOrigin,
        destination,
    };
    let navigate = |destination| Terms {
        mode: Mode::Navigate,
        credentials: if is_credentialless(load, switches) {
            CredentialsMode::Omit
        } else {
            CredentialsMode::Include
        },
        destination,
    };
    let fragment = load.url.contains('#');
    let in_worker = client.global != Global::Window;
    let module =
        if in_worker && load.kind == LoadKind::ModuleImport { D::Worker } else { D::Script };
    Some(match load.kind {
        LoadKind::Image | LoadKind::SvgImage => potential(D::Image),
        LoadKind::ImageInput
        | LoadKind::Poster
        | LoadKind::BackgroundImage
        | LoadKind::BorderImage
        | LoadKind::ContentImage => no_cors(D::Image),
        LoadKind::ShapeOutside if switches.shape_credentials == ShapeCredentials::Omit => {
            Terms { credentials: CredentialsMode::Omit, ..cors(D::Image) }
        }
        LoadKind::MaskImage | LoadKind::ShapeOutside => cors(D::Image),
        LoadKind::ClipPath if switches.clip_path == ClipPathRule::Cors => cors(D::Image),
        LoadKind::Filter if switches.filter == FilterRule::SameOrigin => same_origin(D::Image),
        LoadKind::ClipPath if fragment && switches.clip_path == ClipPathRule::NamedByFragment => {
            same_origin(D::Image)
        }
        LoadKind::Filter if fragment && switches.filter == FilterRule::NamedByFragment => {
            same_origin(D::Image)
        }
        LoadKind::ClipPath | LoadKind::Filter => return None,
        LoadKind::SvgUse => same_origin(D::Image),
        LoadKind::Audio => potential(D::Audio),
        LoadKind::Video => potential(D::Video),
        LoadKind::Track => match (load.cross_origin, switches.track) {
            (CrossOriginAttribute::NoCors, TrackMode::SameOrigin) => {
                Terms { credentials: CredentialsMode::Include, ..same_origin(D::Track) }
            }
            _ => potential(D::Track),
        },
        LoadKind::Script => potential(D::Script),
        LoadKind::ModuleScript | LoadKind::ModuleImport | LoadKind::DynamicImport => cors(module),
        LoadKind::ModulePreload => cors(D::Script),
        LoadKind::JsonImport => cors(match switches.json_import {
            JsonDestination::Json => D::Json,
            JsonDestination::Script => D::Script,
        }),
        LoadKind::CssModuleImport if switches.css_import == CssModules::Fetched => cors(D::Style),
        LoadKind::CssModuleImport => return None,
        LoadKind::Style => potential(D::Style),
        LoadKind::StyleImport => no_cors(D::Style),
        LoadKind::Font if in_worker && switches.worker_fonts == WorkerFonts::SameOrigin => {
            same_origin(D::Worker)
        }
        LoadKind::Font
            if in_worker && switches.worker_font_credentials == WorkerFontCredentials::Omit =>
        {
            Terms { credentials: CredentialsMode::Omit, ..cors(D::Font) }
        }
        LoadKind::Font => match switches.fonts {
            FontMode::Cors => cors(D::Font),
            FontMode::NoCors => no_cors(D::Font),
        },
        LoadKind::Preload => return preload_terms(load, switches),
        LoadKind::Manifest => cors(D::Manifest),
        LoadKind::Iframe | LoadKind::Form => navigate(D::Iframe),
        LoadKind::Object | LoadKind::Embed if switches.embedded == EmbeddedDestination::Iframe => {
            navigate(D::Iframe)
        }
        LoadKind::Object => navigate(D::Object),
        LoadKind::Embed => navigate(D::Embed),
        LoadKind::EventSource | LoadKind::Fetch => cors(D::Empty),
        LoadKind::Beacon => Terms { credentials: CredentialsMode::Include, ..beacon(load) },
        LoadKind::Ping if switches.ping == PingRule::Off => return None,
        LoadKind::Ping => no_cors(D::Empty),
        LoadKind::Worker => same_origin(D::Worker),
        LoadKind::SharedWorker => same_origin(D::SharedWorker),
        LoadKind::ServiceWorker => same_origin(D::ServiceWorker),
        LoadKind::ImportScripts => no_cors(D::Script),
        LoadKind::AudioWorklet => cors(D::AudioWorklet),
        LoadKind::WebSocket => Terms {
            mode: Mode::Websocket,
            credentials: CredentialsMode::Include,
            destination: match switches.web_socket_metadata {
                WebSocketMetadata::OwnDestination => D::WebSocket,
                WebSocketMetadata::None | WebSocketMetadata::EmptyDestination => D::Empty,
            },
        },
    })
}

/// [Preload](https://html.spec.whatwg.org/multipage/links.html#preload): as what it is for would be asked for.
fn preload_terms(load: &Load, switches: &LoadSwitches) -> Option<Terms> {
    let destination = preload_destination(&load.preload_as)?;
    let font = destination == Destination::Font && switches.fonts == FontMode::Cors;
    let always_cors = font && switches.preload_reuse == PreloadReuse::ByAttribute;
    Some(Terms {
        mode: if always_cors { Mode::Cors } else { load.cross_origin.potential_mode() },
        credentials: match always_cors {
            true => CredentialsMode::SameOrigin,
            false => load.cross_origin.potential_credentials(),
        },
        destination,
    })
}

/// [Translate a preload destination](https://html.spec.whatwg.org/multipage/links.html#translate-a-preload-destination)
pub(super) fn preload_destination(name: &str) -> Option<Destination> {
    Some(match name {
        "fetch" => Destination::Empty,
        "font" => Destination::Font,
        "image" => Destination::Image,
        "script" => Destination::Script,
        "style" => Destination::Style,
        "track" => Destination::Track,
        _ => return None,
    })
}

/// [Beacon](https://w3c.github.io/beacon/#sec-processing-model): CORS only for a type that a form could not send.
fn beacon(load: &Load) -> Terms {
    let safelisted = load
        .content_type
        .as_ref()
        .is_none_or(|value| is_cors_safelisted_request_header(b"content-type", value));
    Terms {
        mode: if safelisted { Mode::NoCors } else { Mode::Cors },
        credentials: CredentialsMode::Include,
        destination: Destination::Empty,
    }
}

fn parse_url(load: &Load, client: &Client) -> Result<Url, RequestError> {
    let parsed = match &client.url {
        Some(base) => base.join(&load.url),
        None => Url::parse(&load.url),
    };
    let invalid = || RequestError { code: Code::InvalidUrl, value: load.url.as_bytes().to_vec() };
    let mut url = parsed.map_err(|_| invalid())?;
    // A handshake is HTTP.
    if load.kind == LoadKind::WebSocket {
        let http = match url.scheme() {
            "ws" | "http" => "http",
            "wss" | "https" => "https",
            _ => return Err(invalid()),
        };
        let port = url.port();
        url = Url::parse(&url.as_str().replacen(url.scheme(), http, 1)).map_err(|_| invalid())?;
        // Neither fails: both schemes are special.
        let _ = url.set_port(port);
    }
    Ok(url)
}

fn headers_of(load: &Load) -> HeaderList {
    let mut headers = HeaderList::new();
    match load.kind {
        LoadKind::EventSource => headers.append("Accept", "text/event-stream"),
        LoadKind::Ping => headers.append("Content-Type", "text/ping"),
        _ => {}
    }
    if let Some(content_type) = &load.content_type {
        headers.append("Content-Type", content_type);
    }
    if load.kind == LoadKind::WebSocket && !load.protocols.is_empty() {
        headers.append("Sec-WebSocket-Protocol", load.protocols.join(", "));
    }
    headers
}

/// `<iframe credentialless>`, where the engine knows it.
pub(super) fn is_credentialless(load: &Load, switches: &LoadSwitches) -> bool {
    load.frame == FrameCredentials::Credentialless
        && switches.credentialless_frames == CredentiallessFrames::Refused
}

fn referrer_of(load: &Load, client: &Client, switches: &LoadSwitches) -> Referrer {
    let page = || client.url.clone().map_or(Referrer::Client, Referrer::Url);
    let origin = || {
        client
            .url
            .as_ref()
            .and_then(|url| url.join("/").ok())
            .map_or(Referrer::Client, Referrer::Url)
    };
    if let Some(sheet) = &load.named_by
        && switches.nested_referrer == NestedReferrer::Sheet
    {
        return Referrer::Url(sheet.url.clone());
    }
    match switches.opaque_referrer {
        _ if !matches!(client.origin, Origin::Opaque(_)) => Referrer::Client,
        OpaqueReferrer::Page => page(),
        OpaqueReferrer::OriginButOfWorklets if load.kind == LoadKind::AudioWorklet => {
            Referrer::Client
        }
        OpaqueReferrer::OriginButOfWorklets => origin(),
        // What a module imports is referred to by the module, and that has a URL.
        OpaqueReferrer::ModuleImportsAlone if load.kind == LoadKind::ModuleImport => page(),
        OpaqueReferrer::None | OpaqueReferrer::ModuleImportsAlone => Referrer::Client,
    }
}

fn referrer_manner(load: &Load, switches: &LoadSwitches) -> ReferrerManner {
    let unsent = match load.kind {
        LoadKind::WebSocket | LoadKind::Ping => true,
        LoadKind::Track | LoadKind::ServiceWorker => {
            switches.track_referrer == TrackReferrer::Unsent
        }
        _ => {
            load.sends_referrer == SendsReferrer::Never
                && switches.form_no_referrer == FormNoReferrer::Obeyed
        }
    };
    if unsent { ReferrerManner::Unsent } else { ReferrerManner::ByText }
}

fn metadata_manner(load: &Load, switches: &LoadSwitches) -> MetadataManner {
    let unsent =
        load.kind == LoadKind::WebSocket && switches.web_socket_metadata == WebSocketMetadata::None;
    if unsent { MetadataManner::Unsent } else { MetadataManner::ByText }
}

fn later_preflight_manner(load: &Load, switches: &LoadSwitches) -> LaterPreflightManner {
    match (load.kind, switches.redirected_beacon) {
        (LoadKind::Beacon, RedirectedBeacon::PreflightedAsAtFirst) => {
            LaterPreflightManner::AsAtFirst
        }
        _ => LaterPreflightManner::ByText,
    }
}

fn foreign_redirect_manner(load: &Load, switches: &LoadSwitches) -> ForeignRedirectManner {
    match (load.kind, switches.foreign_redirects) {
        (LoadKind::MaskImage | LoadKind::ModulePreload, ForeignRedirects::CheckedAsIncluded) => {
            ForeignRedirectManner::CheckedAsIncluded
        }
        _ => ForeignRedirectManner::ByText,
    }
}

/// Firefox: what is embedded in a page of `credentialless` gets nothing of another origin.
fn credentials_manner(load: &Load, client: &Client, switches: &LoadSwitches) -> CredentialsManner {
    let embedded = matches!(load.kind, LoadKind::Object | LoadKind::Embed);
    let barred = switches.embedded_credentials == EmbeddedCredentials::OmittedByPolicy;
    if embedded && barred && client.embedder_policy == EmbedderPolicy::Credentialless {
        CredentialsManner::HomeAlone
    } else {
        CredentialsManner::ByText
    }
}

/// Firefox: what a style sheet names is asked for by the sheet's origin; fonts and modules are not.
fn asked_by(load: &Load, client: &Client, switches: &LoadSwitches) -> Option<Origin> {
    if load.kind == LoadKind::AudioWorklet && matches!(client.origin, Origin::Opaque(_)) {
        return Some(client.origin.clone());
    }
    let sheet = load.named_by.as_ref()?;
    let by_sheet = switches.nested_site == NestedSite::Sheet
        && !matches!(load.kind, LoadKind::Font | LoadKind::ModuleImport);
    if by_sheet { Origin::from_url(&sheet.url) } else { None }
}

/// The text adds `Origin` to no GET of one's own origin; two engines do, where an element asks with CORS.
fn origin_manner(load: &Load, client: &Client, switches: &LoadSwitches) -> OriginManner {
    let opaque = matches!(client.origin, Origin::Opaque(_));
    let no_cors_beacon = load.kind == LoadKind::Beacon && beacon(load).mode == Mode::NoCors;
    let worklet = load.kind == LoadKind::AudioWorklet;
    if opaque && switches.opaque_origin == OpaqueOriginRule::OfPageUrl && no_cors_beacon {
        return OriginManner::OfPageUrl;
    }
    let beside = client.global != Global::Window || worklet;
    let sent = match load.kind {
        LoadKind::EventSource | LoadKind::Beacon | LoadKind::Ping | LoadKind::Fetch => false,
        LoadKind::Audio | LoadKind::Video => switches.own_origin == OwnOrigin::Elements,
        _ if beside => switches.own_origin == OwnOrigin::ElementsButMedia,
        _ => switches.own_origin != OwnOrigin::None,
    };
    if sent { OriginManner::AtHomeToo } else { OriginManner::ByText }
}
