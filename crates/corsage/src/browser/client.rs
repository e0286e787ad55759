//! [Environment settings object](https://html.spec.whatwg.org/multipage/webappapis.html#environment-settings-object):
//! the page, or worker, that fetches.

use url::Url;

use super::{BlobUrl, PagePolicies, ReferrerPolicy};
use std::sync::Arc;

use crate::terms::{Origin, PublicSuffixes, site};

/// Who fetches: what no request shows, and what decides about it all the same.
#[derive(Clone, Debug)]
pub struct Client {
    /// The origin of the page.
    pub origin: Origin,
    /// The page's address, base of relative URLs and of the referrer.
    pub url: Option<Url>,
    /// The origin in the address bar: partitions caches and cookies.
    pub top_level_origin: Origin,
    /// Whether the page is a secure context.
    pub secure_context: SecureContext,
    /// The page's referrer policy.
    pub referrer_policy: ReferrerPolicy,
    /// Where the page came from, for Local Network Access; `None` if not known.
    pub address_space: Option<AddressSpace>,
    /// The page's `Cross-Origin-Embedder-Policy`.
    pub embedder_policy: EmbedderPolicy,
    /// Window or worker.
    pub global: Global,
    /// What its owner and its user have decided.
    pub policies: PagePolicies,
    /// What stands under the page's `blob:` URLs.
    pub blobs: Vec<BlobUrl>,
    /// What decides about sites.
    pub public_suffixes: Arc<dyn PublicSuffixes>,
}

impl Client {
    /// A top-level page of an origin, with nothing special about it.
    ///
    /// ```
    /// use corsage::browser::{Client, SecureContext};
    /// use corsage::terms::Origin;
    /// let page = Client::page(Origin::parse("https://app.example").unwrap());
    /// assert_eq!(page.secure_context, SecureContext::Secure);
    /// ```
    #[must_use]
    pub fn page(origin: Origin) -> Self {
        let secure = site::is_potentially_trustworthy(&origin);
        Self {
            url: Url::parse(&origin.to_string()).ok(),
            top_level_origin: origin.clone(),
            origin,
            secure_context: if secure { SecureContext::Secure } else { SecureContext::Insecure },
            referrer_policy: ReferrerPolicy::Empty,
            address_space: None,
            embedder_policy: EmbedderPolicy::UnsafeNone,
            global: Global::Window,
            policies: PagePolicies::default(),
            blobs: Vec::new(),
            public_suffixes: bundled_suffixes(),
        }
    }
}

#[cfg(feature = "public-suffix-list")]
fn bundled_suffixes() -> Arc<dyn PublicSuffixes> {
    Arc::new(crate::terms::BundledPublicSuffixes)
}

#[cfg(not(feature = "public-suffix-list"))]
fn bundled_suffixes() -> Arc<dyn PublicSuffixes> {
    Arc::new(crate::terms::NoPublicSuffixes)
}

/// Whether a page is a [secure context](https://w3c.github.io/webappsec-secure-contexts/).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureContext {
    /// Every ancestor is potentially trustworthy.
    Secure,
    /// At least one is not.
    Insecure,
}

/// [IP address space](https://wicg.github.io/local-network-access/#ip-address-space-section).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressSpace {
    /// This machine.
    Loopback,
    /// The local network.
    Local,
    /// Everything else.
    Public,
}

/// [Embedder policy value](https://html.spec.whatwg.org/multipage/browsers.html#embedder-policy-value).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbedderPolicy {
    /// `unsafe-none`.
    #[default]
    UnsafeNone,
    /// `require-corp`.
    RequireCorp,
    /// `credentialless`.
    Credentialless,
}

impl EmbedderPolicy {
    /// The policy that a page's `Cross-Origin-Embedder-Policy` sets; what is no policy sets none.
    ///
    /// ```
    /// use corsage::browser::EmbedderPolicy;
    /// let policy = EmbedderPolicy::from_header("require-corp; report-to=\"coep\"");
    /// assert_eq!(policy, EmbedderPolicy::RequireCorp);
    /// assert_eq!(EmbedderPolicy::from_header("Require-CORP"), EmbedderPolicy::UnsafeNone);
    /// ```
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        match value.split(';').next().unwrap_or_default().trim() {
            "require-corp" => Self::RequireCorp,
            "credentialless" => Self::Credentialless,
            _ => Self::UnsafeNone,
        }
    }
}

/// The kind of global object that fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Global {
    /// A document.
    #[default]
    Window,
    /// A dedicated or shared worker.
    Worker,
    /// A service worker.
    ServiceWorker,
}
