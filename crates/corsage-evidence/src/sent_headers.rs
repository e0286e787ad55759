//! Headers as they were sent: which of them a page can have set, and what the others tell.

use corsage::browser::{CredentialsMode, Mode};
use corsage_diagnosis::RemarkKind;

use super::request::{Copied, Credentials, Load, NOT_RECORDED, mode};

/// Headers that browsers, proxies and developer tools add by themselves.
const BROWSERS_OWN: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "alt-used",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "device-memory",
    "dnt",
    "downlink",
    "dpr",
    "ect",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "ping-from",
    "ping-to",
    "priority",
    "purpose",
    "referer",
    "rtt",
    "save-data",
    "service-worker",
    "service-worker-navigation-preload",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "viewport-width",
    "width",
    "x-client-data",
    "x-moz",
    "x-purpose",
    "x-real-ip",
];

/// Headers by which a browser asks whether what it has stored is still good, and that a reload or the
/// developer tools set. A page that sets them asks for a preflight.
const OF_THE_CACHE: &[&str] = &[
    "cache-control",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
];

/// Who wrote the headers down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A person, or a tool that adds none of a browser's.
    Person,
    /// What a browser sent, with all that it adds.
    Browser,
}

/// Whether these headers are those of a browser's request, and not those that somebody typed.
pub(crate) fn writer<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> Writer {
    let mut headers = headers;
    let browsers = headers.any(|(name, value)| {
        let name = name.trim().to_ascii_lowercase();
        name.starts_with("sec-fetch-")
            || name.starts_with("sec-ch-")
            || name == "user-agent" && value.trim().starts_with("Mozilla/5.0")
    });
    if browsers { Writer::Browser } else { Writer::Person }
}

/// Whether a page cannot have set this header.
pub(crate) fn is_browsers_own(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // HTTP/2 writes `:method` and the like among the headers.
    name.starts_with("sec-")
        || name.starts_with(':')
        || name.starts_with("proxy-")
        || name.starts_with("x-forwarded-")
        || name.starts_with("x-devtools-")
        || name.starts_with("cf-")
        // What every browser sends unless told otherwise.
        || name == "accept" && value.starts_with("*/*")
        // Android's WebView puts the app's name there.
        || name == "x-requested-with" && value.contains('.')
        || BROWSERS_OWN.contains(&name.as_str())
}

pub(crate) fn is_of_the_cache(name: &str) -> bool {
    OF_THE_CACHE.contains(&name.to_ascii_lowercase().as_str())
}

impl Copied {
    /// Takes headers as they were sent: those that a page can have set, and what the others tell.
    pub(crate) fn take_sent(&mut self, sent: &[(String, String)]) {
        let writer = writer(sent.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let find = |wanted: &str| {
            sent.iter()
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let mut of_the_cache = Vec::new();
        for (name, value) in sent {
            let (name, value) = (name.trim(), value.trim());
            if is_browsers_own(name, value) {
                continue;
            }
            if writer == Writer::Browser && is_of_the_cache(name) {
                of_the_cache.push(name.to_ascii_lowercase());
                continue;
            }
            self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        if !of_the_cache.is_empty() {
            self.remark(RemarkKind::CacheHeaders, &[("names", &of_the_cache.join(", "))]);
        }
        self.page = self
            .page
            .take()
            .or_else(|| find("origin").map(str::to_owned))
            // A redirect has tainted it; the page's own is in `Referer`.
            .filter(|origin| origin != "null" || find("referer").is_none())
            .or_else(|| {
                find("referer").filter(|referer| referer.contains("://")).map(str::to_owned)
            });
        if let Some(cookie) = find("cookie") {
            self.cookies.push(cookie.to_owned());
        }
        if let Some(load) = find("sec-fetch-dest").and_then(Load::from_destination) {
            self.load = load;
        }
        if let Some(mode) = find("sec-fetch-mode").and_then(mode) {
            match mode {
                Mode::Navigate => self.load = Load::Navigation,
                Mode::Websocket => self.load = Load::WebSocket,
                _ => self.mode = self.mode.or(Some(mode)),
            }
        }
        if find("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
            self.load = Load::WebSocket;
        }
        if find("ping-to").is_some() {
            self.load = Load::Beacon;
        }
        if let Some(method) = find("access-control-request-method") {
            self.announced(method, find("access-control-request-headers").unwrap_or_default());
        }
    }

    /// A preflight is the request that it announces.
    fn announced(&mut self, method: &str, names: &str) {
        let typed =
            self.method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("OPTIONS"));
        if !typed {
            return;
        }
        self.remark(RemarkKind::PreflightTyped, &[("method", method)]);
        self.method = Some(method.to_owned());
        self.headers.clear();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            self.headers.push((name.to_ascii_lowercase(), NOT_RECORDED.to_owned()));
        }
        self.data = None;
        self.mode = None;
        self.load = Load::Fetch;
    }

    /// A cookie that went to another origin was sent with credentials.
    pub(crate) fn credentials_from_cookies(&mut self) {
        if self.credentials == Credentials::Unknown && !self.cookies.is_empty() {
            self.credentials = Credentials::Known(CredentialsMode::Include);
        }
    }
}
