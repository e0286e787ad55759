//! A browser: what its pages share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use corsage::browser::{Client, CookieContext, PreflightCache, Profile, WireRequest, WireResponse};
use corsage::terms::{OpaqueOrigin, Origin};
use url::Url;

use crate::authentication::AuthenticationEntries;
use crate::cookies::{CookieJar, Source};
use crate::http_cache::HttpCache;
use crate::keepalive::InFlight;
use crate::net::Network;
use crate::{BrowserBuilder, Page, PageError, ResponseBody, SendError, ThirdPartyCookies};

/// Cookies, caches and connections, shared by any number of pages. Clones share them too.
#[derive(Clone, Debug)]
pub struct Browser {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) profile: Profile,
    pub(crate) network: Network,
    pub(crate) preflights: Mutex<PreflightCache>,
    pub(crate) cookies: Mutex<CookieJar>,
    pub(crate) cache: Mutex<HttpCache>,
    pub(crate) authentication: Mutex<AuthenticationEntries>,
    pub(crate) keepalive: InFlight,
    pub(crate) started: Instant,
}

/// A panic elsewhere does not make what is behind a lock wrong: nothing is changed by halves.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A browser with the default settings: the standard's behaviour, the system's root certificates.
    #[must_use]
    pub fn new() -> Self {
        match Self::builder().build() {
            Ok(browser) => browser,
            Err(error) => unreachable!("the defaults name no rule and no certificate: {error}"),
        }
    }

    /// Settings.
    #[must_use]
    pub fn builder() -> BrowserBuilder {
        BrowserBuilder::default()
    }

    pub(crate) fn with(profile: Profile, network: Network, third_party: ThirdPartyCookies) -> Self {
        Self {
            shared: Arc::new(Shared {
                profile,
                network,
                preflights: Mutex::default(),
                cookies: Mutex::new(CookieJar::new(third_party)),
                cache: Mutex::default(),
                authentication: Mutex::default(),
                keepalive: InFlight::default(),
                started: Instant::now(),
            }),
        }
    }

    /// A top-level page, by its origin or its address; `null` for a page with an opaque origin.
    ///
    /// # Errors
    /// What is neither.
    pub fn page(&self, address: &str) -> Result<Page, PageError> {
        if address == "null" {
            let origin = Origin::Opaque(OpaqueOrigin(0));
            return Ok(self.page_of(Client { url: None, ..Client::page(origin) }));
        }
        let fail = |cause: String| PageError { text: address.to_owned(), cause };
        let url = Url::parse(address).map_err(|error| fail(error.to_string()))?;
        let origin = Origin::from_url(&url)
            .ok_or_else(|| fail("its origin is opaque; write null to mean that".into()))?;
        Ok(self.page_of(Client { url: Some(url), ..Client::page(origin) }))
    }

    /// A page in full detail.
    #[must_use]
    pub fn page_of(&self, client: Client) -> Page {
        Page { browser: self.clone(), client }
    }

    /// Sends one message of the fetch machine, and hands back the head of its response: for those
    /// who step [`corsage::browser::fetch`] themselves, because they want to record, hold back, or
    /// change messages. Cookies take part as the message says; the HTTP cache does not, and the body
    /// is not read.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use corsage::browser::{Client, CookieContext, PreflightCache, Profile, Request, RequestInit, Step, fetch};
    /// use corsage::terms::Origin;
    /// use std::time::Duration;
    ///
    /// let page = Client::page(Origin::parse("https://app.example")?);
    /// let init = RequestInit { url: "https://api.example/".into(), ..RequestInit::default() };
    /// let request = Request::new(init, &page, Profile::Chromium).map_err(|e| e.code.as_str())?;
    /// let mut cache = PreflightCache::new();
    /// let step = fetch(request, &page, Profile::Chromium, &mut cache, Duration::ZERO);
    /// if let Step::Send(pending) = step {
    ///     let response = corsage_client::Browser::new().send(pending.wire()).await?;
    ///     println!("{}", response.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No response.
    pub async fn send(&self, wire: &WireRequest) -> Result<WireResponse, SendError> {
        crate::fetch::send(self, wire).await
    }

    /// Like [`Browser::send`], with the body, which is read only as far as it is asked for.
    ///
    /// # Errors
    /// No response.
    pub async fn send_with_body(
        &self,
        wire: &WireRequest,
    ) -> Result<(WireResponse, ResponseBody), SendError> {
        crate::fetch::send_whole(self, wire).await
    }

    /// Sends one message with exactly these headers and no others (`Host` is added where it is absent), and reads
    /// at most `limit` bytes of its body: for auditors, which ask as a page would and name what the page cannot.
    /// Neither cookies nor caches take part, no redirect is followed, nothing is decoded, and each request has a
    /// connection of its own.
    ///
    /// # Errors
    /// No response.
    pub async fn send_exactly(
        &self,
        wire: &WireRequest,
        limit: usize,
    ) -> Result<(WireResponse, Vec<u8>), SendError> {
        crate::fetch::send_exactly(self, wire, limit).await
    }

    /// Whose behaviour it shows.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.shared.profile
    }

    /// Empties the cookie jar, the HTTP cache and the preflight cache, forgets credentials, and closes
    /// idle connections.
    pub fn reset(&self) {
        lock(&self.shared.preflights).clear();
        lock(&self.shared.cookies).clear();
        lock(&self.shared.cache).clear();
        lock(&self.shared.authentication).clear();
        self.shared.network.close_idle();
    }

    /// `document.cookie` of a page at that URL.
    #[must_use]
    pub fn document_cookie(&self, url: &Url) -> String {
        let mut cookies = lock(&self.shared.cookies);
        let found =
            cookies.cookie_string(url, Source::Script, CookieContext::Strict, SystemTime::now());
        String::from_utf8_lossy(&found.unwrap_or_default()).into_owned()
    }

    /// Sets a cookie as a page at that URL would: `document.cookie = value`.
    pub fn set_document_cookie(&self, url: &Url, value: &str) {
        let mut cookies = lock(&self.shared.cookies);
        let (source, context) = (Source::Script, CookieContext::Strict);
        cookies.set(url, value.as_bytes(), source, context, SystemTime::now());
    }

    pub(crate) fn now(&self) -> Duration {
        self.shared.started.elapsed()
    }
}
