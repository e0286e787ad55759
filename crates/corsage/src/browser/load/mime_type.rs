//! [MIME types](https://mimesniff.spec.whatwg.org/#mime-type-groups) as loads ask for them.

use crate::browser::HeaderList;
use crate::terms::safelist::mime_essence;

/// [Extract a MIME type](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type), its essence; `None` where
/// there is none.
pub(super) fn essence(headers: &HeaderList) -> Option<Vec<u8>> {
    headers.get(b"content-type").and_then(|value| mime_essence(&value))
}

/// [JavaScript MIME type](https://mimesniff.spec.whatwg.org/#javascript-mime-type)
pub(crate) fn is_javascript(essence: &[u8]) -> bool {
    let known: [&[u8]; 16] = [
        b"application/ecmascript",
        b"application/javascript",
        b"application/x-ecmascript",
        b"application/x-javascript",
        b"text/ecmascript",
        b"text/javascript",
        b"text/javascript1.0",
        b"text/javascript1.1",
        b"text/javascript1.2",
        b"text/javascript1.3",
        b"text/javascript1.4",
        b"text/javascript1.5",
        b"text/jscript",
        b"text/livescript",
        b"text/x-ecmascript",
        b"text/x-javascript",
    ];
    known.contains(&essence)
}

/// [JSON MIME type](https://mimesniff.spec.whatwg.org/#json-mime-type)
pub(super) fn is_json(essence: &[u8]) -> bool {
    essence.ends_with(b"+json") || matches!(essence, b"application/json" | b"text/json")
}

/// [Font MIME type](https://mimesniff.spec.whatwg.org/#font-mime-type)
pub(super) fn is_font(essence: &[u8]) -> bool {
    let known: [&[u8]; 7] = [
        b"application/font-cff",
        b"application/font-off",
        b"application/font-sfnt",
        b"application/font-ttf",
        b"application/font-woff",
        b"application/vnd.ms-fontobject",
        b"application/vnd.ms-opentype",
    ];
    essence.starts_with(b"font/") || known.contains(&essence)
}

/// [HTML](https://mimesniff.spec.whatwg.org/#html-mime-type) and [XML](https://mimesniff.spec.whatwg.org/#xml-mime-type),
/// without SVG.
pub(super) fn is_html(essence: &[u8]) -> bool {
    essence == b"text/html"
}

pub(super) fn is_xml(essence: &[u8]) -> bool {
    essence.ends_with(b"+xml") || matches!(essence, b"application/xml" | b"text/xml")
}

/// [Determine nosniff](https://fetch.spec.whatwg.org/#determine-nosniff)
pub(super) fn is_nosniff(headers: &HeaderList) -> bool {
    headers.get(b"x-content-type-options").is_some_and(|value| {
        let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
        first.trim_ascii().eq_ignore_ascii_case(b"nosniff")
    })
}
