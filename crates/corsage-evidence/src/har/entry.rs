//! One entry: what it is, whose page it is of, and what became of it.

use corsage::browser::{Code, Mode, WireFailure, WireResponse};
use url::Url;

use super::loose::{Content, List};
use super::read::{Archive, RawEntry, RawHeader};
use crate::request::{Load, mode};

impl RawEntry<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        find(&self.request.headers, name)
    }

    pub(super) fn response_header(&self, name: &str) -> Option<&str> {
        find(&self.response.headers, name)
    }

    /// The URL without its fragment.
    pub(super) fn url(&self) -> &str {
        self.request.url.as_str().split('#').next().unwrap_or_default()
    }

    pub(super) fn method(&self) -> &str {
        let method = self.request.method.as_str();
        if method.is_empty() { "GET" } else { method }
    }

    /// The status, if there was an answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.response.status.as_str().parse().ok().filter(|status| (100..1000).contains(status))
    }

    /// The network's error, if one was recorded.
    pub(super) fn error(&self) -> Option<&str> {
        [self.response.error.as_str(), self.response.failure.as_str(), self.blocked.as_str()]
            .into_iter()
            .find(|error| !error.is_empty() && !matches!(*error, "false" | "0" | "true"))
    }

    /// Whether a CORS-preflight request was recorded for itself.
    pub(super) fn is_preflight(&self) -> bool {
        self.resource_type.as_str() == "preflight"
            || self.initiator.kind.as_str() == "preflight"
            || self.method().eq_ignore_ascii_case("OPTIONS")
                && self.header("access-control-request-method").is_some()
    }

    /// When it began, in a form that can be compared within one archive.
    pub(super) fn started(&self) -> &str {
        self.started.as_str()
    }

    pub(super) fn mode(&self) -> Option<Mode> {
        self.header("sec-fetch-mode").and_then(mode)
    }

    /// What loaded it.
    pub(super) fn load(&self) -> Load {
        if self.is_preflight() {
            return Load::Preflight;
        }
        let url = self.url();
        let upgrades =
            self.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
        if url.starts_with("ws:")
            || url.starts_with("wss:")
            || upgrades
            || self.sockets.0 > 0
            || self.mode() == Some(Mode::Websocket)
        {
            return Load::WebSocket;
        }
        if self.mode() == Some(Mode::Navigate) {
            return Load::Navigation;
        }
        if let Some(load) = self.header("sec-fetch-dest").and_then(Load::from_destination) {
            return load;
        }
        match self.resource_type.as_str().to_ascii_lowercase().as_str() {
            "document" | "subdocument" | "iframe" | "frame" => return Load::Navigation,
            "xhr" | "xmlhttprequest" => return Load::Xhr,
            "fetch" => return Load::Fetch,
            "image" | "img" => return Load::Image,
            "script" => return Load::Script,
            "stylesheet" | "style" => return Load::Style,
            "font" => return Load::Font,
            "media" => return Load::Video,
            "texttrack" => return Load::Track,
            "manifest" => return Load::Manifest,
            "ping" | "beacon" | "cspviolationreport" => return Load::Beacon,
            "websocket" => return Load::WebSocket,
            "eventsource" => return Load::EventSource,
            _ => {}
        }
        self.load_by_accept()
    }

    /// Recorders that see the wire alone know neither kind nor destination.
    fn load_by_accept(&self) -> Load {
        let accept = self.header("accept").unwrap_or_default();
        let navigates =
            accept.starts_with("text/html") && self.header("upgrade-insecure-requests").is_some();
        if self
            .header("x-requested-with")
            .is_some_and(|value| value.eq_ignore_ascii_case("XMLHttpRequest"))
        {
            Load::Xhr
        } else if navigates {
            Load::Navigation
        } else if accept.starts_with("text/event-stream") {
            Load::EventSource
        } else if self.header("origin").is_some() || self.mode() == Some(Mode::Cors) {
            Load::Fetch
        } else if accept.starts_with("image/") {
            Load::Image
        } else if accept.starts_with("text/css") {
            Load::Style
        } else if accept.starts_with("application/json") {
            Load::Fetch
        } else {
            match self.response.content.mime_type.as_str().split('/').next() {
                Some("image") => Load::Image,
                Some("font") => Load::Font,
                Some("video") => Load::Video,
                Some("audio") => Load::Audio,
                _ => Load::Other,
            }
        }
    }

    /// Whether it was asked for with CORS.
    pub(super) fn uses_cors(&self) -> bool {
        match self.mode() {
            Some(mode) => mode == Mode::Cors,
            None if self.header("origin").is_some() => true,
            None => match self.load() {
                Load::Fetch | Load::Xhr | Load::Font | Load::EventSource | Load::Preflight => {
                    !self.is_opaque()
                }
                load => load.kind(None).is_some() && self.failed_as_cors_does(),
            },
        }
    }

    /// Chromium's word for an answer that CORS kept from the page: its archives then lack the headers of the request too.
    pub(super) fn failed_as_cors_does(&self) -> bool {
        self.error().is_some_and(|error| error.contains("ERR_FAILED"))
    }

    /// What Chromium records of an answer in mode `no-cors` whose body nobody read: a status, and not one header.
    pub(super) fn is_opaque(&self) -> bool {
        self.status().is_some()
            && self.response.headers.0.is_empty()
            && self.header("origin").is_none()
    }

    /// The page: its origin or address.
    pub(super) fn page<'x>(&'x self, archive: &'x Archive<'_>) -> Option<&'x str> {
        let is_url = |text: &&str| text.contains("://");
        let origin = self.header("origin").filter(|origin| *origin != "null");
        let referer = self.header("referer").filter(is_url);
        origin
            .or(referer)
            .or_else(|| {
                let own = archive.pages.iter().filter(|page| page.id == self.page);
                own.map(|page| page.title.as_str()).find(is_url)
            })
            .or_else(|| {
                Some(self.initiator.url.as_str()).filter(is_url).filter(|_| !self.is_preflight())
            })
            .or_else(|| self.header("origin"))
    }

    /// The response's head, if one was recorded.
    pub(super) fn response(&self) -> Option<WireResponse> {
        let status = self.status()?;
        let headers = self
            .response
            .headers
            .0
            .iter()
            .filter(|header| !header.name.as_str().starts_with(':'))
            .map(|header| corsage::browser::Header {
                name: header.name.as_str().as_bytes().to_vec(),
                value: header.value.as_str().trim().as_bytes().to_vec(),
            })
            .flat_map(one_line_each)
            .collect();
        Some(WireResponse { status, status_text: Vec::new(), headers })
    }

    /// The type of the body, if there is one. An empty `postData` is no body.
    pub(super) fn body(&self) -> Option<(&str, &str)> {
        let body = &self.request.body;
        let sent = self
            .header("content-length")
            .is_some_and(|length| length.trim() != "0" && !length.trim().is_empty());
        let text = match &body.text {
            Content::Text(text) => text.as_str(),
            Content::Long => "",
            Content::Empty | Content::Absent if body.params.0 > 0 || sent => "",
            Content::Empty | Content::Absent => return None,
        };
        Some((body.mime_type.as_str(), text))
    }
}

/// Chromium joins header lines of one name with line breaks.
fn one_line_each(header: corsage::browser::Header) -> Vec<corsage::browser::Header> {
    if !header.value.contains(&b'\n') {
        return vec![header];
    }
    header
        .value
        .split(|byte| *byte == b'\n')
        .map(|value| corsage::browser::Header {
            name: header.name.clone(),
            value: value.trim_ascii().to_vec(),
        })
        .collect()
}

fn find<'h>(headers: &'h List<RawHeader<'_>>, name: &str) -> Option<&'h str> {
    let found = headers.0.iter().find(|header| header.name.as_str().eq_ignore_ascii_case(name));
    found.map(|header| header.value.as_str().trim())
}

/// What a browser's name of an error says about the network.
pub(super) fn failure(error: &str) -> Option<WireFailure> {
    Some(match corsage_evidence_code(error)? {
        Code::DnsFailed => WireFailure::Dns,
        Code::TlsFailed => WireFailure::Tls,
        Code::ConnectionFailed => WireFailure::Connection,
        Code::HttpMalformed => WireFailure::Malformed,
        Code::ContentDecodingFailed => WireFailure::ContentDecoding,
        Code::TimedOut => WireFailure::TimedOut,
        Code::Offline => WireFailure::Offline,
        Code::Aborted => WireFailure::Aborted,
        Code::ClientCertificateNeeded => WireFailure::ClientCertificateNeeded,
        _ => return None,
    })
}

/// The code of an error that the console would name too.
pub(super) fn corsage_evidence_code(error: &str) -> Option<Code> {
    crate::console::recognise(error).and_then(|found| found.code)
}

/// The URL that a response redirects to.
pub(super) fn redirect_target(entry: &RawEntry<'_>) -> Option<Url> {
    if !matches!(entry.status(), Some(301 | 302 | 303 | 307 | 308)) {
        return None;
    }
    let location = entry.response_header("location").or_else(|| {
        Some(entry.response.redirect_url.as_str()).filter(|location| !location.is_empty())
    })?;
    Url::parse(entry.url()).ok()?.join(location).ok()
}
