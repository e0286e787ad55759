//! What three real browsers did with a set of recorded loads.

use std::path::Path;

/// More than a quarter of the recorded loads: of every kind five that differ in their first tags, those whose
/// identifiers have the least hashes. Nobody chose them by their outcome.
#[test]
fn the_sample_holds_in_three_browsers() {
    holds("loads-sample", 500);
}

/// What crosses rules on purpose.
#[test]
fn the_corners_hold_in_three_browsers() {
    holds("loads-corners", 2_800);
}

fn holds(name: &str, least: usize) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
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
        let [cases, agree, explained, disagree] = numbers[..] else {
            panic!("{browser}: {numbers:?}\n{}", report.text)
        };
        assert!(
            cases > least && disagree == 0 && agree + explained == cases && explained * 40 < cases,
            "{}",
            report.text
        );
    }
}

/// What Chromium and Firefox printed about the sample is what `explain` says that they print, and is read back; all but a
/// few lines that are said in frames without an origin, or not at all.
#[test]
fn consoles_say_what_is_predicted() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/loads-sample");
    let report = conformance::loads::run_console(&directory, 5).expect("readable data");
    for browser in ["Chromium", "Firefox"] {
        let line = report
            .text
            .lines()
            .find(|line| line.starts_with(&format!("{browser}: ")) && line.contains(" cases, "));
        let words = line.unwrap_or_default().split([' ', ',']);
        let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
        let [cases, printed, predicted, unsaid, recognised] = numbers[..] else {
            panic!("{browser}: {numbers:?}\n{}", report.text)
        };
        assert!(cases > 500 && printed > 100 && predicted * 2 > printed, "{}", report.text);
        assert!(unsaid * 50 <= predicted, "{unsaid} of {predicted}\n{}", report.text);
        assert_eq!(recognised, printed, "{}", report.text);
    }
}
