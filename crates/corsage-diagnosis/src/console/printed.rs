//! From a code and its occasion to the console lines of the three browsers.

use corsage::browser::load::LoadKind;
use corsage::browser::{Code, Destination, Profile};
use schemars::JsonSchema;
use serde::Serialize;

use super::{chromium, firefox, webkit};

/// A browser whose console is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    /// Chrome, Edge, and what else is built on Chromium.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari, and every browser on iOS.
    Webkit,
}

impl Browser {
    /// All three, in the order in which accounts list them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// The machine's profile of this browser.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Chromium => Profile::Chromium,
            Self::Firefox => Profile::Firefox,
            Self::Webkit => Profile::Webkit,
        }
    }

    /// The name that people know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chrome",
            Self::Firefox => "Firefox",
            Self::Webkit => "Safari",
        }
    }
}

/// The API that the script called; browsers name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Api {
    /// `fetch()`
    #[default]
    Fetch,
    /// `XMLHttpRequest`
    XmlHttpRequest,
    /// An element or a style sheet, by what it loads.
    Element(Destination),
    /// A load of that kind, and what it is for.
    Load(LoadKind, Destination),
}

/// What a response may be read as when it arrives: the standard's *response tainting*. CORS has a say in the last only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tainting {
    /// The page's own.
    Basic,
    /// Another origin's, in mode `no-cors`.
    Opaque,
    /// Another origin's.
    #[default]
    Cors,
}

impl Api {
    /// The kind of a load that is no `fetch()`.
    pub(super) const fn load(self) -> Option<LoadKind> {
        match self {
            Self::Load(kind, _) => Some(kind),
            Self::Fetch | Self::XmlHttpRequest | Self::Element(_) => None,
        }
    }
}

/// On what occasion a code appears: what the console lines mention.
#[derive(Clone, Debug)]
pub struct Occasion<'a> {
    /// The code.
    pub code: Code,
    /// Which API was called.
    pub api: Api,
    /// The request's method.
    pub method: &'a str,
    /// The URL whose response failed.
    pub url: &'a str,
    /// The URL that the page asked for.
    pub first_url: &'a str,
    /// As what it was asked for.
    pub tainting: Tainting,
    /// Where that response redirects to, if it does.
    pub redirects_to: Option<&'a str>,
    /// The page's origin.
    pub page_origin: &'a str,
    /// The origin as sent: `null` once tainted.
    pub sent_origin: &'a str,
    /// The header's value, all lines joined.
    pub seen: Option<&'a str>,
    /// On how many lines the header was.
    pub lines: usize,
    /// The method, header or URL in question.
    pub subject: Option<&'a str>,
    /// The status of that response.
    pub status: Option<u16>,
    /// Whether the loader of a document's scripts tells of the failure: not in workers, not where an integrity is checked,
    /// and not of a module that was preloaded.
    pub reports_script: bool,
    /// Whether the page asked another site.
    pub is_cross_site: bool,
}

/// An address without its fragment.
pub(super) fn file(url: &str) -> &str {
    url.split_once('#').map_or(url, |(file, _)| file)
}

/// What a browser prints, line by line. Empty where it prints nothing but the exception.
#[must_use]
pub fn printed(browser: Browser, occasion: &Occasion<'_>) -> Vec<String> {
    match browser {
        Browser::Chromium => chromium::printed(occasion),
        Browser::Firefox => firefox::printed(occasion),
        Browser::Webkit => webkit::printed(occasion),
    }
}
