//! What a policy looks at.

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::OriginVerdict;
use super::plain_request::first;

/// A request's method and headers, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    pub(super) method: &'r Method,
    pub(super) headers: &'r HeaderMap,
    pub(super) uri: Option<&'r Uri>,
    pub(super) verdict: OriginVerdict,
}

/// The `Origin` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OriginHeader<'r> {
    Absent,
    One(&'r HeaderValue),
    /// Several lines: no browser sends them, so none of them is believed.
    Several,
}

impl<'r> OriginHeader<'r> {
    #[inline]
    pub(super) fn of(headers: &'r HeaderMap) -> Self {
        match first(headers, &ORIGIN) {
            None => Self::Absent,
            Some((origin, false)) => Self::One(origin),
            Some((_, true)) => Self::Several,
        }
    }
}

impl<'r> Request<'r> {
    /// Borrows what a policy looks at.
    #[must_use]
    #[inline]
    pub fn new(method: &'r Method, headers: &'r HeaderMap) -> Self {
        Self { method, headers, uri: None, verdict: OriginVerdict::Refused }
    }

    /// Adds what was found when the [origin to look up](super::Policy::origin_to_look_up) was.
    #[must_use]
    #[inline]
    pub fn with_verdict(self, verdict: OriginVerdict) -> Self {
        Self { verdict, ..self }
    }

    /// Adds the request's target. HTTP/2 requests name the server there and have no `Host`; only what
    /// concerns the server's own pages looks at it.
    #[must_use]
    #[inline]
    pub fn with_uri(self, uri: &'r Uri) -> Self {
        Self { uri: Some(uri), ..self }
    }

    /// Whether this is a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request):
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method`, nothing less.
    #[must_use]
    #[inline]
    pub fn is_preflight(&self) -> bool {
        self.is_options() && self.has_requested_method() && self.headers.contains_key(ORIGIN)
    }

    #[inline]
    pub(super) fn is_options(&self) -> bool {
        *self.method == Method::OPTIONS
    }

    pub(super) fn has_requested_method(&self) -> bool {
        self.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    #[inline]
    pub(super) fn origin(&self) -> OriginHeader<'r> {
        OriginHeader::of(self.headers)
    }

    pub(super) fn requested_method(&self) -> Option<&'r HeaderValue> {
        let mut lines = self.headers.get_all(ACCESS_CONTROL_REQUEST_METHOD).iter();
        let first = lines.next();
        if lines.next().is_some() { None } else { first }
    }

    /// The requested header names: all lines, empty elements left out, blanks around names too.
    pub(super) fn requested_headers(&self) -> impl Iterator<Item = &'r [u8]> + use<'r> {
        self.headers
            .get_all(ACCESS_CONTROL_REQUEST_HEADERS)
            .iter()
            .flat_map(|line| listed_names(line.as_bytes()))
    }

    /// Whether the page is the server's own: by `Sec-Fetch-Site`, which pages cannot forge, else by
    /// comparing `Origin` with `Host`.
    pub(super) fn comes_from_own_origin(&self) -> bool {
        if let Some(site) = self.headers.get("sec-fetch-site") {
            return site == "same-origin" || site == "none";
        }
        let authority =
            self.uri.and_then(|uri| uri.authority()).map(|name| name.as_str().as_bytes());
        let host = authority.or_else(|| self.headers.get(HOST).map(HeaderValue::as_bytes));
        match (self.origin(), host) {
            (OriginHeader::Absent, _) => true,
            (OriginHeader::One(origin), Some(host)) => origin
                .as_bytes()
                .strip_prefix(b"https://")
                .or_else(|| origin.as_bytes().strip_prefix(b"http://"))
                .is_some_and(|authority| authority.eq_ignore_ascii_case(host)),
            _ => false,
        }
    }
}

/// The names on one line of `Access-Control-Request-Headers`.
#[inline]
pub(super) fn listed_names(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}
