//! A request as developer tools copy it, in any of their forms.

use corsage::browser::{CredentialsMode, Mode, RedirectMode};

/// What a copy tells of the request, as far as a page could have made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) url: Option<String>,
    pub(crate) method: Option<String>,
    /// Headers that a page could have set.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) data: Option<String>,
    pub(crate) cookies: Vec<String>,
    /// From `Origin`, else from `Referer`.
    pub(crate) page: Option<String>,
    pub(crate) credentials: Option<CredentialsMode>,
    pub(crate) mode: Option<Mode>,
    pub(crate) redirect: Option<RedirectMode>,
}

/// Headers that browsers add by themselves and developer tools copy along.
const BROWSERS_OWN: &[&str] = &[
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "dnt",
    "host",
    "if-none-match",
    "if-modified-since",
    "origin",
    "pragma",
    "cache-control",
    "priority",
    "referer",
    "te",
    "upgrade-insecure-requests",
    "user-agent",
];

impl Copied {
    /// Takes a header as it was sent.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "origin" => self.page = Some(value.to_owned()),
            "referer" if self.page.is_none() => self.page = Some(value.to_owned()),
            "cookie" => self.cookies.push(value.to_owned()),
            "sec-fetch-mode" => self.mode = self.mode.or_else(|| mode(value)),
            _ => {}
        }
        // HTTP/2 writes `:method` and the like among the headers.
        let own = name.starts_with("sec-") || name.starts_with(':');
        if !own && !BROWSERS_OWN.contains(&name.as_str()) {
            self.headers.push((name, value.to_owned()));
        }
    }
}

/// The modes that a page can ask for.
pub(super) fn mode(name: &str) -> Option<Mode> {
    match name {
        "cors" => Some(Mode::Cors),
        "no-cors" => Some(Mode::NoCors),
        "same-origin" => Some(Mode::SameOrigin),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{curl, fetch_call, har};

    proptest! {
        /// Whatever was copied: a request or an error, never a panic.
        #[test]
        fn copied_text_is_read_or_refused(text in "(curl |fetch\\(|\\{\"log\":\\{)?[ -~\n\té'\"\\\\{}\\[\\],:]{0,120}") {
            let _ = curl::parse(&text);
            let _ = fetch_call::parse(&text);
            let _ = har::parse(&text, None);
        }

        #[test]
        fn archives_of_any_shape(url in "[ -~]{0,30}", name in "[ -~]{0,12}", depth in 0..4usize) {
            let entry = match depth {
                0 => serde_json::json!(null),
                1 => serde_json::json!({ "request": url }),
                2 => serde_json::json!({ "request": { "url": url, "headers": [{ "name": name }] } }),
                _ => serde_json::json!({ "request": {
                    "url": url, "method": name, "headers": [{ "name": name, "value": url }, 7],
                    "postData": { "text": url },
                } }),
            };
            let archive = serde_json::json!({ "log": { "entries": [entry] } });
            let _ = har::parse(&archive.to_string(), None);
            let _ = har::parse(&archive.to_string(), Some(&url));
        }
    }
}
