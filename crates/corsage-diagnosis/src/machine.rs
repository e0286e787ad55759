//! The few things that are asked of the core's values again and again.

use corsage::browser::{Header, HeaderList};
use corsage::terms::site::is_same_site;
use corsage::terms::{BundledPublicSuffixes, Origin};
use url::Url;

/// The lines of a header list, in order.
pub(crate) fn lines_of(headers: &HeaderList) -> impl Iterator<Item = &Header> {
    headers.iter()
}

/// A header list of these lines.
pub(crate) fn list_of(lines: Vec<Header>) -> HeaderList {
    lines.into_iter().collect()
}

/// Whether a URL is of another site than an origin.
pub(crate) fn is_cross_site(url: &Url, origin: &Origin) -> bool {
    Origin::from_url(url)
        .is_none_or(|target| !is_same_site(&target, origin, &BundledPublicSuffixes))
}

/// Bytes as text: what is not UTF-8 appears as `\xNN`.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02X}"));
        }
    }
    out
}
