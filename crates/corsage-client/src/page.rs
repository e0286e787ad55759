//! A page: who fetches.

use corsage::browser::{Body, Client, RequestInit};
use corsage::terms::{OpaqueOrigin, Origin};
use url::Url;

use crate::{Browser, FetchError, PageError, RequestBody, Response, fetch};

/// A page of a browser, from which things are fetched.
#[derive(Clone, Debug)]
pub struct Page {
    browser: Browser,
    client: Client,
}

impl Browser {
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
}

impl Page {
    /// `fetch(url, init)`: a preflight first where one is due, redirects followed as asked, cookies and
    /// caches used as a browser would. Dropping the future aborts the fetch.
    ///
    /// # Errors
    /// What makes a script's promise reject.
    pub async fn fetch(&self, init: RequestInit) -> Result<Response, FetchError> {
        fetch::fetch(&self.browser.shared, &self.client, init, None).await
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
        fetch::fetch(&self.browser.shared, &self.client, init, Some(body)).await
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
