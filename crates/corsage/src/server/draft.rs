//! What an author writes: the waist at which builder, files and foreign formats meet.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{DynamicOrigins, OriginList, Request};
use crate::terms::OriginParts;

/// A policy as written, not yet judged.
///
/// A plain struct and a builder in one. Field names are those of the Kubernetes Gateway API's CORS
/// filter.
///
/// ```
/// use corsage::server::{Credentials, PolicyDraft};
/// use std::time::Duration;
/// let policy = PolicyDraft::new()
///     .origins(["https://app.example", "https://*.app.example"])
///     .methods(["PUT", "DELETE"])
///     .headers(["content-type", "authorization"])
///     .credentials(Credentials::Allow)
///     .max_age(Duration::from_secs(7200))
///     .compile()?;
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Origins and patterns; `*` for every origin.
    pub allow_origins: OriginList,
    /// Origins that a predicate admits, in addition to the list: a database, a tenant's settings.
    pub dynamic_origins: Option<DynamicOrigins>,
    /// Methods beyond GET, HEAD and POST; `*` for all.
    pub allow_methods: Vec<String>,
    /// Request-header names beyond the safelisted ones; `*` for all but `Authorization`, and with credentials for
    /// all of them.
    pub allow_headers: Vec<String>,
    /// Response-header names that pages may read; `*` for all.
    pub expose_headers: Vec<String>,
    /// Whether pages may make credentialed requests.
    pub allow_credentials: Credentials,
    /// How long browsers may remember a preflight; `None` sends no header, which means 5 seconds.
    pub max_age: Option<Duration>,
    /// Origins for `Timing-Allow-Origin`; `*` for all.
    pub timing_allow_origins: Vec<String>,
    /// `Cross-Origin-Resource-Policy`, if it is to be sent.
    pub cross_origin_resource_policy: Option<CrossOriginResourcePolicy>,
    /// Whether requests that would change something are stopped when they come from a page whose origin
    /// is not allowed. CORS itself does not do that.
    pub disallowed_writes: DisallowedWrites,
    /// Further request headers on which the answers depend; named in `Vary`.
    pub vary_also: Vec<String>,
    /// How preflights are answered.
    pub preflight: PreflightStyle,
    /// Whether the author asks for the abandoned Private Network Access headers. They are never sent;
    /// asking is answered with a warning that says what took their place.
    pub private_network_access: PrivateNetworkAccess,
    /// A response header that says why a page was refused. For development: it tells strangers too.
    pub debug_header: Option<String>,
    /// Dangerous settings that the author wants all the same, each with a reason.
    pub tolerate: Vec<Tolerance>,
}

/// Whether pages may make credentialed requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Responses to credentialed requests cannot be read.
    #[default]
    Omit,
    /// `Access-Control-Allow-Credentials: true`.
    Allow,
}

/// [`Cross-Origin-Resource-Policy`](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossOriginResourcePolicy {
    /// `same-origin`
    SameOrigin,
    /// `same-site`
    SameSite,
    /// `cross-origin`
    CrossOrigin,
}

/// A waiver with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// Which guard is lifted.
    pub waiver: Waiver,
    /// Why; not empty.
    pub reason: String,
}

/// What happens to a cross-origin request that would change something (any method but GET, HEAD and
/// OPTIONS) and whose origin the policy does not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisallowedWrites {
    /// It is executed, and the page cannot read the answer: what CORS alone does.
    #[default]
    Execute,
    /// It is refused with 403 before the handler sees it.
    Refuse,
}

/// Whether a policy asks for [Private Network Access](https://wicg.github.io/private-network-access/),
/// a draft that browsers have given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateNetworkAccess {
    /// It does not.
    #[default]
    NotAskedFor,
    /// It does, perhaps copied from an older configuration.
    AskedFor,
}

/// How preflights are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreflightStyle {
    /// 204, with what a browser reads and nothing else.
    #[default]
    NoContent,
    /// The same with status 200, for clients that take nothing else.
    Ok,
    /// 200, and with `Access-Control-Expose-Headers`, as the Kubernetes Gateway API's conformance
    /// tests want it. As they want it, too, an only origin is not sent to pages of other origins.
    GatewayApi,
}

macro_rules! waivers {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The guards that can be lifted by name.
        ///
        /// ```
        /// use corsage::server::Waiver;
        /// assert_eq!("null-origin".parse(), Ok(Waiver::NullOrigin));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Waiver { $($(#[$doc])* $variant,)* }

        impl Waiver {
            /// Every waiver.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

waivers! {
    /// `insecure-origins`: http origins with credentials.
    InsecureOrigins = "insecure-origins",
    /// `public-suffix-subdomains`: all subdomains of a public suffix with credentials.
    PublicSuffixSubdomains = "public-suffix-subdomains",
    /// `null-origin`: sandboxed frames, `data:` documents, redirects.
    NullOrigin = "null-origin",
    /// `file-scheme`: `file://`.
    FileScheme = "file-scheme",
    /// `any-origin-with-credentials`: every origin, echoed, with credentials.
    AnyOriginWithCredentials = "any-origin-with-credentials",
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Waiver {
    type Err = UnknownWaiver;

    fn from_str(name: &str) -> Result<Self, UnknownWaiver> {
        Self::ALL.iter().copied().find(|waiver| waiver.as_str() == name).ok_or(UnknownWaiver)
    }
}

/// No waiver has that name; [`Waiver::ALL`] has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWaiver;

impl fmt::Display for UnknownWaiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no waiver has that name; there are ")?;
        for (position, waiver) in Waiver::ALL.iter().enumerate() {
            write!(f, "{}{waiver}", if position > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownWaiver {}

impl PolicyDraft {
    /// Allows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins and patterns.
    #[must_use]
    pub fn origins<S: AsRef<str>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.allow_origins.extend(origins);
        self
    }

    /// Admits origins by a predicate too. It is asked for well-formed origins only, and it is guarded
    /// like a written one: with credentials, http origins other than loopback need the waiver, and so does a
    /// predicate that admits everybody. All rules add up: what any of them admits is admitted.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// let policy = PolicyDraft::new()
    ///     .origins(["https://app.example"])
    ///     .origins_where(|origin| origin.host.ends_with(".first.example"))
    ///     .origins_where(|origin| origin.host.ends_with(".second.example"))
    ///     .compile()?;
    /// for origin in ["https://app.example", "https://a.first.example", "https://a.second.example"] {
    ///     assert!(policy.admits_origin(origin));
    /// }
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn origins_where(
        self,
        predicate: impl Fn(OriginParts<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.and_origins(DynamicOrigins::new(predicate))
    }

    /// Admits origins by a predicate that sees the request too: its host, its path, its headers. Under the guards of
    /// [`origins_where`](Self::origins_where). If it looks at headers other than `Origin`, name them in
    /// [`vary_also`](Self::vary_also), or caches hand one page's answer to another.
    ///
    /// ```
    /// use corsage::server::{Outcome, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method, Uri};
    ///
    /// // Each tenant's API is for that tenant's pages.
    /// let policy = PolicyDraft::new()
    ///     .origins_where_request(|origin, request| {
    ///         let tenant = request.host().and_then(|host| host.strip_suffix(".api.example"));
    ///         tenant.is_some() && origin.host.strip_suffix(".app.example") == tenant
    ///     })
    ///     .compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("host", HeaderValue::from_static("blue.api.example"));
    /// headers.insert("origin", HeaderValue::from_static("https://blue.app.example"));
    /// let decided = policy.decide(&Request::new(&Method::GET, &headers)).outcome() == Outcome::Share;
    /// assert!(decided);
    /// headers.insert("origin", HeaderValue::from_static("https://red.app.example"));
    /// let decided = policy.decide(&Request::new(&Method::GET, &headers)).outcome() == Outcome::Share;
    /// assert!(!decided);
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn origins_where_request(
        self,
        predicate: impl Fn(OriginParts<'_>, &Request<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.and_origins(DynamicOrigins::seeing_request(predicate))
    }

    /// Admits origins that an adapter looks up, in a database for one, and may wait for: under the guards
    /// of [`origins_where`](Self::origins_where). Every adapter's `looking_up` says how; one that looks nothing up
    /// admits only what the other rules do.
    #[must_use]
    pub fn origins_looked_up(self) -> Self {
        self.and_origins(DynamicOrigins::looked_up())
    }

    fn and_origins(mut self, rules: DynamicOrigins) -> Self {
        self.dynamic_origins = Some(match self.dynamic_origins.take() {
            Some(before) => before.and(rules),
            None => rules,
        });
        self
    }

    /// Adds methods.
    #[must_use]
    pub fn methods<S: Into<String>>(mut self, methods: impl IntoIterator<Item = S>) -> Self {
        self.allow_methods.extend(methods.into_iter().map(Into::into));
        self
    }

    /// Adds request-header names.
    #[must_use]
    pub fn headers<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.allow_headers.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds response-header names that pages may read.
    #[must_use]
    pub fn expose<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.expose_headers.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds the lists of a [preset](super::presets).
    #[must_use]
    pub fn preset(self, preset: &super::presets::Preset) -> Self {
        self.origins(preset.allow_origins)
            .methods(preset.allow_methods.iter().copied())
            .headers(preset.allow_headers.iter().copied())
            .expose(preset.expose_headers.iter().copied())
    }

    /// Sets whether credentialed requests are allowed.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.allow_credentials = credentials;
        self
    }

    /// Sets how long browsers may remember a preflight.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Reads a count of seconds, as files and foreign formats have it, for [`max_age`](Self::max_age).
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// assert_eq!(PolicyDraft::max_age_from_seconds(600).unwrap().as_secs(), 600);
    /// assert_eq!(PolicyDraft::max_age_from_seconds(-5).unwrap_err().code.as_str(), "negative");
    /// ```
    ///
    /// # Errors
    /// The problem to report beside the others: the count is negative, or beyond every browser's cap
    /// by so much that no [`Duration`] holds it.
    pub fn max_age_from_seconds(seconds: i128) -> Result<Duration, Box<super::PolicyProblem>> {
        u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| Box::new(super::check_lists::not_a_max_age(&seconds, seconds < 0)))
    }

    /// Names further request headers on which the answers depend, for `Vary`.
    #[must_use]
    pub fn vary_also<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.vary_also.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds origins to `Timing-Allow-Origin`, whose pages may read the response's exact timing; `*` for all.
    #[must_use]
    pub fn timing_allow_origins<S: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = S>,
    ) -> Self {
        self.timing_allow_origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Sets `Cross-Origin-Resource-Policy`, for every response.
    #[must_use]
    pub fn cross_origin_resource_policy(mut self, policy: CrossOriginResourcePolicy) -> Self {
        self.cross_origin_resource_policy = Some(policy);
        self
    }

    /// Names a response header that says why a page was refused. For development: it tells strangers too.
    ///
    /// ```
    /// use corsage::server::{CrossOriginResourcePolicy, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method};
    ///
    /// let policy = PolicyDraft::new()
    ///     .origins(["https://app.example", "https://b.example"])
    ///     .vary_also(["accept-language"])
    ///     .timing_allow_origins(["https://app.example"])
    ///     .cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin)
    ///     .debug_header("x-cors-debug")
    ///     .compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://c.example"));
    /// let mut response = HeaderMap::new();
    /// policy.decide(&Request::new(&Method::GET, &headers)).apply(&mut response);
    /// assert_eq!(response["vary"], "Origin, accept-language");
    /// assert_eq!(response["timing-allow-origin"], "https://app.example");
    /// assert_eq!(response["cross-origin-resource-policy"], "cross-origin");
    /// assert!(response["x-cors-debug"].to_str()?.contains("https://c.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn debug_header(mut self, name: impl Into<String>) -> Self {
        self.debug_header = Some(name.into());
        self
    }

    /// As [`max_age_from_seconds`](Self::max_age_from_seconds), for formats whose numbers may have a fraction.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// assert_eq!(PolicyDraft::max_age_from_fraction(0.5).unwrap().as_millis(), 500);
    /// assert_eq!(PolicyDraft::max_age_from_fraction(-0.5).unwrap_err().code.as_str(), "negative");
    /// ```
    ///
    /// # Errors
    /// The problem to report beside the others: it is negative, too large, or no number at all.
    pub fn max_age_from_fraction(seconds: f64) -> Result<Duration, Box<super::PolicyProblem>> {
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| Box::new(super::check_lists::not_a_max_age(&seconds, seconds < 0.0)))
    }

    /// Sets what happens to disallowed cross-origin writes.
    #[must_use]
    pub fn disallowed_writes(mut self, writes: DisallowedWrites) -> Self {
        self.disallowed_writes = writes;
        self
    }

    /// Sets how preflights are answered.
    #[must_use]
    pub fn preflight(mut self, style: PreflightStyle) -> Self {
        self.preflight = style;
        self
    }

    /// Lifts a guard, for a reason.
    #[must_use]
    pub fn tolerate(mut self, waiver: Waiver, reason: impl Into<String>) -> Self {
        self.tolerate.push(Tolerance { waiver, reason: reason.into() });
        self
    }

    /// Whether an origin that no list names is refused whatever a predicate says of it.
    pub(super) fn is_guarded_against(&self, origin: OriginParts<'_>) -> bool {
        self.allow_credentials == Credentials::Allow
            && super::check_origins::is_insecure(origin.scheme, origin.host)
            && !self.tolerates(Waiver::InsecureOrigins)
    }

    pub(super) fn tolerates(&self, waiver: Waiver) -> bool {
        self.tolerate.iter().any(|tolerance| tolerance.waiver == waiver)
    }
}
