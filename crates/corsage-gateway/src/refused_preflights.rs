//! How many preflights of origins that are not allowed an address may send. They cost little, and a page that many
//! people have open can make their browsers send them without end.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Addresses that are counted apart within a second. What comes beyond is counted together.
const ADDRESSES: usize = 65_536;
const TOGETHER: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Refused preflights of this second, by address.
#[derive(Debug, Default)]
pub(crate) struct RefusedPreflights(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    second: u64,
    by_address: HashMap<IpAddr, u32>,
}

impl RefusedPreflights {
    /// Counts one more; whether it is one too many.
    pub(crate) fn are_too_many(&self, address: IpAddr, limit: u32, now_ms: u64) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now_ms / 1_000;
        if counts.second != second {
            counts.second = second;
            counts.by_address.clear();
        }
        let mut network = network(address);
        if counts.by_address.len() >= ADDRESSES && !counts.by_address.contains_key(&network) {
            network = TOGETHER;
        }
        let count = counts.by_address.entry(network).or_default();
        *count = count.saturating_add(1);
        *count > limit
    }
}

/// Who has an IPv6 address has a whole network of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_share_of_each_second() {
        let refused = RefusedPreflights::default();
        let ask = |address: &str, now_ms| refused.are_too_many(address.parse().unwrap(), 2, now_ms);
        assert_eq!([1, 1, 1].map(|_| ask("192.0.2.1", 5_000)), [false, false, true]);
        assert!(!ask("192.0.2.2", 5_999));
        assert!(!ask("192.0.2.1", 6_000));
        assert_eq!(
            ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(|address| ask(address, 6_000)),
            [false, false, true]
        );
        assert!(!ask("2001:db8:0:1::3", 6_000));
    }

    #[test]
    fn memory_ends() {
        let refused = RefusedPreflights::default();
        for address in 0..200_000_u32 {
            refused.are_too_many(Ipv4Addr::from(address).into(), 1, 0);
        }
        assert!(refused.0.lock().unwrap().by_address.len() <= ADDRESSES + 1);
    }
}
