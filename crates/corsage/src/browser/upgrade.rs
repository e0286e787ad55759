//! [Upgrade a request to a potentially trustworthy URL](https://w3c.github.io/webappsec-upgrade-insecure-requests/#upgrade-request),
//! by the page's policy, by the kind of content, and by HSTS: before anything is compared with the URL.

use url::Host;

use super::run::Run;
use super::{Destination, InsecureRequests, SecureContext};

pub(crate) fn upgrade(run: &mut Run) {
    if !matches!(run.url().scheme(), "http" | "ws") || !is_upgraded(run) {
        return;
    }
    let last = run.urls.len() - 1;
    let secure = if run.url().scheme() == "http" { "https" } else { "wss" };
    // Neither fails: both schemes are special, and the port was one before.
    let explicit = run.urls[last].port();
    let _ = run.urls[last].set_scheme(secure);
    let _ = run.urls[last].set_port(if explicit == Some(80) { Some(443) } else { explicit });
}

fn is_upgraded(run: &Run) -> bool {
    let policies = &run.client.policies;
    policies.insecure_requests == InsecureRequests::Upgraded && !run.is_trustworthy(run.url())
        || is_upgradeable_content(run)
        || is_known_host(run)
}

/// [Upgrade a mixed content request](https://w3c.github.io/webappsec-mixed-content/#upgrade-algorithm):
/// pictures, sound and films, without CORS, and not to addresses.
fn is_upgradeable_content(run: &Run) -> bool {
    let kind = matches!(
        run.request.destination,
        Destination::Image | Destination::Audio | Destination::Video
    );
    let page_is_https = run.client.url.as_ref().is_some_and(|url| url.scheme() == "https");
    kind && run.request.mode == super::Mode::NoCors
        && page_is_https
        && run.client.secure_context == SecureContext::Secure
        && matches!(run.url().host(), Some(Host::Domain(_)))
        && !run.is_trustworthy(run.url())
}

/// RFC 6797, 8.3, and never for localhost.
fn is_known_host(run: &Run) -> bool {
    match run.url().host() {
        Some(Host::Domain(host)) if !run.is_trustworthy(run.url()) => {
            run.client.policies.hsts_hosts.iter().any(|known| known.covers(host))
        }
        _ => false,
    }
}
