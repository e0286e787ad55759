//! What a page asks for.

use std::fmt;
use std::sync::Arc;

use crate::ask::{Ask, page_of};
use crate::{Failure, Server, drive};
use corsage::browser::{
    Body, Client, CredentialsMode, FilteredResponse, Mode, Profile, RedirectMode, RequestInit,
};

/// A `fetch()` of a page: who asks, for what, in which browsers.
///
/// ```
/// use corsage_test::PageFetch;
/// let fetch = PageFetch::new("https://api.example/items")
///     .from("https://app.example")
///     .method("PUT")
///     .header("x-token", "1");
/// assert_eq!(fetch.to_string(), "PUT https://api.example/items with x-token");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fetch does nothing until it is asserted or run"]
pub struct PageFetch {
    pub(crate) origin: String,
    pub(crate) init: RequestInit,
    pub(crate) browser: Profile,
    /// Further ones.
    pub(crate) browsers: &'static [Profile],
    pub(crate) cookies: Vec<String>,
    pub(crate) reads: Vec<String>,
}

impl PageFetch {
    /// A plain GET by a page of `https://page.example`, judged by the Fetch standard.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            origin: "https://page.example".to_owned(),
            init: RequestInit { url: url.into(), ..RequestInit::default() },
            browser: Profile::Standard,
            browsers: &[],
            cookies: Vec::new(),
            reads: Vec::new(),
        }
    }

    /// The page's origin; `null` is that of a sandboxed frame or a file.
    pub fn from(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// The method, as a script spells it.
    pub fn method(mut self, method: impl AsRef<[u8]>) -> Self {
        self.init.method = Some(method.as_ref().to_vec());
        self
    }

    /// A header of the script's.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.init.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// The body. A `Content-Type` is not implied.
    pub fn body(mut self, body: impl Into<Arc<[u8]>>) -> Self {
        self.init.body = Some(Body::Bytes(body.into()));
        self
    }

    /// `credentials`, which is `same-origin` if it is not given.
    pub fn credentials(mut self, mode: CredentialsMode) -> Self {
        self.init.credentials = Some(mode);
        self
    }

    /// A cookie that the browser holds for the server, as `name=value`; sent with requests that include
    /// credentials, and so never with a preflight.
    pub fn cookie(mut self, pair: impl Into<String>) -> Self {
        self.cookies.push(pair.into());
        self
    }

    /// `redirect`, which is `follow` if it is not given.
    pub fn redirect(mut self, mode: RedirectMode) -> Self {
        self.init.redirect = Some(mode);
        self
    }

    /// `mode`, which is `cors` if it is not given.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.init.mode = Some(mode);
        self
    }

    /// Everything else that `fetch()` can be told.
    ///
    /// ```
    /// # use corsage_test::PageFetch;
    /// // An upload that shows its progress: a preflight is due for any method.
    /// let fetch = PageFetch::new("https://api.example/upload")
    ///     .method("POST")
    ///     .init(|init| init.use_cors_preflight = true);
    /// # let _ = fetch;
    /// ```
    pub fn init(mut self, change: impl FnOnce(&mut RequestInit)) -> Self {
        change(&mut self.init);
        self
    }

    /// A header of the response that the page is to read: it must be there, and exposed.
    pub fn reads(mut self, name: impl Into<String>) -> Self {
        self.reads.push(name.into());
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

    /// Fetches, and answers with what the page gets. Of several browsers, with what the first gets that
    /// gets nothing, else with what the last gets.
    ///
    /// # Errors
    /// Why the page gets nothing.
    pub async fn run(&self, server: &impl Server) -> Result<FilteredResponse, Failure> {
        let mut result = self.run_in(self.browser, server).await;
        for browser in self.browsers {
            if result.is_ok() {
                result = self.run_in(*browser, server).await;
            }
        }
        result
    }
}

impl Ask for PageFetch {
    type Seen = FilteredResponse;

    fn page(&self) -> String {
        format!("a page of {}", self.origin)
    }

    fn browsers(&self) -> impl Iterator<Item = Profile> {
        std::iter::once(self.browser).chain(self.browsers.iter().copied())
    }

    async fn run_in(
        &self,
        browser: Profile,
        server: &impl Server,
    ) -> Result<FilteredResponse, Failure> {
        let origin = page_of(&self.origin)?;
        let client = Client::page(origin);
        drive::drive(&self.init, &self.reads, &self.cookies, &client, browser, server).await
    }

    fn tell(seen: &FilteredResponse) -> String {
        format!("it reads a response of status {}", seen.status())
    }
}

impl fmt::Display for PageFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.init.method.as_deref().unwrap_or(b"GET").escape_ascii();
        write!(f, "{method} {}", self.init.url)?;
        let names: Vec<String> =
            self.init.headers.iter().map(|(name, _)| name.escape_ascii().to_string()).collect();
        if !names.is_empty() {
            write!(f, " with {}", names.join(", "))?;
        }
        Ok(())
    }
}
