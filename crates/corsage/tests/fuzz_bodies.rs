//! The bodies of the fuzz targets in `fuzz/`, on random input.

#![cfg(all(feature = "browser", feature = "server"))]

#[path = "../../../fuzz/bodies/bodies.rs"]
mod bodies;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn parsers(data in prop::collection::vec(any::<u8>(), 0..160)) {
        bodies::parsers(&data);
    }

    #[test]
    fn origins_and_lists(text in "[a-z:/.,\"\\\\ *0-9\\[\\]-]{0,40}") {
        bodies::parsers(text.as_bytes());
    }

    #[test]
    fn policies(text in "(https?://)?[a-z*.:/0-9\\[\\]é\n-]{0,40}") {
        bodies::policies(text.as_bytes());
    }

    #[test]
    fn whole_fetch(data in prop::collection::vec(any::<u8>(), 0..600)) {
        bodies::whole_fetch(&data);
    }

    #[test]
    fn cache_beside_a_naive_one(data in prop::collection::vec(any::<u8>(), 0..160)) {
        bodies::cache_beside_a_naive_one(&data);
    }
}
