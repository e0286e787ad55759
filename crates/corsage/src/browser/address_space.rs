//! [IP address space](https://wicg.github.io/local-network-access/#ip-address-space-section): draft of 2026-04-22.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::AddressSpace;

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
