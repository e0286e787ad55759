//! [Public suffixes](https://publicsuffix.org): under which anybody can register a name.

#[cfg(all(feature = "public-suffix-list", any(target_family = "wasm", test)))]
mod packed;

#[cfg(all(feature = "public-suffix-list", target_family = "wasm"))]
use packed::List;
#[cfg(all(feature = "public-suffix-list", not(target_family = "wasm")))]
use psl::List;
#[cfg(feature = "public-suffix-list")]
use psl_types::List as _;

/// A copy of the Public Suffix List.
pub trait PublicSuffixes: std::fmt::Debug + Send + Sync {
    /// Whether the list, its private part included, holds this domain as a suffix.
    fn is_public_suffix(&self, domain: &str) -> bool;

    /// [Registrable domain](https://url.spec.whatwg.org/#host-registrable-domain): the suffix and one label
    /// more, if there is one.
    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str>;
}

/// No list: each host is its own registrable domain.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPublicSuffixes;

impl PublicSuffixes for NoPublicSuffixes {
    fn is_public_suffix(&self, _: &str) -> bool {
        false
    }

    fn registrable_domain<'h>(&self, _: &'h str) -> Option<&'h str> {
        None
    }
}

/// The copy that is compiled into this crate. Its data is under the MPL-2.0.
///
/// ```
/// use corsage::terms::{BundledPublicSuffixes, PublicSuffixes};
/// assert!(BundledPublicSuffixes.is_public_suffix("co.uk"));
/// let registrable = |host| BundledPublicSuffixes.registrable_domain(host);
/// assert_eq!(registrable("a.b.example.co.uk"), Some("example.co.uk"));
/// assert_eq!(registrable("a.b.example.co.uk."), Some("example.co.uk."));
/// assert_eq!(registrable("co.uk"), None);
/// ```
#[cfg(feature = "public-suffix-list")]
#[derive(Clone, Copy, Debug, Default)]
pub struct BundledPublicSuffixes;

#[cfg(feature = "public-suffix-list")]
impl PublicSuffixes for BundledPublicSuffixes {
    fn is_public_suffix(&self, domain: &str) -> bool {
        List.suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == domain)
    }

    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
        let domain = List.domain(host.as_bytes())?.trim();
        let domain = std::str::from_utf8(domain.as_bytes()).ok()?;
        // Another name with a dot at its end than without: the list's reader leaves that out.
        match host.strip_suffix('.') {
            Some(undotted) => host.get(undotted.len().checked_sub(domain.len())?..),
            None => Some(domain),
        }
    }
}
