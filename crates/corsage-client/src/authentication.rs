//! [Authentication entries](https://fetch.spec.whatwg.org/#authentication-entry): credentials that a URL
//! brought along, for the paths below it. There is nobody to be prompted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use corsage::browser::HeaderList;
use url::Url;

#[derive(Debug, Default)]
pub(crate) struct AuthenticationEntries(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    origin: url::Origin,
    /// [Protection space](https://www.rfc-editor.org/rfc/rfc7617#section-2.2): this path and those below.
    path: String,
    value: String,
}

impl AuthenticationEntries {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What to send before anybody has asked.
    pub(crate) fn entry(&self, url: &Url) -> Option<String> {
        let found = self
            .0
            .iter()
            .filter(|entry| entry.origin == url.origin() && url.path().starts_with(&entry.path));
        found.max_by_key(|entry| entry.path.len()).map(|entry| entry.value.clone())
    }

    pub(crate) fn remember(&mut self, url: &Url, value: &str) {
        let path = &url.path()[..url.path().rfind('/').map_or(0, |last| last + 1)];
        self.0.retain(|entry| entry.origin != url.origin() || entry.path != path);
        self.0.push(Entry { origin: url.origin(), path: path.to_owned(), value: value.to_owned() });
    }
}

/// The `Authorization` that a URL's user information makes.
pub(crate) fn basic(url: &Url) -> String {
    let decode = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
    let mut pair = decode(url.username());
    pair.push(b':');
    pair.extend(decode(url.password().unwrap_or_default()));
    format!("Basic {}", STANDARD.encode(pair))
}

pub(crate) fn asks_for_basic(headers: &HeaderList) -> bool {
    headers.lines(b"www-authenticate").any(|line| {
        line.split(|byte| *byte == b',').any(|challenge| {
            let scheme = challenge.trim_ascii().split(u8::is_ascii_whitespace).next();
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic"))
        })
    })
}

#[cfg(test)]
mod tests {
    use corsage::browser::HeaderList;
    use url::Url;

    use super::{AuthenticationEntries, asks_for_basic, basic};

    #[test]
    fn entries_hold_below_their_path() {
        let mut entries = AuthenticationEntries::default();
        let url = |text: &str| Url::parse(text).unwrap();
        let at = url("http://us%20er:p%3Aw@a.test/x/y");
        assert_eq!(basic(&at), "Basic dXMgZXI6cDp3");
        entries.remember(&at, &basic(&at));
        assert!(entries.entry(&url("http://a.test/x/z/q?r")).is_some());
        assert!(entries.entry(&url("http://a.test/xy")).is_none());
        assert!(entries.entry(&url("http://a.test:81/x/y")).is_none());
    }

    #[test]
    fn challenges() {
        for (line, asks) in [
            ("Basic realm=\"a\"", true),
            ("Digest realm=a, basic realm=b", true),
            ("Bearer", false),
            ("", false),
        ] {
            let mut headers = HeaderList::new();
            headers.append("WWW-Authenticate", line);
            assert_eq!(asks_for_basic(&headers), asks, "{line}");
        }
    }
}
