//! Dice for load balancing and ids: fast, per thread, and never for secrets.

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};

/// [xorshift64*](https://en.wikipedia.org/wiki/Xorshift#xorshift*), seeded by the hasher of the
/// standard library, which the operating system seeds.
pub(crate) struct Random;

thread_local! {
    static STATE: Cell<u64> = Cell::new(RandomState::new().build_hasher().finish() | 1);
}

impl Random {
    pub(crate) fn next(&self) -> u64 {
        STATE.with(|state| {
            let mut x = state.get();
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            state.set(x);
            x.wrapping_mul(0x2545_F491_4F6C_DD1D)
        })
    }

    /// A number from 0 to `bound` - 1; 0 if `bound` is 0.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let wide = u128::from(self.next() >> 1) * bound as u128;
        usize::try_from(wide >> 63).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[Random.below(7)] += 1;
        }
        assert!(seen.iter().all(|&count| count > 700), "{seen:?}");
        assert_eq!(Random.below(0), 0);
    }
}
