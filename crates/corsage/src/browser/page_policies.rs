//! What a page's owner and the user have decided, and what decides about a fetch beside CORS: inputs, for no
//! request shows them.

use super::{ContentSecurityPolicy, Destination, LocalNetworkPermission};

/// The policies that hold for a page.
///
/// ```
/// use corsage::browser::{Client, ContentSecurityPolicy, InsecureRequests};
/// use corsage::terms::Origin;
///
/// let mut page = Client::page(Origin::parse("https://app.example").unwrap());
/// page.policies.content_security.push(ContentSecurityPolicy::parse("connect-src 'self'"));
/// page.policies.insecure_requests = InsecureRequests::Upgraded;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagePolicies {
    /// Every policy enforced; a request must satisfy all of them.
    pub content_security: Vec<ContentSecurityPolicy>,
    /// `upgrade-insecure-requests`.
    pub insecure_requests: InsecureRequests,
    /// The `blocked-destinations` of an enforced [`Integrity-Policy`](https://w3c.github.io/webappsec-subresource-integrity/#integrity-policy-section).
    pub integrity_blocked: Vec<Destination>,
    /// What the user, or the page's Permissions-Policy, says of the local network.
    pub local_network: LocalNetworkPermission,
    /// Hosts that are [known to want HTTPS](https://www.rfc-editor.org/rfc/rfc6797#section-8.2).
    pub hsts_hosts: Vec<HstsHost>,
}

/// [Insecure requests policy](https://w3c.github.io/webappsec-upgrade-insecure-requests/#insecure-requests-policy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InsecureRequests {
    /// `http:` stays `http:`.
    #[default]
    AsWritten,
    /// `http:` becomes `https:`.
    Upgraded,
}

/// A known HSTS host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HstsHost {
    /// The host, in lower case, without a trailing dot.
    pub host: String,
    /// Whether the hosts below it are meant too.
    pub include_subdomains: bool,
}

impl HstsHost {
    /// [Known HSTS host domain name matching](https://www.rfc-editor.org/rfc/rfc6797#section-8.2).
    pub(crate) fn covers(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        host == self.host
            || self.include_subdomains
                && host.strip_suffix(&self.host).is_some_and(|left| left.ends_with('.'))
    }
}
