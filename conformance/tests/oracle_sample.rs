//! What three real browsers did with two sets of recorded cases.

use std::path::Path;

use conformance::oracle::Told;

/// About one in twelve of the recorded cases: in each pair of first tags those whose identifiers have the
/// least hashes. Nobody chose them by their outcome.
#[test]
fn the_sample_holds_in_three_browsers() {
    holds("oracle-sample", 1_300);
}

/// Cases that cross rules on purpose.
#[test]
fn the_corners_hold_in_three_browsers() {
    holds("oracle-corners", 2_300);
}

fn holds(name: &str, at_least: usize) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    let report = conformance::oracle::run(&directory, None, None, Told::Disagreements, 20)
        .expect("readable data");
    assert!(report.passed, "{}", report.text);
    for browser in ["chromium", "firefox", "webkit"] {
        let summary = report
            .text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{browser}: "))?.split_once(" cases, "))
            .and_then(|(cases, _)| cases.parse::<usize>().ok());
        assert!(summary.is_some_and(|cases| cases > at_least), "{browser}\n{}", report.text);
    }
}
