//! What a page loads without `fetch()`.

use std::fmt;

use corsage::browser::load::{Load, Sight};
use corsage::browser::{Client, EmbedderPolicy, Profile};

use crate::ask::{Ask, page_of};
use crate::drive::{self, Wants};
use crate::{Failure, Server};

/// A load of a page, an image, a script, a font, a beacon: who asks, for what, in which browsers.
///
/// Bodies are not read: what a response declares itself to be is what it is taken for, and `integrity` is taken to match.
///
/// A [`Load`] can be asserted as it is, for a page of `https://page.example` and the standard's browser.
///
/// ```
/// use corsage_test::{Load, PageLoad};
/// let load = PageLoad::new(Load::image("https://cdn.example/a.png").crossorigin("anonymous"))
///     .from("https://app.example")
///     .looks_into()
///     .in_every_browser();
/// assert_eq!(load.to_string(), "load image https://cdn.example/a.png");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a load does nothing until it is asserted or run"]
pub struct PageLoad {
    pub(crate) origin: String,
    pub(crate) load: Load,
    pub(crate) browser: Profile,
    pub(crate) browsers: &'static [Profile],
    pub(crate) cookies: Vec<String>,
    pub(crate) wants: Wants,
    pub(crate) embedder_policy: EmbedderPolicy,
}

impl PageLoad {
    /// A load by a page of `https://page.example`, judged by the standards.
    pub fn new(load: Load) -> Self {
        Self {
            origin: "https://page.example".to_owned(),
            load,
            browser: Profile::Standard,
            browsers: &[],
            cookies: Vec::new(),
            wants: Wants::ToUse,
            embedder_policy: EmbedderPolicy::UnsafeNone,
        }
    }

    /// The page's origin; `null` is that of a sandboxed frame or a file.
    pub fn from(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// A cookie that the browser holds for the server, as `name=value`.
    pub fn cookie(mut self, pair: impl Into<String>) -> Self {
        self.cookies.push(pair.into());
        self
    }

    /// The page looks into what came: pixels on a canvas, rules of a style sheet, a script's errors, a frame's document.
    /// That asks for more than showing it.
    pub fn looks_into(mut self) -> Self {
        self.wants = Wants::ToLookInto;
        self
    }

    /// The page's `Cross-Origin-Embedder-Policy`.
    pub fn embedder_policy(mut self, policy: EmbedderPolicy) -> Self {
        self.embedder_policy = policy;
        self
    }

    /// Whose browser judges; the standard's if it is not given.
    pub fn in_browser(mut self, browser: Profile) -> Self {
        self.browser = browser;
        self.browsers = &[];
        self
    }

    /// Chromium, Firefox, WebKit and the standard judge, one after another: the server is asked by each.
    pub fn in_every_browser(mut self) -> Self {
        self.browser = Profile::Standard;
        self.browsers = &[Profile::Chromium, Profile::Firefox, Profile::Webkit];
        self
    }
}

impl Ask for PageLoad {
    type Seen = Sight;

    fn page(&self) -> String {
        format!("a page of {}", self.origin)
    }

    fn browsers(&self) -> impl Iterator<Item = Profile> {
        std::iter::once(self.browser).chain(self.browsers.iter().copied())
    }

    async fn run_in(&self, browser: Profile, server: &impl Server) -> Result<Sight, Failure> {
        let mut client = Client::page(page_of(&self.origin)?);
        client.embedder_policy = self.embedder_policy;
        drive::drive_load(&self.load, self.wants, &self.cookies, &client, browser, server).await
    }

    fn tell(seen: &Sight) -> String {
        format!("it sees `{}`", seen.event)
    }
}

impl Ask for Load {
    type Seen = Sight;

    fn page(&self) -> String {
        PageLoad::new(self.clone()).page()
    }

    fn browsers(&self) -> impl Iterator<Item = Profile> {
        std::iter::once(Profile::Standard)
    }

    async fn run_in(&self, browser: Profile, server: &impl Server) -> Result<Sight, Failure> {
        PageLoad::new(self.clone()).run_in(browser, server).await
    }

    fn tell(seen: &Sight) -> String {
        PageLoad::tell(seen)
    }
}

impl fmt::Display for PageLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load {}", self.load)
    }
}
