//! [Request class](https://fetch.spec.whatwg.org/#request-class): the constructor's checks, and the
//! [guards](https://fetch.spec.whatwg.org/#headers-class) of its headers.

use url::Url;

use super::header_list::trim;
use super::profile::{BodyType, Streams, WindowMember};
use super::request::{
    Body, CacheMode, CredentialsMode, Destination, Initiator, Mode, RedirectMode, ReferrerPolicy,
    RequestInit,
};
use super::unsafe_request_headers::is_safelisted;
use super::{AddressSpace, Client, Code, HeaderList, Profile};
use crate::terms::header_name::{is_forbidden_request_header, is_method_override, is_token};
use crate::terms::header_values::get_decode_and_split;
use crate::terms::method;
use crate::terms::safelist::is_no_cors_safelisted_request_header_name;

/// A request that passed the constructor's checks.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: Vec<u8>,
    pub(crate) url: Url,
    pub(crate) headers: HeaderList,
    pub(crate) body: Option<Body>,
    pub(crate) mode: Mode,
    pub(crate) credentials: CredentialsMode,
    pub(crate) redirect: RedirectMode,
    pub(crate) cache: CacheMode,
    pub(crate) referrer: Referrer,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) integrity: String,
    pub(crate) keepalive: bool,
    pub(crate) initiator: Initiator,
    pub(crate) destination: Destination,
    pub(crate) use_cors_preflight: bool,
    pub(crate) use_url_credentials: bool,
    pub(crate) target_address_space: Option<AddressSpace>,
    /// Headers that the guard dropped.
    pub(crate) dropped: Vec<Vec<u8>>,
    pub(crate) manners: Manners,
}

/// What an engine's loads do otherwise than its `fetch()`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    pub(crate) origin: OriginManner,
    pub(crate) referrer: ReferrerManner,
    pub(crate) metadata: MetadataManner,
    pub(crate) later_preflight: LaterPreflightManner,
    pub(crate) foreign_redirect: ForeignRedirectManner,
    pub(crate) credentials: CredentialsManner,
    /// The origin that `Sec-Fetch-Site` relates to, where it is not the page's.
    pub(crate) asked_by: Option<crate::terms::Origin>,
}

/// `Origin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OriginManner {
    #[default]
    ByText,
    /// Two engines send it to the page's own origin too, where an element asks in "cors" mode.
    AtHomeToo,
    /// WebKit names the origin of an opaque page's URL in some loads.
    OfPageUrl,
}

/// `Referer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReferrerManner {
    #[default]
    ByText,
    /// Never sent, and nothing else follows from that.
    Unsent,
}

/// Credentials of a navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CredentialsManner {
    #[default]
    ByText,
    /// None once another origin is asked.
    HomeAlone,
}

/// A preflight that follows a redirect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LaterPreflightManner {
    #[default]
    ByText,
    /// WebKit's beacons: it refers as the first request did, and what it is for goes without credentials.
    AsAtFirst,
}

/// A redirect that another origin sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ForeignRedirectManner {
    #[default]
    ByText,
    /// It must allow credentials, although none are sent.
    CheckedAsIncluded,
}

/// `Sec-Fetch-*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MetadataManner {
    #[default]
    ByText,
    Unsent,
}

/// [Referrer](https://fetch.spec.whatwg.org/#concept-request-referrer)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Referrer {
    None,
    Client,
    Url(Url),
}

/// Why a request was refused before any traffic: the exception that a script would see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// The unified code.
    pub code: Code,
    /// The value that was refused, as given.
    pub value: Vec<u8>,
}

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: \"{}\"", self.code, self.value.escape_ascii())
    }
}

impl std::error::Error for RequestError {}

fn refuse<T>(code: Code, value: impl AsRef<[u8]>) -> Result<T, RequestError> {
    Err(RequestError { code, value: value.as_ref().to_vec() })
}

/// A body as it will be sent.
struct Upload {
    body: Option<Body>,
    body_type: Option<Vec<u8>>,
    needs_preflight: bool,
}

/// What becomes of a stream; `None` if the body is none.
fn upload(
    init: &RequestInit,
    mode: Mode,
    profile: Profile,
) -> Result<Option<Upload>, RequestError> {
    if !matches!(init.body, Some(Body::Stream)) {
        return Ok(None);
    }
    match profile.switches().streams {
        // No stream uploads: the object is turned into a string like any other.
        Streams::AreText => Ok(Some(Upload {
            body: Some(Body::Bytes((*b"[object ReadableStream]").into())),
            body_type: Some(b"text/plain;charset=UTF-8".to_vec()),
            needs_preflight: false,
        })),
        _ if !init.duplex_half => refuse(Code::StreamNeedsDuplexHalf, "duplex"),
        _ if mode == Mode::NoCors => refuse(Code::StreamModeNotAllowed, "no-cors"),
        _ => Ok(Some(Upload {
            body: Some(Body::Stream),
            body_type: init.body_content_type.clone(),
            needs_preflight: true,
        })),
    }
}

impl Request {
    /// The `Request` constructor's checks, guards and defaults.
    ///
    /// ```
    /// use corsage::browser::{Client, Code, Profile, Request, RequestInit};
    /// use corsage::terms::Origin;
    /// let page = Client::page(Origin::parse("https://app.example").unwrap());
    /// let init = RequestInit { url: "/a".into(), method: Some(b"trace".to_vec()), ..RequestInit::default() };
    /// assert_eq!(Request::new(init, &page, Profile::Standard).unwrap_err().code, Code::ForbiddenMethod);
    /// ```
    ///
    /// # Errors
    /// What makes the constructor throw a `TypeError`.
    pub fn new(init: RequestInit, client: &Client, profile: Profile) -> Result<Self, RequestError> {
        let url = parse_url(&init, client)?;
        if init.window && profile.switches().window_member == WindowMember::MustBeNull {
            return refuse(Code::NavigateModeNotAllowed, "window");
        }
        let referrer = parse_referrer(init.referrer.as_deref(), client)?;
        let mode = init.mode.unwrap_or(if init.initiator == Initiator::Other {
            Mode::NoCors
        } else {
            Mode::Cors
        });
        if mode == Mode::Navigate || mode == Mode::Websocket {
            return refuse(Code::NavigateModeNotAllowed, "navigate");
        }
        let cache = init.cache.unwrap_or(CacheMode::Default);
        if cache == CacheMode::OnlyIfCached && mode != Mode::SameOrigin {
            return refuse(Code::OnlyIfCachedNeedsSameOriginMode, "only-if-cached");
        }
        let method = parse_method(init.method.as_deref(), mode)?;
        let mut dropped = Vec::new();
        let mut headers = fill(&init.headers, mode, profile, &mut dropped)?;
        if init.body.is_some() && matches!(&*method, b"GET" | b"HEAD") {
            return refuse(Code::BodyWithGetOrHead, &method);
        }
        let Upload { body, body_type, needs_preflight } =
            upload(&init, mode, profile)?.unwrap_or(Upload {
                body: init.body,
                body_type: init.body_content_type,
                needs_preflight: false,
            });
        if let Some(value) =
            body_type.filter(|_| body.is_some() && !headers.contains(b"content-type"))
        {
            match profile.switches().body_type {
                BodyType::Guarded => {
                    append(&mut headers, b"Content-Type", &value, mode, profile, &mut dropped);
                }
                BodyType::Unguarded => headers.append("Content-Type", value),
            }
        }
        Ok(Self {
            method,
            url,
            headers,
            body,
            mode,
            credentials: init.credentials.unwrap_or(CredentialsMode::SameOrigin),
            redirect: init.redirect.unwrap_or(RedirectMode::Follow),
            cache,
            referrer,
            referrer_policy: init.referrer_policy.unwrap_or_default(),
            integrity: init.integrity,
            keepalive: init.keepalive,
            initiator: init.initiator,
            destination: init.destination,
            use_cors_preflight: init.use_cors_preflight || needs_preflight,
            use_url_credentials: init.use_url_credentials,
            target_address_space: init.target_address_space,
            dropped,
            manners: Manners::default(),
        })
    }

    /// The method, normalised.
    #[must_use]
    pub fn method(&self) -> &[u8] {
        &self.method
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers that the guard left.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        &self.headers
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The credentials mode.
    #[must_use]
    pub fn credentials(&self) -> CredentialsMode {
        self.credentials
    }

    /// The integrity metadata, for whoever holds the body to verify.
    #[must_use]
    pub fn integrity(&self) -> &str {
        &self.integrity
    }

    /// The keepalive flag.
    #[must_use]
    pub fn keepalive(&self) -> bool {
        self.keepalive
    }
}

fn parse_url(init: &RequestInit, client: &Client) -> Result<Url, RequestError> {
    let parsed = match &client.url {
        Some(base) => base.join(&init.url),
        None => Url::parse(&init.url),
    };
    let Ok(url) = parsed else { return refuse(Code::InvalidUrl, &init.url) };
    if init.initiator == Initiator::Fetch
        && (!url.username().is_empty() || url.password().is_some())
    {
        return refuse(Code::UrlHasCredentials, &init.url);
    }
    Ok(url)
}

fn parse_referrer(referrer: Option<&str>, client: &Client) -> Result<Referrer, RequestError> {
    let text = match referrer {
        None => return Ok(Referrer::Client),
        Some("") => return Ok(Referrer::None),
        Some(text) => text,
    };
    let parsed = match &client.url {
        Some(base) => base.join(text),
        None => Url::parse(text),
    };
    let Ok(url) = parsed else { return refuse(Code::InvalidReferrer, text) };
    let is_client = url.as_str() == "about:client";
    let own = crate::terms::Origin::from_url(&url)
        .is_some_and(|origin| origin.is_same_origin(&client.origin));
    Ok(if is_client || !own { Referrer::Client } else { Referrer::Url(url) })
}

fn parse_method(given: Option<&[u8]>, mode: Mode) -> Result<Vec<u8>, RequestError> {
    let given = given.unwrap_or(b"GET");
    if !method::is_method(given) {
        return refuse(Code::InvalidMethod, given);
    }
    if method::is_forbidden(given) {
        return refuse(Code::ForbiddenMethod, given);
    }
    let method = method::normalize(given);
    if mode == Mode::NoCors && !method::is_safelisted(method) {
        return refuse(Code::NoCorsMethodNotSafelisted, given);
    }
    Ok(method.to_vec())
}

/// [Fill](https://fetch.spec.whatwg.org/#concept-headers-fill), under the guard that the mode brings.
fn fill(
    given: &[(Vec<u8>, Vec<u8>)],
    mode: Mode,
    profile: Profile,
    dropped: &mut Vec<Vec<u8>>,
) -> Result<HeaderList, RequestError> {
    let mut headers = HeaderList::new();
    for (name, value) in given {
        if !is_token(name) {
            return refuse(Code::InvalidHeaderName, name);
        }
        let value = trim(value);
        if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            return refuse(Code::InvalidHeaderValue, value);
        }
        append(&mut headers, name, value, mode, profile, dropped);
    }
    Ok(headers)
}

/// [Append](https://fetch.spec.whatwg.org/#concept-headers-append)
fn append(
    headers: &mut HeaderList,
    name: &[u8],
    value: &[u8],
    mode: Mode,
    profile: Profile,
    dropped: &mut Vec<Vec<u8>>,
) {
    let admitted = if is_forbidden(name, value) {
        false
    } else if mode == Mode::NoCors {
        let mut combined = headers.get(name).map(|mut before| {
            before.extend_from_slice(b", ");
            before
        });
        combined.get_or_insert_default().extend_from_slice(value);
        is_no_cors_safelisted_request_header_name(name)
            && is_safelisted(name, &combined.unwrap_or_default(), profile.switches())
    } else {
        true
    };
    if admitted {
        headers.append(name, value);
    } else {
        dropped.push(name.to_vec());
    }
}

/// [Forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header)
fn is_forbidden(name: &[u8], value: &[u8]) -> bool {
    is_forbidden_request_header(name)
        || is_method_override(name)
            && get_decode_and_split(value).iter().any(|item| method::is_forbidden(item))
}
