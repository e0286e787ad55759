//! [Site](https://html.spec.whatwg.org/multipage/browsers.html#obtain-a-site): scheme and registrable domain.

use super::loopback::is_loopback_host;
use super::{Origin, PublicSuffixes, TupleOrigin};

/// [Same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site).
///
/// ```
/// # #[cfg(feature = "public-suffix-list")] {
/// use corsage::terms::{BundledPublicSuffixes, Origin, site::is_same_site};
/// let parse = |text| Origin::parse(text).unwrap();
/// let list = &BundledPublicSuffixes;
/// assert!(is_same_site(&parse("https://a.example.com"), &parse("https://b.example.com:8443"), list));
/// assert!(!is_same_site(&parse("https://a.github.io"), &parse("https://b.github.io"), list));
/// // A dot at the end makes another name of it.
/// assert!(!is_same_site(&parse("https://a.example.com."), &parse("https://a.example.com"), list));
/// # }
/// ```
#[must_use]
pub fn is_same_site(a: &Origin, b: &Origin, suffixes: &dyn PublicSuffixes) -> bool {
    match (a, b) {
        (Origin::Tuple(first), Origin::Tuple(second)) if first.scheme() != second.scheme() => false,
        _ => is_schemelessly_same_site(a, b, suffixes),
    }
}

/// [Schemelessly same site](https://html.spec.whatwg.org/multipage/browsers.html#schemelessly-same-site).
#[must_use]
pub fn is_schemelessly_same_site(a: &Origin, b: &Origin, suffixes: &dyn PublicSuffixes) -> bool {
    match (a, b) {
        (Origin::Opaque(a), Origin::Opaque(b)) => a == b,
        (Origin::Tuple(a), Origin::Tuple(b)) => {
            match (registrable(a, suffixes), registrable(b, suffixes)) {
                (None, None) => a.host() == b.host(),
                (a, b) => a == b,
            }
        }
        _ => false,
    }
}

fn registrable<'o>(origin: &'o TupleOrigin, suffixes: &dyn PublicSuffixes) -> Option<&'o str> {
    let host = origin.host();
    let address = host.starts_with('[') || host.parse::<core::net::Ipv4Addr>().is_ok();
    if address { None } else { suffixes.registrable_domain(host) }
}

/// [Potentially trustworthy origin](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy).
#[must_use]
pub fn is_potentially_trustworthy(origin: &Origin) -> bool {
    let Origin::Tuple(origin) = origin else { return false };
    matches!(origin.scheme(), "https" | "wss" | "file") || is_loopback_host(origin.host())
}
