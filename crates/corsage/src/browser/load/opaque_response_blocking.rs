//! [Opaque Response Blocking](https://github.com/annevk/orb): what no element has a use for does not reach it.
//!
//! Not in the Fetch standard yet; two engines have it, each in its own version.

use super::answer::Answer;
use super::mime_type::{is_html, is_javascript, is_json, is_xml};
use super::switches::ResponseBlocking;
use super::{LoadKind, ScriptBody, Sniffed};
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
    if is_safelisted(&essence) {
        return false;
    }
    let protected = is_html(&essence) || is_json(&essence) || is_xml(&essence);
    let chromium = answer.switches.response_blocking == ResponseBlocking::Chromium;
    if answer.is_nosniff() {
        // Chromium protects plain text too where sniffing is forbidden.
        return protected || chromium && essence == b"text/plain";
    }
    let sniffed = answer.content.sniffed;
    if chromium {
        return matches!(sniffed, Sniffed::Html | Sniffed::Xml | Sniffed::Json);
    }
    protected && is_declared_form(sniffed, &essence) || is_no_script(answer)
}

/// [Opaque-safelisted MIME type](https://github.com/annevk/orb#mime-type-sets)
fn is_safelisted(essence: &[u8]) -> bool {
    is_javascript(essence) || matches!(essence, b"text/css" | b"image/svg+xml")
}

/// A picture that says it is HTML is still a picture.
fn is_declared_form(sniffed: Sniffed, essence: &[u8]) -> bool {
    match sniffed {
        Sniffed::Html => is_html(essence),
        Sniffed::Xml => is_xml(essence),
        Sniffed::Json => is_json(essence),
        _ => false,
    }
}

/// Firefox parses what is to be run and does not say that it is a script.
fn is_no_script(answer: &Answer<'_>) -> bool {
    let text = matches!(answer.content.sniffed, Sniffed::Html | Sniffed::Xml | Sniffed::Json);
    answer.terms.destination == Destination::Script
        && (text || answer.content.script == ScriptBody::SyntaxError)
}
