//! What a page wrote: who asks, where, and with which attributes.

use url::Url;

use super::{Access, CrossOriginAttribute, LoadKind, is_javascript};
use crate::browser::{CredentialsMode, ReferrerPolicy, RequestInit};

/// A load as a page asks for it, beside [`Request`](crate::browser::Request) for `fetch()`.
///
/// ```
/// use corsage::browser::load::{Load, LoadKind};
/// let load = Load::image("https://cdn.example/a.png").crossorigin("anonymous");
/// assert_eq!(load.kind(), LoadKind::Image);
/// ```
#[derive(Clone, Debug)]
pub struct Load {
    pub(super) kind: LoadKind,
    pub(super) url: String,
    pub(super) cross_origin: CrossOriginAttribute,
    pub(super) integrity: String,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) script_type: ScriptType,
    pub(super) preload_as: String,
    pub(super) named_by: Option<NamedBy>,
    pub(super) credentials: Option<CredentialsMode>,
    pub(super) fetch: Option<Box<RequestInit>>,
    pub(super) method: Vec<u8>,
    pub(super) content_type: Option<Vec<u8>>,
    pub(super) sends_referrer: SendsReferrer,
    pub(super) protocols: Vec<String>,
    pub(super) frame: FrameCredentials,
}

/// `type` of a script or a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScriptType {
    /// A classic script.
    #[default]
    Classic,
    /// `module`.
    Module,
}

impl ScriptType {
    /// Of a script element's `type`, by [prepare the script element](https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element);
    /// `None` if that makes it a block of data, which is not fetched.
    ///
    /// ```
    /// use corsage::browser::load::ScriptType;
    /// assert_eq!(ScriptType::of_element("Module"), Some(ScriptType::Module));
    /// assert_eq!(ScriptType::of_element("text/javascript"), Some(ScriptType::Classic));
    /// assert_eq!(ScriptType::of_element("text/template"), None);
    /// ```
    #[must_use]
    pub fn of_element(value: &str) -> Option<Self> {
        let value = value.trim_ascii().to_ascii_lowercase();
        match value.as_str() {
            "module" => Some(Self::Module),
            "" => Some(Self::Classic),
            _ => is_javascript(value.as_bytes()).then_some(Self::Classic),
        }
    }
}

/// What names a URL.
#[derive(Clone, Debug)]
pub(super) struct NamedBy {
    pub(super) url: Url,
    pub(super) access: Access,
}

/// `rel=noreferrer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendsReferrer {
    ByPolicy,
    Never,
}

/// `<iframe credentialless>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameCredentials {
    Own,
    Credentialless,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident = $kind:ident,)*) => {
        impl Load {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(url: impl Into<String>) -> Self {
                Self::new(LoadKind::$kind, url)
            })*
        }
    };
}

constructors! {
    /// `<img src>`.
    image = Image,
    /// `<audio src>`.
    audio = Audio,
    /// `<video src>`.
    video = Video,
    /// `<script src>`.
    script = Script,
    /// `<script type=module src>`.
    module = ModuleScript,
    /// `<link rel=stylesheet href>`.
    style = Style,
    /// `@font-face { src: url() }`.
    font = Font,
    /// `<iframe src>`.
    iframe = Iframe,
    /// `new EventSource(url)`.
    event_source = EventSource,
    /// `new Worker(url)`.
    worker = Worker,
    /// `new WebSocket(url)`.
    web_socket = WebSocket,
}

impl Load {
    /// A load of that kind, without any attribute.
    #[must_use]
    pub fn new(kind: LoadKind, url: impl Into<String>) -> Self {
        Self {
            kind,
            url: url.into(),
            cross_origin: CrossOriginAttribute::NoCors,
            integrity: String::new(),
            referrer_policy: ReferrerPolicy::Empty,
            script_type: ScriptType::Classic,
            preload_as: String::new(),
            named_by: None,
            credentials: None,
            fetch: None,
            method: b"GET".to_vec(),
            content_type: None,
            sends_referrer: SendsReferrer::ByPolicy,
            protocols: Vec::new(),
            frame: FrameCredentials::Own,
        }
    }

    /// `navigator.sendBeacon(url, data)`; `content_type` is what the data's type brings along: `text/plain;charset=UTF-8`
    /// of a string, a Blob's own, nothing of an `ArrayBuffer`.
    #[must_use]
    pub fn beacon(url: impl Into<String>, content_type: Option<&str>) -> Self {
        let mut load = Self::new(LoadKind::Beacon, url);
        load.method = b"POST".to_vec();
        load.content_type = content_type.map(Into::into);
        load
    }

    /// `<form method action enctype>`, its target a frame of the page.
    #[must_use]
    pub fn form(url: impl Into<String>, method: &str, enctype: Option<&str>) -> Self {
        let mut load = Self::new(LoadKind::Form, url);
        if method.eq_ignore_ascii_case("post") {
            load.method = b"POST".to_vec();
            load.content_type = Some(form_content_type(enctype).into());
        }
        load
    }

    /// `<link rel=preload as>`.
    #[must_use]
    pub fn preload(url: impl Into<String>, destination: &str) -> Self {
        let mut load = Self::new(LoadKind::Preload, url);
        load.preload_as = destination.to_ascii_lowercase();
        load
    }

    /// `crossorigin="…"`: the empty string and whatever is no keyword mean `anonymous`.
    #[must_use]
    pub fn crossorigin(mut self, value: &str) -> Self {
        self.cross_origin = CrossOriginAttribute::parse(Some(value));
        self
    }

    /// The same with `crossorigin="anonymous"`, if it is an element's that has the attribute and lacks it.
    #[must_use]
    pub fn with_crossorigin(&self) -> Option<Self> {
        let has_attribute = matches!(
            self.kind,
            LoadKind::Image
                | LoadKind::SvgImage
                | LoadKind::Audio
                | LoadKind::Video
                | LoadKind::Track
                | LoadKind::Script
                | LoadKind::Style
        );
        let lacks = self.cross_origin == CrossOriginAttribute::NoCors;
        (has_attribute && lacks).then(|| self.clone().crossorigin("anonymous"))
    }

    /// `integrity="…"`.
    #[must_use]
    pub fn integrity(mut self, metadata: impl Into<String>) -> Self {
        self.integrity = metadata.into();
        self
    }

    /// `referrerpolicy="…"`; what is no policy says nothing.
    #[must_use]
    pub fn referrer_policy(mut self, policy: &str) -> Self {
        let policy = ReferrerPolicy::from_name(&policy.to_ascii_lowercase());
        self.referrer_policy = policy.unwrap_or_default();
        self
    }

    /// `type` of a script or of a worker.
    #[must_use]
    pub fn script_type(mut self, script_type: ScriptType) -> Self {
        self.script_type = script_type;
        if self.kind == LoadKind::Script && script_type == ScriptType::Module {
            self.kind = LoadKind::ModuleScript;
        }
        self
    }

    /// The style sheet or module that names the URL, where it is not the document itself; and whether the page may look
    /// into that.
    #[must_use]
    pub fn named_by(mut self, url: Url, access: Access) -> Self {
        self.named_by = Some(NamedBy { url, access });
        self
    }

    /// `credentials` of a worker's, a worklet's or `fetch()`'s options; `withCredentials` of an `EventSource`.
    #[must_use]
    pub fn credentials(mut self, mode: CredentialsMode) -> Self {
        self.credentials = Some(mode);
        self
    }

    /// `fetch(url, init)`, which may find what was preloaded for it.
    #[must_use]
    pub fn fetch(init: RequestInit) -> Self {
        let mut load = Self::new(LoadKind::Fetch, init.url.clone());
        load.fetch = Some(Box::new(init));
        load
    }

    /// `rel=noreferrer` of a form.
    #[must_use]
    pub fn no_referrer(mut self) -> Self {
        self.sends_referrer = SendsReferrer::Never;
        self
    }

    /// Protocols that a WebSocket asks for.
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// `<iframe credentialless>`.
    #[must_use]
    pub fn credentialless(mut self) -> Self {
        self.frame = FrameCredentials::Credentialless;
        self
    }

    /// Who asks.
    #[must_use]
    pub fn kind(&self) -> LoadKind {
        self.kind
    }

    /// The URL as written.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The state of `crossorigin`.
    #[must_use]
    pub fn cross_origin_attribute(&self) -> CrossOriginAttribute {
        self.cross_origin
    }

    /// `integrity`, as written: for whoever holds the body to verify.
    #[must_use]
    pub fn integrity_metadata(&self) -> &str {
        &self.integrity
    }

    /// What a preload is for.
    #[must_use]
    pub fn preload_destination(&self) -> &str {
        &self.preload_as
    }
}

impl std::fmt::Display for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.url)
    }
}

/// [Form encoding](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#attr-fs-enctype)
fn form_content_type(enctype: Option<&str>) -> &'static str {
    match enctype.map(str::to_ascii_lowercase).as_deref() {
        Some("multipart/form-data") => "multipart/form-data; boundary=corsage",
        Some("text/plain") => "text/plain",
        _ => "application/x-www-form-urlencoded",
    }
}
