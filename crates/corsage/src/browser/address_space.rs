//! [IP address space](https://wicg.github.io/local-network-access/#ip-address-space-section): draft of 2026-04-22.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::AddressSpace;
use crate::terms::loopback::{address_of, is_localhost_name};

impl AddressSpace {
    /// The space of an address.
    ///
    /// ```
    /// use corsage::browser::AddressSpace;
    /// assert_eq!(AddressSpace::of("192.168.1.1".parse().unwrap()), AddressSpace::Local);
    /// assert_eq!(AddressSpace::of("::ffff:127.0.0.1".parse().unwrap()), AddressSpace::Loopback);
    /// ```
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| of_v6(address), of_v4),
        }
    }

    /// The space that a URL's host itself gives away: an address, with or without brackets, or a name of this
    /// machine. `None` where only the connection will tell.
    ///
    /// ```
    /// use corsage::browser::AddressSpace;
    /// assert_eq!(AddressSpace::of_host("[fd00::1]"), Some(AddressSpace::Local));
    /// assert_eq!(AddressSpace::of_host("100.64.0.1"), Some(AddressSpace::Local));
    /// assert_eq!(AddressSpace::of_host("app.localhost"), Some(AddressSpace::Loopback));
    /// assert_eq!(AddressSpace::of_host("printer.local"), None);
    /// ```
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        if is_localhost_name(host) {
            return Some(Self::Loopback);
        }
        address_of(host).map(Self::of)
    }

    /// Where a host is likely to be: as [`AddressSpace::of_host`]; a name under `.local` on the local network
    /// (RFC 6762), and any other name in public.
    ///
    /// ```
    /// use corsage::browser::AddressSpace;
    /// assert_eq!(AddressSpace::likely("printer.local"), AddressSpace::Local);
    /// assert_eq!(AddressSpace::likely("app.example"), AddressSpace::Public);
    /// ```
    #[must_use]
    pub fn likely(host: &str) -> Self {
        let by_name = || if is_local_name(host) { Self::Local } else { Self::Public };
        Self::of_host(host).unwrap_or_else(by_name)
    }
}

/// RFC 6762: answered by neighbours.
pub(crate) fn is_local_name(host: &str) -> bool {
    host.strip_suffix('.').unwrap_or(host).ends_with(".local")
}

fn of_v4(address: Ipv4Addr) -> AddressSpace {
    let octets = address.octets();
    let benchmarking = octets[0] == 198 && octets[1] & 0xFE == 18;
    let shared = octets[0] == 100 && octets[1] & 0xC0 == 64;
    if address.is_loopback() || address.is_unspecified() || benchmarking {
        AddressSpace::Loopback
    } else if address.is_private()
        || address.is_link_local()
        || shared
        || address.is_documentation()
        || octets[0] == 0
    {
        AddressSpace::Local
    } else {
        AddressSpace::Public
    }
}

fn of_v6(address: Ipv6Addr) -> AddressSpace {
    let first = address.segments()[0];
    let documentation = first == 0x2001 && address.segments()[1] == 0xDB8;
    if address.is_loopback() || address.is_unspecified() {
        AddressSpace::Loopback
    } else if first & 0xFE00 == 0xFC00 || first & 0xFFC0 == 0xFE80 || documentation {
        AddressSpace::Local
    } else {
        AddressSpace::Public
    }
}
