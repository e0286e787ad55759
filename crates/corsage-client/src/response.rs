//! What a script gets.

use corsage::browser::{FilteredResponse, HeaderList, ResponseType, Transcript};
use url::Url;

use crate::{Exchange, FetchError, ResponseBody};

/// A response as a script sees it, and beside it what no script sees: how it came about.
#[derive(Debug)]
pub struct Response {
    pub(crate) filtered: FilteredResponse,
    pub(crate) body: ResponseBody,
    pub(crate) transcript: Transcript,
    pub(crate) exchanges: Vec<Exchange>,
}

impl Response {
    /// `response.type`
    #[must_use]
    pub fn response_type(&self) -> ResponseType {
        self.filtered.response_type()
    }

    /// `response.status`
    #[must_use]
    pub fn status(&self) -> u16 {
        self.filtered.status()
    }

    /// `response.statusText`
    #[must_use]
    pub fn status_text(&self) -> String {
        self.filtered.status_text().iter().map(|byte| char::from(*byte)).collect()
    }

    /// The headers that a script can read.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        self.filtered.headers()
    }

    /// One header, all its lines joined.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.filtered.headers().get(name.as_bytes())?;
        Some(value.iter().map(|byte| char::from(*byte)).collect())
    }

    /// `response.url`; `None` where it is the empty string.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        self.filtered.url()
    }

    /// `response.redirected`
    #[must_use]
    pub fn redirected(&self) -> bool {
        self.filtered.redirected()
    }

    /// Whether `response.body` is null.
    #[must_use]
    pub fn is_body_null(&self) -> bool {
        use corsage::browser::BodyAccess;
        matches!(self.filtered.body(), BodyAccess::Null | BodyAccess::Hidden)
    }

    /// The body, piece by piece.
    pub fn body(&mut self) -> &mut ResponseBody {
        &mut self.body
    }

    /// `response.bytes()`
    ///
    /// # Errors
    /// A body that breaks off, or cannot be decoded.
    pub async fn bytes(&mut self) -> Result<Vec<u8>, FetchError> {
        self.body.read_to_end().await
    }

    /// `response.text()`
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn text(&mut self) -> Result<String, FetchError> {
        let bytes = self.bytes().await?;
        // UTF-8 decode: a byte order mark is no part of the text.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Every step of the fetch.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The messages as they passed, with times and addresses.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }
}
