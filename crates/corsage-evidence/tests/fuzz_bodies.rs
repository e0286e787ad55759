//! The body of the fuzz target in `fuzz/`, on damaged cases.

#[path = "../../../fuzz/bodies/evidence.rs"]
mod evidence;

use proptest::prelude::*;

const SEEDS: &[&str] = &[
    include_str!("cases/console/given.txt"),
    include_str!("cases/console/further.txt"),
    include_str!("cases/copied/given.txt"),
    include_str!("cases/copied/further.txt"),
];

/// The texts of all cases.
fn seeds() -> Vec<&'static str> {
    SEEDS
        .iter()
        .flat_map(|file| file.split("### ").skip(1))
        .filter_map(|block| block.split_once('\n'))
        .map(|(_, text)| text)
        .collect()
}

/// One that a run of the property found: a method and no address, beside a whole call.
#[test]
fn a_call_without_an_address_says_so_beside_others() {
    let text = "this.http.request('PATCH', { body: { a: 1 } })\nthis.http.request('PATChttps://a.example/x', { body: 1 })\n\
                fetch('https://a.example/blocked')\n";
    evidence::evidence(text.as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_cases(seed: usize, other: usize, at: usize, length in 0usize..40, insert in "[\\x00-\\x7fé‘’“”`^$\\\\\"'{}()\\[\\]]{0,12}") {
        let seeds = seeds();
        let mut bytes = seeds[seed % seeds.len()].as_bytes().to_vec();
        let at = at % (bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, insert.bytes());
        evidence::evidence(&bytes);
        // Two at once, the second one whole.
        bytes.extend_from_slice(seeds[other % seeds.len()].as_bytes());
        evidence::evidence(&bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        evidence::evidence(&bytes);
    }
}
