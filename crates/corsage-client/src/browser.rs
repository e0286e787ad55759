//! A browser: what its pages share.

use std::sync::Arc;
use std::time::SystemTime;

use corsage::browser::{CookieContext, Profile, WireRequest, WireResponse};
use url::Url;

use crate::cookies::Source;
use crate::fetch;
use crate::lock::lock;
use crate::shared::Shared;
use crate::{ResponseBody, SendError};

/// Cookies, caches and connections, shared by any number of pages. Clones share them too.
#[derive(Clone, Debug)]
pub struct Browser {
    pub(crate) shared: Arc<Shared>,
}

impl Browser {
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
        fetch::send(&self.shared, wire).await
    }

    /// Like [`Browser::send`], with the body, which is read only as far as it is asked for.
    ///
    /// # Errors
    /// No response.
    pub async fn send_with_body(
        &self,
        wire: &WireRequest,
    ) -> Result<(WireResponse, ResponseBody), SendError> {
        fetch::send_whole(&self.shared, wire).await
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
        fetch::send_exactly(&self.shared, wire, limit).await
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
}
