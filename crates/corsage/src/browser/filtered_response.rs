//! [Filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response): what script may see.

use url::Url;

use super::cors_check::CorsCheckPassed;
use super::load::is_javascript;
use super::profile::{EmptyLines, MalformedExpose, NullBody, ResponseBytes};
use super::run::{Run, Tainting};
use super::scheme_fetch::without_fragment;
use super::{
    Code, CredentialsMode, Destination, Header, HeaderList, MessageKind, Step, WireResponse,
};
use crate::terms::header_name::{is_forbidden_response_header, is_safelisted_response_header};
use crate::terms::header_values::token_list;
use crate::terms::safelist::mime_essence;

/// [Response type](https://fetch.spec.whatwg.org/#concept-response-type), as far as a fetch can
/// end with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// `basic`
    Basic,
    /// `cors`
    Cors,
    /// `opaque`
    Opaque,
    /// `opaqueredirect`
    OpaqueRedirect,
}

impl ResponseType {
    /// Its name in `response.type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Cors => "cors",
            Self::Opaque => "opaque",
            Self::OpaqueRedirect => "opaqueredirect",
        }
    }
}

/// What script may see of a response. Only the machine makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilteredResponse {
    pub(crate) response_type: ResponseType,
    pub(crate) status: u16,
    pub(crate) status_text: Vec<u8>,
    pub(crate) headers: HeaderList,
    pub(crate) url: Option<Url>,
    pub(crate) redirected: bool,
    pub(crate) body: BodyAccess,
}

/// What script may do with the body, which the driver holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyAccess {
    /// `response.body` streams the driver's bytes.
    Readable,
    /// `response.body` is null: HEAD, a null body status.
    Null,
    /// Hidden by an opaque filter: null, whatever was sent.
    Hidden,
    /// A body that the engine itself made (a `data:` URL).
    Bytes(Vec<u8>),
}

impl FilteredResponse {
    pub(crate) fn opaque(response_type: ResponseType) -> Self {
        Self {
            response_type,
            status: 0,
            status_text: Vec::new(),
            headers: HeaderList::new(),
            url: None,
            redirected: false,
            body: BodyAccess::Hidden,
        }
    }

    /// `response.type`
    #[must_use]
    pub fn response_type(&self) -> ResponseType {
        self.response_type
    }

    /// `response.status`: 0 where it is hidden.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// `response.statusText`, as bytes.
    #[must_use]
    pub fn status_text(&self) -> &[u8] {
        &self.status_text
    }

    /// The headers that script can read.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        &self.headers
    }

    /// `response.url`, without fragment; `None` where it is the empty string.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// `response.redirected`
    #[must_use]
    pub fn redirected(&self) -> bool {
        self.redirected
    }

    /// What script may do with the body.
    #[must_use]
    pub fn body(&self) -> &BodyAccess {
        &self.body
    }
}

/// The end of [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): protections, then the filter that
/// the tainting asks for.
pub(crate) fn filter(
    mut run: Box<Run>,
    response: &WireResponse,
    passed: Option<CorsCheckPassed>,
) -> Step {
    let site = run.site(MessageKind::Actual);
    if let Some(code) = type_protection(run.request.destination, &response.headers) {
        return run.fail(site.header(
            code,
            "Content-Type",
            response.headers.get(b"content-type"),
            b"",
        ));
    }
    if run.tainting == Tainting::Opaque {
        if !run.request.integrity.is_empty() {
            let blocker = site.about(Code::IntegrityOnOpaque, &run.request.integrity);
            return run.fail(blocker);
        }
        run.note(Code::OpaqueResponse, [run.url().as_str().to_owned()]);
        return run.finish(FilteredResponse::opaque(ResponseType::Opaque));
    }
    note_cookies(&mut run, response);
    let headers = match (run.tainting, passed) {
        (Tainting::Cors, Some(passed)) => cors_headers(&mut run, response, passed),
        (Tainting::Cors, None) => HeaderList::new(),
        _ => visible(&response.headers, |name| !is_forbidden_response_header(name)),
    };
    let headers = without_empty_lines(&headers, run.switches().empty_lines);
    let headers = as_script_reads(headers, run.switches().response_bytes);
    let null_by_method = matches!(&*run.request.method, b"HEAD" | b"CONNECT");
    let null_by_status = is_null_body_status(response.status);
    let body = match run.switches().null_body {
        _ if !null_by_method && !null_by_status => BodyAccess::Readable,
        NullBody::NeverEvenHidden if response.status == 205 => BodyAccess::Readable,
        NullBody::ByStatusAndMethod => BodyAccess::Null,
        NullBody::ByMethod if null_by_method => BodyAccess::Null,
        NullBody::ByMethod | NullBody::Never | NullBody::NeverEvenHidden => {
            BodyAccess::Bytes(Vec::new())
        }
    };
    let cors = run.tainting == Tainting::Cors;
    let filtered = FilteredResponse {
        response_type: if cors { ResponseType::Cors } else { ResponseType::Basic },
        status: response.status,
        status_text: response.status_text.clone(),
        headers,
        url: Some(without_fragment(run.url())),
        redirected: run.hop() > 0,
        body,
    };
    run.finish(filtered)
}

/// [Null body status](https://fetch.spec.whatwg.org/#null-body-status)
fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}

fn visible(headers: &HeaderList, mut shown: impl FnMut(&[u8]) -> bool) -> HeaderList {
    headers.iter().filter(|header| shown(&header.name)).cloned().collect()
}

/// [CORS filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors): the witness says that
/// the check was made.
fn cors_headers(run: &mut Run, response: &WireResponse, _passed: CorsCheckPassed) -> HeaderList {
    const NAME: &[u8] = b"access-control-expose-headers";
    let include = run.request.credentials == CredentialsMode::Include;
    let exposed = match token_list(response.headers.lines(NAME)) {
        Ok(names) => names.into_iter().map(<[u8]>::to_vec).collect(),
        Err(_) => {
            run.note(Code::ExposeHeadersInvalid, response.headers.get(NAME));
            malformed_expose(run, &response.headers)
        }
    };
    let everything = !include && exposed.iter().any(|name| name == b"*");
    if include && exposed.iter().any(|name| name == b"*") {
        run.note(Code::ExposeWildcardWithCredentials, ["*"]);
    }
    let is_exposed = |name: &[u8]| {
        !is_forbidden_response_header(name)
            && (is_safelisted_response_header(name)
                || everything
                || exposed.iter().any(|exposed| exposed.eq_ignore_ascii_case(name)))
    };
    let hidden: Vec<Vec<u8>> = response
        .headers
        .iter()
        .filter(|header| !is_exposed(&header.name) && !is_forbidden_response_header(&header.name))
        .map(|header| header.name.to_ascii_lowercase())
        .filter(|name| !is_expected_to_be_hidden(name))
        .collect();
    let headers = visible(&response.headers, is_exposed);
    if !hidden.is_empty() {
        run.note(Code::HeaderNotExposed, hidden);
    }
    headers
}

/// Headers that no page misses.
fn is_expected_to_be_hidden(name: &[u8]) -> bool {
    name.starts_with(b"access-control-")
        || matches!(
            name,
            b"vary"
                | b"connection"
                | b"date"
                | b"server"
                | b"keep-alive"
                | b"transfer-encoding"
                | b"content-encoding"
        )
}

/// Firefox: a `*` on a line of its own outlives a malformed line.
fn malformed_expose(run: &Run, headers: &HeaderList) -> Vec<Vec<u8>> {
    let wildcard = headers.lines(b"access-control-expose-headers").any(|line| line == b"*");
    if wildcard && run.switches().malformed_expose == MalformedExpose::WildcardWins {
        vec![b"*".to_vec()]
    } else {
        Vec::new()
    }
}

fn note_cookies(run: &mut Run, response: &WireResponse) {
    if !response.headers.contains(b"set-cookie") {
        return;
    }
    let stored = match run.request.credentials {
        CredentialsMode::Include => true,
        CredentialsMode::SameOrigin => run.tainting == Tainting::Basic,
        CredentialsMode::Omit => false,
    };
    run.note(if stored { Code::SetCookieHidden } else { Code::SetCookieIgnored }, ["set-cookie"]);
}

/// Firefox: an empty line beside another one of its name leaves no trace.
fn without_empty_lines(headers: &HeaderList, rule: EmptyLines) -> HeaderList {
    let lonely = |header: &Header| headers.lines(&header.name).all(<[u8]>::is_empty);
    let kept =
        |header: &&Header| rule == EmptyLines::Joined || !header.value.is_empty() || lonely(header);
    headers.iter().filter(kept).cloned().collect()
}

fn as_script_reads(headers: HeaderList, bytes: ResponseBytes) -> HeaderList {
    if bytes == ResponseBytes::Latin1 {
        return headers;
    }
    // WebKit decodes as UTF-8 what is not: the script sees U+FFFD.
    let replaced = |value: Vec<u8>| match value.is_ascii() {
        true => value,
        false => String::from_utf8_lossy(&value).into_owned().into_bytes(),
    };
    headers
        .iter()
        .cloned()
        .map(|header| Header { value: replaced(header.value), ..header })
        .collect()
}

/// [Script-like](https://fetch.spec.whatwg.org/#request-destination-script-like)
const fn is_script_like(destination: Destination) -> bool {
    matches!(
        destination,
        Destination::AudioWorklet
            | Destination::Script
            | Destination::ServiceWorker
            | Destination::SharedWorker
            | Destination::Worker
    )
}

/// [nosniff](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?) and
/// [MIME type](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?) blocking.
fn type_protection(destination: Destination, headers: &HeaderList) -> Option<Code> {
    let script = is_script_like(destination);
    let style = destination == Destination::Style;
    if !script && !style {
        return None;
    }
    let essence =
        headers.get(b"content-type").and_then(|value| mime_essence(&value)).unwrap_or_default();
    let nosniff = headers.get(b"x-content-type-options").is_some_and(|value| {
        let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
        first.trim_ascii().eq_ignore_ascii_case(b"nosniff")
    });
    let fits = if script { is_javascript(&essence) } else { essence == b"text/css" };
    if nosniff && !fits {
        return Some(Code::NosniffBlocked);
    }
    let never = [&b"audio/"[..], b"image/", b"video/"].iter().any(|kind| essence.starts_with(kind))
        || essence == b"text/csv";
    (script && never).then_some(Code::MimeTypeBlocked)
}
