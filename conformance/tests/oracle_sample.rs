//! What three real browsers did with a sample of the recorded cases, every group of them among it.
//!
//! The sample is the cases whose identifiers have the least hashes in each pair of first tags: about
//! one in twelve. Nobody chose them by their outcome.

use std::path::Path;

use conformance::oracle::Told;

#[test]
fn the_sample_holds_in_three_browsers() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/oracle-sample");
    let report = conformance::oracle::run(&directory, None, None, Told::Disagreements, 20)
        .expect("readable data");
    assert!(report.passed, "{}", report.text);
    for browser in ["chromium", "firefox", "webkit"] {
        let summary = report
            .text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{browser}: "))?.split_once(" cases, "))
            .and_then(|(cases, _)| cases.parse::<usize>().ok());
        assert!(summary.is_some_and(|cases| cases > 1_300), "{browser}\n{}", report.text);
    }
}
