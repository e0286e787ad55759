//! What an author writes: the waist at which builder, files and foreign formats meet.

use std::time::Duration;

/// A policy as written, not yet judged.
///
/// Field names are those of the Kubernetes Gateway API's CORS filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Origins and patterns; `*` for every origin.
    pub allow_origins: Vec<String>,
    /// Methods beyond GET, HEAD and POST; `*` for all.
    pub allow_methods: Vec<String>,
    /// Request-header names beyond the safelisted ones; `*` for all but `Authorization`.
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

/// The guards that can be lifted by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waiver {
    /// `insecure-origins`: http origins with credentials.
    InsecureOrigins,
    /// `public-suffix-subdomains`: all subdomains of a public suffix with credentials.
    PublicSuffixSubdomains,
    /// `null-origin`: sandboxed frames, `data:` documents, redirects.
    NullOrigin,
    /// `file-scheme`: `file://` and other schemes that are not of the web.
    FileScheme,
    /// `any-origin-with-credentials`: every origin, echoed, with credentials.
    AnyOriginWithCredentials,
}
