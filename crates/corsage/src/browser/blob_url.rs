//! [Blob URLs](https://w3c.github.io/FileAPI/#url): bytes that a page holds, under a URL of its own.

use std::sync::Arc;

use url::Url;

use super::HeaderList;

/// An entry of a page's [blob URL store](https://w3c.github.io/FileAPI/#BlobURLStore). Give a [`Client`](super::Client)
/// those of its own storage partition: to a page of another, there is no such URL.
///
/// ```
/// use corsage::browser::{BlobUrl, BodyAccess, Client, PreflightCache, Profile, Request, RequestInit, Step, fetch};
/// use corsage::terms::Origin;
/// use std::time::Duration;
///
/// let mut page = Client::page(Origin::parse("https://app.example").unwrap());
/// let url = "blob:https://app.example/1b2c";
/// page.blobs.push(BlobUrl::new(url, "text/plain", *b"hi").unwrap());
/// let init = RequestInit { url: url.into(), ..RequestInit::default() };
/// let request = Request::new(init, &page, Profile::Standard).unwrap();
/// let step = fetch(request, &page, Profile::Standard, &mut PreflightCache::new(), Duration::ZERO);
/// let Step::Finish(end) = step else { panic!("no network is asked") };
/// assert_eq!(end.outcome.unwrap().body(), &BodyAccess::Bytes(b"hi".to_vec()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobUrl {
    url: Url,
    content_type: String,
    bytes: Arc<[u8]>,
}

impl BlobUrl {
    /// Bytes under a URL; `None` if that is no `blob:` URL. `content_type` is the blob's `type`, which may be
    /// empty.
    #[must_use]
    pub fn new(url: &str, content_type: &str, bytes: impl Into<Arc<[u8]>>) -> Option<Self> {
        let mut url = Url::parse(url).ok().filter(|url| url.scheme() == "blob")?;
        url.set_fragment(None);
        Some(Self { url, content_type: content_type.to_owned(), bytes: bytes.into() })
    }

    pub(crate) fn is_at(&self, url: &Url) -> bool {
        self.url.as_str() == &url[..url::Position::AfterQuery]
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch), for "blob": the whole, or the one range
    /// that is asked for; `None` where that is no range of it.
    pub(crate) fn answer(&self, range: Option<&[u8]>) -> Option<BlobAnswer> {
        let full = self.bytes.len();
        let mut headers = HeaderList::new();
        let (status, status_text, bytes) = match range {
            None => (200, &b"OK"[..], &self.bytes[..]),
            Some(range) => {
                let (start, end) = within(range, full)?;
                headers.append("Content-Range", format!("bytes {start}-{end}/{full}"));
                (206, &b"Partial Content"[..], &self.bytes[start..=end])
            }
        };
        headers.append("Content-Length", bytes.len().to_string());
        headers.append("Content-Type", &self.content_type);
        let (status_text, bytes) = (status_text.to_vec(), bytes.to_vec());
        Some(BlobAnswer { status, status_text, headers, bytes })
    }
}

/// What stands under a blob URL, as a response.
pub(crate) struct BlobAnswer {
    pub(crate) status: u16,
    pub(crate) status_text: Vec<u8>,
    pub(crate) headers: HeaderList,
    pub(crate) bytes: Vec<u8>,
}

/// [Parse a single range header value](https://fetch.spec.whatwg.org/#simple-range-header-value), blanks allowed, as
/// the first and the last byte of so many.
fn within(range: &[u8], full: usize) -> Option<(usize, usize)> {
    let text = std::str::from_utf8(range).ok()?.strip_prefix("bytes")?;
    let (start, end) = text.trim_start().strip_prefix('=')?.split_once('-')?;
    let number = |text: &str| -> Option<Option<usize>> {
        let digits = text.trim_matches([' ', '\t']);
        match digits {
            "" => Some(None),
            _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                // More than any blob has.
                Some(Some(digits.parse().unwrap_or(usize::MAX)))
            }
            _ => None,
        }
    };
    let last = full.checked_sub(1)?;
    let (start, end) = match (number(start)?, number(end)?) {
        (None, None) => return None,
        (None, Some(count)) => (full.saturating_sub(count), last),
        (Some(start), end) => (start, end.unwrap_or(last).min(last)),
    };
    (start <= end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn ranges_of_ten_bytes() {
        for (range, found) in [
            ("bytes=0-3", Some((0, 3))),
            ("bytes = 2-", Some((2, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-99", Some((0, 9))),
            ("bytes=5-99999999999999999999999", Some((5, 9))),
            ("bytes=-", None),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=-0", None),
            ("items=0-1", None),
            ("bytes=0-1,3-4", None),
            ("bytes=+1-2", None),
        ] {
            assert_eq!(within(range.as_bytes(), 10), found, "{range}");
        }
        assert_eq!(within(b"bytes=0-", 0), None);
    }
}
