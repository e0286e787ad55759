//! What a policy looks at.

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::request_lines::line;
use super::{HeaderLine, OriginVerdict};

/// A request's method and headers, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    pub(super) method: &'r Method,
    pub(super) headers: &'r HeaderMap,
    pub(super) uri: Option<&'r Uri>,
    pub(super) verdict: OriginVerdict,
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

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> &'r Method {
        self.method
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &'r HeaderMap {
        self.headers
    }

    /// The server that it is for: what its target names, else its `Host`.
    #[must_use]
    pub fn host(&self) -> Option<&'r str> {
        let authority = self.uri.and_then(Uri::authority).map(|authority| authority.as_str());
        authority.or_else(|| self.headers.get(HOST)?.to_str().ok())
    }

    /// The path of its [target](Self::with_uri), without the query.
    #[must_use]
    pub fn path(&self) -> Option<&'r str> {
        self.uri.map(Uri::path)
    }

    /// The method by which the policy is chosen that a request falls under: a CORS-preflight request falls under
    /// that of the request it asks for, every other `OPTIONS` under its own.
    ///
    /// ```
    /// use corsage::server::Request;
    /// use http::{HeaderMap, HeaderValue, Method};
    /// let mut headers = HeaderMap::new();
    /// headers.insert("access-control-request-method", HeaderValue::from_static("PUT"));
    /// assert_eq!(Request::new(&Method::OPTIONS, &headers).policy_method(), "OPTIONS");
    /// headers.insert("origin", HeaderValue::from_static("https://app.example"));
    /// assert_eq!(Request::new(&Method::OPTIONS, &headers).policy_method(), "PUT");
    /// ```
    #[must_use]
    pub fn policy_method(&self) -> &'r str {
        let asked = || self.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.to_str().ok();
        let asked = if self.is_preflight() { asked() } else { None };
        asked.unwrap_or(self.method.as_str())
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
    pub(super) fn origin(&self) -> HeaderLine<&'r HeaderValue> {
        line(self.headers, &ORIGIN)
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
        match (self.origin(), self.host()) {
            (HeaderLine::Absent, _) => true,
            (HeaderLine::One(origin), Some(host)) => origin
                .as_bytes()
                .strip_prefix(b"https://")
                .or_else(|| origin.as_bytes().strip_prefix(b"http://"))
                .is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_bytes())),
            _ => false,
        }
    }
}

/// The names on one line of `Access-Control-Request-Headers`.
#[inline]
pub(super) fn listed_names(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}
