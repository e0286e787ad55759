//! What passes between the machine and whoever has a network.

use std::sync::Arc;

use url::Url;

use super::{CacheMode, Code, ConnectionRule, HeaderList, Profile};
use crate::terms::Origin;

/// One HTTP request to send.
#[derive(Clone, Debug)]
pub struct WireRequest {
    /// The method, in the exact case to send.
    pub method: Vec<u8>,
    /// The URL; its fragment is not sent.
    pub url: Url,
    /// Every header that this engine decides about, in order. The sender adds `Host`, `Cookie`,
    /// `Content-Length`, `User-Agent`, `Accept-Language`, `Accept-Encoding` where absent.
    pub headers: HeaderList,
    /// The body's bytes; `None` if there is no body, or if it is a stream that the driver holds.
    pub body: Option<Arc<[u8]>>,
    /// The body is a stream that the driver holds.
    pub body_is_stream: bool,
    /// How the HTTP cache is to be used; a preflight never uses it.
    pub cache: CacheMode,
    /// Whether cookies, authentication entries and client certificates take part, both ways.
    pub credentials: SendCredentials,
    /// Whether a 401 may be answered with the user information in the URL.
    pub url_credentials: UrlCredentials,
    /// What a cookie jar needs for SameSite and partitions.
    pub cookies: CookieContext,
    /// Where the connection may lead.
    pub connection: ConnectionRule,
    /// Key of HTTP cache, connection pool and partitioned cookies.
    pub partition: Origin,
    /// Whose browser is imitated, for the headers that the sender adds.
    pub profile: Profile,
}

/// Whether [credentials](https://fetch.spec.whatwg.org/#credentials) are sent and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendCredentials {
    /// Send and store.
    Include,
    /// Neither send nor store.
    Exclude,
}

/// [Use-URL-credentials flag](https://fetch.spec.whatwg.org/#concept-request-use-url-credentials-flag), where
/// it has a meaning: credentials are included and the response is not tainted as "cors".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlCredentials {
    /// A 401 is the answer.
    Unused,
    /// A 401 makes the sender repeat the request once, with `Authorization` from the URL.
    AnswerChallenge,
}

/// [Same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode) of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieContext {
    /// All cookies, strict ones too.
    Strict,
    /// Lax and unset ones: a top-level navigation from another site.
    Lax,
    /// Cookies with `SameSite=None` only, as far as the third-party setting allows.
    CrossSite,
}

/// One HTTP response's head. The driver keeps the body.
#[derive(Clone, Debug)]
pub struct WireResponse {
    /// 100 to 999.
    pub status: u16,
    /// The reason phrase; empty over HTTP/2.
    pub status_text: Vec<u8>,
    /// Lines in order of arrival, values without outer whitespace.
    pub headers: HeaderList,
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireFailure {
    /// The name has no address.
    Dns,
    /// No connection, or it broke.
    Connection,
    /// TLS failed.
    Tls,
    /// A client certificate is asked for and none may be sent.
    ClientCertificateNeeded,
    /// What came back is not HTTP.
    Malformed,
    /// The body cannot be decoded as its `Content-Encoding` says.
    ContentDecoding,
    /// A stream needs HTTP/2.
    StreamNeedsHttp2,
    /// More than 64 KiB of keepalive bodies in flight.
    KeepaliveQuotaExceeded,
    /// No answer in time.
    TimedOut,
    /// The caller gave up.
    Aborted,
    /// The machine is offline.
    Offline,
    /// `only-if-cached` and nothing stored.
    CacheMiss,
    /// Local Network Access: the page is no secure context.
    LocalNetworkInsecureContext,
    /// Local Network Access: the user has refused.
    LocalNetworkPermissionDenied,
    /// Local Network Access: the user has not been asked yet.
    LocalNetworkPermissionPrompt,
    /// Local Network Access: the page's Permissions-Policy forbids it.
    LocalNetworkPermissionsPolicy,
    /// Local Network Access: `targetAddressSpace` names another space than the connected address has.
    LocalNetworkAddressSpaceMismatch,
}

impl WireFailure {
    /// The unified code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Dns => Code::DnsFailed,
            Self::Connection => Code::ConnectionFailed,
            Self::Tls => Code::TlsFailed,
            Self::ClientCertificateNeeded => Code::ClientCertificateNeeded,
            Self::Malformed => Code::HttpMalformed,
            Self::ContentDecoding => Code::ContentDecodingFailed,
            Self::StreamNeedsHttp2 => Code::StreamNeedsHttp2,
            Self::KeepaliveQuotaExceeded => Code::KeepaliveQuotaExceeded,
            Self::TimedOut => Code::TimedOut,
            Self::Aborted => Code::Aborted,
            Self::Offline => Code::Offline,
            Self::CacheMiss => Code::CacheMissOnlyIfCached,
            Self::LocalNetworkInsecureContext => Code::LnaInsecureContext,
            Self::LocalNetworkPermissionDenied => Code::LnaPermissionDenied,
            Self::LocalNetworkPermissionPrompt => Code::LnaPermissionPrompt,
            Self::LocalNetworkPermissionsPolicy => Code::LnaPermissionsPolicy,
            Self::LocalNetworkAddressSpaceMismatch => Code::LnaAddressSpaceMismatch,
        }
    }
}
