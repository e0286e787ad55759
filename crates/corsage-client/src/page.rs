//! A page: who fetches.

use corsage::browser::{Body, Client, RequestInit};

use crate::{Browser, FetchError, RequestBody, Response, fetch};

/// A page of a browser, from which things are fetched.
#[derive(Clone, Debug)]
pub struct Page {
    pub(crate) browser: Browser,
    pub(crate) client: Client,
}

impl Page {
    /// `fetch(url, init)`: a preflight first where one is due, redirects followed as asked, cookies and
    /// caches used as a browser would. Dropping the future aborts the fetch.
    ///
    /// # Errors
    /// What makes a script's promise reject.
    pub async fn fetch(&self, init: RequestInit) -> Result<Response, FetchError> {
        fetch::fetch(&self.browser, &self.client, init, None).await
    }

    /// As [`fetch`](Self::fetch), with a stream as the request's body: `duplex: "half"`. The server has to
    /// speak HTTP/2.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn upload(
        &self,
        mut init: RequestInit,
        body: RequestBody,
    ) -> Result<Response, FetchError> {
        init.body = Some(Body::Stream);
        init.duplex_half = true;
        fetch::fetch(&self.browser, &self.client, init, Some(body)).await
    }

    /// A plain GET.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn get(&self, url: impl Into<String>) -> Result<Response, FetchError> {
        self.fetch(RequestInit { url: url.into(), ..RequestInit::default() }).await
    }

    /// The page, as the machine sees it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The browser that the page is in.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }
}
