//! [Opaque Response Blocking](https://github.com/annevk/orb): what no element has a use for does not reach it.
//!
//! Not in the Fetch standard yet; two engines have it, each in its own version.

use super::answer::Answer;
use super::mime_type::{is_html, is_json, is_xml};
use super::switches::ResponseBlocking;
use super::{LoadKind, Sniffed};
use crate::browser::{Destination, Mode};

/// Whether the answer is kept from the page.
pub(super) fn is_blocked(answer: &Answer<'_>) -> bool {
    if answer.switches.response_blocking == ResponseBlocking::None
        || answer.terms.mode != Mode::NoCors
        || !answer.is_opaque()
        || matches!(answer.load.kind, LoadKind::Beacon | LoadKind::Ping | LoadKind::Fetch)
        || answer.terms.destination == Destination::Empty
    {
        return false;
    }
    let Some(essence) = answer.essence() else { return false };
    let protected =
        is_html(&essence) || is_json(&essence) || is_xml(&essence) && essence != b"image/svg+xml";
    if answer.is_nosniff() {
        // Chromium protects plain text too where sniffing is forbidden.
        let plain = essence == b"text/plain";
        return protected
            || plain && answer.switches.response_blocking == ResponseBlocking::Chromium;
    }
    protected && has_protected_form(answer.content.sniffed, &essence)
}

/// A picture that says it is HTML is still a picture.
fn has_protected_form(sniffed: Sniffed, essence: &[u8]) -> bool {
    match sniffed {
        Sniffed::Html => is_html(essence),
        Sniffed::Xml => is_xml(essence),
        Sniffed::Json => is_json(essence),
        _ => false,
    }
}
