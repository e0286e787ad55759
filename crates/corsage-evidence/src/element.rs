//! What loads a URL, in the engine's terms: an element or a constructor with its attributes, as far as a copy tells.

use corsage::browser::load::{Load as Asked, LoadKind};
use corsage::browser::{CredentialsMode, Mode};

use crate::request::{Copied, Load};

impl Load {
    /// The engine's kind; `None` for what a script fetches, and for what CORS has no say in. A script with CORS is a module
    /// as likely as one with `crossorigin`, and both fail alike.
    ///
    /// ```
    /// use corsage::browser::{Mode, load::LoadKind};
    /// use corsage_evidence::Load;
    /// assert_eq!(Load::Script.kind(Some(Mode::NoCors)), Some(LoadKind::Script));
    /// assert_eq!(Load::Script.kind(Some(Mode::Cors)), Some(LoadKind::ModuleScript));
    /// assert_eq!(Load::Fetch.kind(Some(Mode::Cors)), None);
    /// ```
    #[must_use]
    pub fn kind(self, mode: Option<Mode>) -> Option<LoadKind> {
        Some(match self {
            Self::Image => LoadKind::Image,
            Self::Script if mode == Some(Mode::Cors) => LoadKind::ModuleScript,
            Self::Script => LoadKind::Script,
            Self::Style => LoadKind::Style,
            Self::Font => LoadKind::Font,
            Self::Audio => LoadKind::Audio,
            Self::Video => LoadKind::Video,
            Self::Track => LoadKind::Track,
            Self::Manifest => LoadKind::Manifest,
            Self::Json => LoadKind::JsonImport,
            Self::AudioWorklet => LoadKind::AudioWorklet,
            Self::Beacon => LoadKind::Beacon,
            Self::EventSource => LoadKind::EventSource,
            // The script itself is the page's own; of another origin are only the modules that it imports.
            Self::Worker if mode == Some(Mode::Cors) => LoadKind::ModuleImport,
            Self::Worker => LoadKind::Worker,
            Self::Fetch
            | Self::Xhr
            | Self::Navigation
            | Self::WebSocket
            | Self::Preflight
            | Self::Other => return None,
        })
    }
}

impl Copied {
    /// The load of that kind, as a page would have written it to ask in the copied mode and in these credentials.
    pub(crate) fn element(&self, kind: LoadKind, credentials: CredentialsMode) -> Asked {
        let url = self.url.clone().unwrap_or_default();
        match kind {
            LoadKind::Beacon => Asked::beacon(url, self.sent_type()),
            LoadKind::Preload => Asked::preload(url, "font"),
            LoadKind::EventSource => Asked::new(kind, url).credentials(credentials),
            _ if self.mode != Some(Mode::Cors) => Asked::new(kind, url),
            _ if credentials == CredentialsMode::Include => {
                Asked::new(kind, url).crossorigin("use-credentials")
            }
            // Who asks with CORS anyway needs no attribute.
            _ => {
                let plain = Asked::new(kind, url);
                plain.with_crossorigin().unwrap_or(plain)
            }
        }
    }

    /// The type of what is sent.
    fn sent_type(&self) -> Option<&str> {
        let named = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        named.map(|(_, value)| value.as_str()).or(self.body_type.as_deref())
    }
}
