//! The kinds of loads, and their names.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Who asks, and for what.
        ///
        /// ```
        /// use corsage::browser::load::LoadKind;
        /// assert_eq!("image".parse(), Ok(LoadKind::Image));
        /// assert_eq!(LoadKind::StyleImport.as_str(), "style-import");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LoadKind { $($(#[$doc])* $variant,)* }

        impl LoadKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name on command lines and in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// `<img>`, `new Image()`.
    Image = "image",
    /// `<input type=image>`.
    ImageInput = "image-input",
    /// `<video poster>`.
    Poster = "poster",
    /// `<image>` in SVG.
    SvgImage = "svg-image",
    /// `<use href>` in SVG, of another file.
    SvgUse = "svg-use",
    /// `background-image`, `list-style-image`, `cursor`.
    BackgroundImage = "background-image",
    /// `border-image-source`.
    BorderImage = "border-image",
    /// `content: url()`.
    ContentImage = "content-image",
    /// `mask-image`.
    MaskImage = "mask-image",
    /// `shape-outside: url()`.
    ShapeOutside = "shape-outside",
    /// `clip-path: url()`.
    ClipPath = "clip-path",
    /// `filter: url()`.
    Filter = "filter",
    /// `<audio>`, `new Audio()`.
    Audio = "audio",
    /// `<video>`.
    Video = "video",
    /// `<track>`.
    Track = "track",
    /// `<script>`.
    Script = "script",
    /// `<script type=module>`.
    ModuleScript = "module",
    /// `import … from`.
    ModuleImport = "module-import",
    /// `import()`.
    DynamicImport = "dynamic-import",
    /// `import(…, { with: { type: "json" } })`.
    JsonImport = "json-import",
    /// `import(…, { with: { type: "css" } })`.
    CssModuleImport = "css-module-import",
    /// `<link rel=stylesheet>`.
    Style = "style",
    /// `@import`.
    StyleImport = "style-import",
    /// `@font-face`, `new FontFace()`.
    Font = "font",
    /// `<link rel=preload>`.
    Preload = "preload",
    /// `<link rel=modulepreload>`.
    ModulePreload = "modulepreload",
    /// `<link rel=manifest>`.
    Manifest = "manifest",
    /// `<iframe>`.
    Iframe = "iframe",
    /// `<object>`.
    Object = "object",
    /// `<embed>`.
    Embed = "embed",
    /// `<form>` whose target is a frame.
    Form = "form",
    /// `new EventSource()`.
    EventSource = "event-source",
    /// `navigator.sendBeacon()`.
    Beacon = "beacon",
    /// `<a ping>`.
    Ping = "ping",
    /// `new Worker()`.
    Worker = "worker",
    /// `new SharedWorker()`.
    SharedWorker = "shared-worker",
    /// `navigator.serviceWorker.register()`.
    ServiceWorker = "service-worker",
    /// `importScripts()`.
    ImportScripts = "import-scripts",
    /// `audioWorklet.addModule()`.
    AudioWorklet = "audio-worklet",
    /// `new WebSocket()`.
    WebSocket = "web-socket",
    /// `fetch()`, for what is preloaded for it.
    Fetch = "fetch",
}

impl LoadKind {
    /// Whether a module is asked for.
    pub(super) const fn is_module(self) -> bool {
        matches!(
            self,
            Self::ModuleScript
                | Self::ModuleImport
                | Self::ModulePreload
                | Self::DynamicImport
                | Self::JsonImport
                | Self::CssModuleImport
        )
    }

    /// Whether a load makes a document, or an image, in a frame of the page.
    pub(super) const fn is_frame(self) -> bool {
        matches!(self, Self::Iframe | Self::Object | Self::Embed | Self::Form)
    }
}

impl std::fmt::Display for LoadKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No kind has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLoadKind;

impl std::fmt::Display for UnknownLoadKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the kinds of loads are ")?;
        for (position, kind) in LoadKind::ALL.iter().enumerate() {
            write!(f, "{}{kind}", if position > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownLoadKind {}

impl std::str::FromStr for LoadKind {
    type Err = UnknownLoadKind;

    fn from_str(name: &str) -> Result<Self, UnknownLoadKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownLoadKind)
    }
}
