//! A request as it was copied or recorded, as far as a page could have made it.

use std::borrow::Cow;

use corsage::browser::{CredentialsMode, Mode, RedirectMode, ReferrerPolicy};
use corsage_diagnosis::RemarkKind;
use serde::Serialize;

/// What a copy tells of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The URL, absolute unless the copy itself has a relative one.
    pub url: Option<String>,
    /// The method as spelled; `None` where the copy leaves it to the body.
    pub method: Option<String>,
    /// Headers that a page could have set.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is one whose bytes are not in the copy.
    pub data: Option<String>,
    /// The `Content-Type` that the body's own type brings, if no header gives one.
    pub body_type: Option<String>,
    /// Cookies that went along, as in a `Cookie` header.
    pub cookies: Vec<String>,
    /// The page: from `Origin`, else from `Referer`, else from the archive.
    pub page: Option<String>,
    /// The credentials mode, and how sure that is.
    pub credentials: Credentials,
    /// The mode.
    pub mode: Option<Mode>,
    /// What is done with redirects.
    pub redirect: Option<RedirectMode>,
    /// What loads the URL.
    pub load: Load,
    /// The page listens to upload progress.
    pub upload_listener: UploadListener,
    /// The referrer policy.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// What was read differently from how it is written, or could not be read.
    pub remarks: Vec<Remark>,
}

/// A credentials mode that was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// The copy does not tell.
    #[default]
    Unknown,
    /// Somebody wrote it, or cookies prove it.
    Known(CredentialsMode),
    /// A tool derived it from what was sent; the page may have asked for another.
    Guessed(CredentialsMode),
}

/// Whether the page listens to upload progress, which asks for a preflight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UploadListener {
    /// It does not, as far as is known.
    #[default]
    Absent,
    /// It does.
    Registered,
}

/// What loads a URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// `fetch()`, or what cannot be told from it.
    #[default]
    Fetch,
    /// `XMLHttpRequest`
    Xhr,
    /// `<img>` and the like.
    Image,
    /// A classic script, or a module.
    Script,
    /// A style sheet.
    Style,
    /// A font: always with CORS.
    Font,
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Subtitles.
    Track,
    /// A web app manifest.
    Manifest,
    /// `navigator.sendBeacon`, or a ping.
    Beacon,
    /// A page, or a page in a frame: CORS has no say.
    Navigation,
    /// A WebSocket: CORS has no say.
    WebSocket,
    /// A stream of events.
    EventSource,
    /// JSON that a module imports.
    Json,
    /// A module of an audio worklet.
    AudioWorklet,
    /// A worker's script: from the page's own origin only.
    Worker,
    /// A CORS-preflight request that was recorded for itself.
    Preflight,
    /// Something else.
    Other,
}

impl Load {
    /// The load that `Sec-Fetch-Dest` names.
    #[must_use]
    pub fn from_destination(name: &str) -> Option<Self> {
        Some(match name {
            "empty" => return None,
            "image" => Self::Image,
            "script" => Self::Script,
            "style" | "xslt" => Self::Style,
            "font" => Self::Font,
            "audio" => Self::Audio,
            "video" => Self::Video,
            "track" => Self::Track,
            "manifest" => Self::Manifest,
            "json" => Self::Json,
            "audioworklet" => Self::AudioWorklet,
            "document" | "frame" | "iframe" | "fencedframe" | "object" | "embed" => {
                Self::Navigation
            }
            "worker" | "sharedworker" | "serviceworker" => Self::Worker,
            "websocket" => Self::WebSocket,
            "report" => Self::Beacon,
            _ => Self::Other,
        })
    }
}

/// Something to be said about how a copy was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What.
    pub kind: RemarkKind,
    /// The places of its text.
    pub values: Vec<(&'static str, String)>,
}

impl Remark {
    pub(crate) fn new(kind: RemarkKind, values: &[(&'static str, &str)]) -> Self {
        Self {
            kind,
            values: values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        }
    }

    /// The remark in words. Of a long value its begin and its end are shown: a copy may be one word of megabytes.
    #[must_use]
    pub fn text(&self, language: corsage_diagnosis::Language) -> String {
        let shown: Vec<(&str, Cow<'_, str>)> =
            self.values.iter().map(|(name, value)| (*name, without_middle(value))).collect();
        let values: Vec<(&str, &str)> =
            shown.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        corsage_texts::fill(self.kind.text(language), &values)
    }
}

/// Longer than any URL or list of names that is read as a whole.
const SHOWN_CHARACTERS: usize = 500;

fn without_middle(value: &str) -> Cow<'_, str> {
    let count = value.chars().count();
    if count <= SHOWN_CHARACTERS {
        return Cow::Borrowed(value);
    }
    let start: String = value.chars().take(SHOWN_CHARACTERS / 2).collect();
    let end: String = value.chars().skip(count - SHOWN_CHARACTERS / 2).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// In place of a header's value that nobody recorded. No header's value is safelisted with it.
pub(crate) const NOT_RECORDED: &str = "(not recorded)";

impl Copied {
    pub(crate) fn remark(&mut self, kind: RemarkKind, values: &[(&'static str, &str)]) {
        let remark = Remark::new(kind, values);
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    #[cfg(feature = "javascript")]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The modes that a page can ask for.
pub(crate) fn mode(name: &str) -> Option<Mode> {
    match name {
        "cors" => Some(Mode::Cors),
        "no-cors" => Some(Mode::NoCors),
        "same-origin" => Some(Mode::SameOrigin),
        "navigate" => Some(Mode::Navigate),
        "websocket" => Some(Mode::Websocket),
        _ => None,
    }
}
