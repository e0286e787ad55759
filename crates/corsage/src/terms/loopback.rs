//! What is on this machine, by its name or by its address.
//!
//! One answer for everybody who asks: trustworthiness, the checks of a policy's origins, near misses,
//! address spaces.

use core::net::{IpAddr, Ipv6Addr};

/// Whether a URL's or an origin's host is this machine: `localhost` and the names under it, 127.0.0.0/8,
/// `[::1]`, with or without brackets. A trailing dot makes no difference.
///
/// ```
/// use corsage::terms::loopback::is_loopback_host;
/// for host in ["localhost", "app.localhost", "localhost.", "127.9.9.9", "[::1]", "::1"] {
///     assert!(is_loopback_host(host), "{host}");
/// }
/// for host in ["localhost.example", "notlocalhost", "127.example", "0.0.0.0", "[::2]", ""] {
///     assert!(!is_loopback_host(host), "{host}");
/// }
/// ```
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    is_localhost_name(host) || address_of(host).is_some_and(is_loopback_address)
}

/// Whether a name is `localhost` or under it: [let localhost be localhost](https://www.rfc-editor.org/rfc/rfc6761#section-6.3).
#[must_use]
pub fn is_localhost_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost") && !name.starts_with('.')
}

/// Whether an address never leaves this machine: 127.0.0.0/8, ::1, and the first written as the second kind.
#[must_use]
pub fn is_loopback_address(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The address that a host is, if it is one.
pub(crate) fn address_of(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}
