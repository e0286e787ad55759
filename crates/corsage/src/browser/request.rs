//! [Request](https://fetch.spec.whatwg.org/#concept-request): what a script asks for.

use std::sync::Arc;

use super::AddressSpace;

/// What a script passed to `fetch(url, init)`, or to `XMLHttpRequest`, not yet judged.
///
/// `None` means that the member was not given.
#[derive(Clone, Debug, Default)]
pub struct RequestInit {
    /// The URL, possibly relative.
    pub url: String,
    /// The method as spelled.
    pub method: Option<Vec<u8>>,
    /// Names and values in order, as bytes.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Option<Body>,
    /// The `Content-Type` that the body's type brings with it (a string's
    /// `text/plain;charset=UTF-8`, a typed Blob's own …), used only if no header gives one.
    pub body_content_type: Option<Vec<u8>>,
    /// `duplex: "half"` was given.
    pub duplex_half: bool,
    /// The mode.
    pub mode: Option<Mode>,
    /// The credentials mode.
    pub credentials: Option<CredentialsMode>,
    /// The redirect mode.
    pub redirect: Option<RedirectMode>,
    /// The cache mode.
    pub cache: Option<CacheMode>,
    /// The referrer: `about:client`, empty for none, or a URL.
    pub referrer: Option<String>,
    /// The referrer policy.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// Integrity metadata.
    pub integrity: String,
    /// The keepalive flag.
    pub keepalive: bool,
    /// `window` was given, and not `null`.
    pub window: bool,
    /// `targetAddressSpace`.
    pub target_address_space: Option<AddressSpace>,
    /// Who asks: `fetch`, `XMLHttpRequest`, or markup.
    pub initiator: Initiator,
    /// What for.
    pub destination: Destination,
    /// The use-CORS-preflight flag: an upload listener is registered.
    pub use_cors_preflight: bool,
    /// The use-URL-credentials flag.
    pub use_url_credentials: bool,
}

/// A body. The machine never looks into its bytes but for their length.
#[derive(Clone, Debug)]
pub enum Body {
    /// Known in full; can be sent again after a redirect.
    Bytes(Arc<[u8]>),
    /// A stream: can be sent once.
    Stream,
}

/// [Mode](https://fetch.spec.whatwg.org/#concept-request-mode)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `same-origin`
    SameOrigin,
    /// `cors`
    Cors,
    /// `no-cors`
    NoCors,
    /// `navigate`, which scripts may not ask for.
    Navigate,
    /// `websocket`
    Websocket,
}

/// [Credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialsMode {
    /// Never send, never store.
    Omit,
    /// Only while every response is basic.
    SameOrigin,
    /// Always.
    Include,
}

/// [Redirect mode](https://fetch.spec.whatwg.org/#concept-request-redirect-mode)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectMode {
    /// Follow.
    Follow,
    /// A redirect is a network error.
    Error,
    /// A redirect is an opaque-redirect response.
    Manual,
}

/// [Cache mode](https://fetch.spec.whatwg.org/#concept-request-cache-mode)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the standard's own names")]
pub enum CacheMode {
    Default,
    NoStore,
    Reload,
    NoCache,
    ForceCache,
    OnlyIfCached,
}

/// [Referrer policy](https://w3c.github.io/webappsec-referrer-policy/#referrer-policies)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the standard's own names")]
pub enum ReferrerPolicy {
    /// Not given: the client's, else the default.
    #[default]
    Empty,
    NoReferrer,
    NoReferrerWhenDowngrade,
    SameOrigin,
    Origin,
    StrictOrigin,
    OriginWhenCrossOrigin,
    StrictOriginWhenCrossOrigin,
    UnsafeUrl,
}

/// Who asks, which decides about the unsafe-request flag and the guard of the headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Initiator {
    /// `fetch()`
    #[default]
    Fetch,
    /// `XMLHttpRequest`
    XmlHttpRequest,
    /// `navigator.sendBeacon()`: its Content-Type may be unsafe.
    Beacon,
    /// Markup, or any other API: never an unsafe request.
    Other,
}

/// [Destination](https://fetch.spec.whatwg.org/#concept-request-destination)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the standard's own names")]
pub enum Destination {
    /// `fetch()` and `XMLHttpRequest` have the empty one.
    #[default]
    Empty,
    Audio,
    Document,
    Font,
    Image,
    Manifest,
    Script,
    Style,
    Track,
    Video,
    Worker,
    Json,
    Text,
    AudioWorklet,
    Embed,
    Iframe,
    Object,
    ServiceWorker,
    SharedWorker,
    /// WebKit's own: a handshake.
    WebSocket,
}
