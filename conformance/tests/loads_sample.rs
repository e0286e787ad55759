//! What three real browsers did with a set of recorded loads.

use std::path::Path;

/// More than a quarter of the recorded loads: of every kind five that differ in their first tags, those whose
/// identifiers have the least hashes. Nobody chose them by their outcome.
#[test]
fn the_sample_holds_in_three_browsers() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/loads-sample");
    let report = conformance::loads::run(&directory, None, None, 20).expect("readable data");
    assert!(report.passed, "{}", report.text);
    for browser in ["chromium", "firefox", "webkit"] {
        let numbers: Vec<usize> = report
            .text
            .lines()
            .find_map(|line| {
                line.strip_prefix(&format!("{browser}: ")).filter(|l| l.contains(" cases, "))
            })
            .map(|line| line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect())
            .unwrap_or_default();
        let [cases, agree, explained, 0] = numbers[..] else {
            panic!("{browser}: {numbers:?}\n{}", report.text)
        };
        assert!(
            cases > 500 && agree + explained == cases && explained * 50 < cases,
            "{}",
            report.text
        );
    }
}
