//! What a body is, as far as a load's end depends on it: the driver holds the bytes and says so.

use super::mime_type;
use crate::browser::HeaderList;

/// What the driver knows of a body.
///
/// Who has no body at hand assumes one that fits: [`Content::default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// What its first bytes look like.
    pub sniffed: Sniffed,
    /// Whether it is what `integrity` asks for.
    pub integrity: IntegrityMatch,
    /// What a script engine makes of it.
    pub script: ScriptBody,
}

impl Content {
    /// Of a body's first bytes; 512 are enough.
    ///
    /// ```
    /// use corsage::browser::load::{Content, Sniffed};
    /// assert_eq!(Content::sniff(b"\x89PNG\r\n\x1a\n").sniffed, Sniffed::Image);
    /// assert_eq!(Content::sniff(b" <!doctype html><p>").sniffed, Sniffed::Html);
    /// assert_eq!(Content::sniff(b"{\"a\": 1}").sniffed, Sniffed::Json);
    /// ```
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Self {
        Self { sniffed: Sniffed::of(bytes), ..Self::default() }
    }

    /// Of the first bytes of a body beside the type that it declares: bytes that nobody knows are taken for what they are
    /// said to be, unless that is text or a font. All fonts that browsers take are known by their first bytes.
    ///
    /// ```
    /// use corsage::browser::HeaderList;
    /// use corsage::browser::load::{Content, Sniffed};
    /// let mut headers = HeaderList::new();
    /// headers.append("content-type", "image/jxl");
    /// assert_eq!(Content::observed(&headers, b"\xFF\x0A").sniffed, Sniffed::AsAsked);
    /// assert_eq!(Content::observed(&headers, b"<html>").sniffed, Sniffed::Html);
    /// let mut headers = HeaderList::new();
    /// headers.append("content-type", "font/woff2");
    /// assert_eq!(Content::observed(&headers, b"not found").sniffed, Sniffed::Other);
    /// ```
    #[must_use]
    pub fn observed(headers: &HeaderList, bytes: &[u8]) -> Self {
        let essence = mime_type::essence(headers).unwrap_or_default();
        let text = essence.starts_with(b"text/") || mime_type::is_json(&essence);
        let font = mime_type::is_font(&essence);
        let sniffed = match Sniffed::of(bytes) {
            // A comment may stand before the first tag.
            Sniffed::Html if essence == b"image/svg+xml" => Sniffed::Xml,
            Sniffed::Other if !text && !font => Sniffed::AsAsked,
            sniffed => sniffed,
        };
        Self { sniffed, ..Self::default() }
    }

    /// The same without a body.
    pub(super) fn emptied(self) -> Self {
        Self { sniffed: Sniffed::Empty, script: ScriptBody::Runs, ..self }
    }

    /// Of a body that nobody has read: HTML, JSON and XML are taken for what they are declared to be, as error pages are;
    /// everything else for what was asked for.
    ///
    /// ```
    /// use corsage::browser::HeaderList;
    /// use corsage::browser::load::{Content, Sniffed};
    /// let mut headers = HeaderList::new();
    /// headers.append("content-type", "text/html; charset=utf-8");
    /// assert_eq!(Content::declared(&headers).sniffed, Sniffed::Html);
    /// ```
    #[must_use]
    pub fn declared(headers: &HeaderList) -> Self {
        let sniffed = match mime_type::essence(headers) {
            Some(essence) if mime_type::is_html(&essence) => Sniffed::Html,
            Some(essence) if mime_type::is_json(&essence) => Sniffed::Json,
            Some(essence) if mime_type::is_xml(&essence) => Sniffed::Xml,
            _ => Sniffed::AsAsked,
        };
        Self { sniffed, ..Self::default() }
    }
}

/// What first bytes look like, by the patterns of [MIME Sniffing](https://mimesniff.spec.whatwg.org/).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sniffed {
    /// Not looked at: taken for what was asked for.
    #[default]
    AsAsked,
    /// Nothing at all.
    Empty,
    /// A picture.
    Image,
    /// Sound or film.
    Media,
    /// A font.
    Font,
    /// A document.
    Html,
    /// XML, SVG included.
    Xml,
    /// JSON.
    Json,
    /// `WEBVTT`.
    WebVtt,
    /// Any other text, or bytes that nobody knows.
    Other,
}

impl Sniffed {
    /// Of a body's first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let images: [&[u8]; 6] =
            [b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"\xFF\xD8\xFF", b"BM", b"\0\0\x01\0"];
        let media: [&[u8]; 5] = [b"\x1A\x45\xDF\xA3", b"OggS", b"ID3", b"\xFF\xFB", b"MThd"];
        let fonts: [&[u8]; 5] = [b"\0\x01\0\0", b"OTTO", b"ttcf", b"wOFF", b"wOF2"];
        let starts = |patterns: &[&[u8]]| patterns.iter().any(|pattern| bytes.starts_with(pattern));
        let riff =
            |kind: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..8 + kind.len()) == Some(kind);
        let brands: [&[u8]; 4] = [b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypheic"];
        let brand = bytes.get(4..12).unwrap_or_default();
        if bytes.is_empty() {
            Self::Empty
        } else if starts(&images) || riff(b"WEBPVP") || brands.contains(&brand) {
            Self::Image
        } else if starts(&media) || riff(b"WAVE") || bytes.get(4..8) == Some(b"ftyp") {
            Self::Media
        } else if starts(&fonts) {
            Self::Font
        } else {
            Self::of_text(bytes)
        }
    }

    fn of_text(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = bytes.trim_ascii_start();
        let tags: [&[u8]; 17] = [
            b"<!doctype html",
            b"<html",
            b"<head",
            b"<script",
            b"<iframe",
            b"<h1",
            b"<div",
            b"<font",
            b"<table",
            b"<a",
            b"<style",
            b"<title",
            b"<b",
            b"<body",
            b"<br",
            b"<p",
            b"<!--",
        ];
        let is_html = tags.iter().any(|tag| {
            let end = text.get(tag.len());
            text.len() >= tag.len()
                && text[..tag.len()].eq_ignore_ascii_case(tag)
                && (*tag == b"<!--"
                    || matches!(end, None | Some(b' ' | b'>' | b'\n' | b'\t' | b'\r')))
        });
        if is_html {
            Self::Html
        } else if text.starts_with(b"<?xml") || text.starts_with(b"<svg") {
            Self::Xml
        } else if bytes.starts_with(b"WEBVTT") {
            Self::WebVtt
        } else if looks_like_json(text) {
            Self::Json
        } else {
            Self::Other
        }
    }
}

/// The beginning of an object with a key, or of one of the prefixes that keep JSON from being run.
fn looks_like_json(text: &[u8]) -> bool {
    if text.starts_with(b")]}'") || text.starts_with(b"{}&&") {
        return true;
    }
    let Some(rest) = text.strip_prefix(b"{") else { return false };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else { return false };
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.is_some_and(|end| rest[end + 1..].trim_ascii_start().starts_with(b":"))
}

/// [Do bytes match metadataList?](https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IntegrityMatch {
    /// They do, or nothing is asked for.
    #[default]
    Matches,
    /// They do not.
    Differs,
}

/// What a script engine makes of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScriptBody {
    /// It runs to its end.
    #[default]
    Runs,
    /// It runs, and throws.
    Throws,
    /// It does not parse.
    SyntaxError,
}
