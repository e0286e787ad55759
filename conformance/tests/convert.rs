//! What real programs answered, given real configurations: the models of them predict all of it.

use std::path::Path;

use conformance::convert::{Shown, run};

/// The text of the last line: configurations, requests, and how many agree, are wrong or refused.
fn last_line(file: &str) -> String {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let shown = Shown { wrong: 3, ..Shown::default() };
    let report = run(&data, &shown).expect("the data is there");
    assert!(report.passed, "{}", report.text);
    report.text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn every_given_recording_is_predicted() {
    let told = last_line("convert-given.jsonl.gz");
    assert_eq!(
        told,
        "convert: 1148 configurations, 73849 requests, 1146 agree, 0 wrong, 2 refused"
    );
}

/// Options crossed, and values at the borders.
#[test]
fn every_crossed_recording_is_predicted() {
    let told = last_line("convert-crossed.jsonl.gz");
    assert_eq!(
        told,
        "convert: 1663 configurations, 125313 requests, 1610 agree, 0 wrong, 53 refused"
    );
}

/// Every ninth configuration, compared with itself. One that remembers what it was asked is no function of a request.
#[test]
fn a_configuration_does_not_differ_from_itself() {
    for file in ["convert-given.jsonl.gz", "convert-crossed.jsonl.gz"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
        let differing =
            conformance::convert::differing_from_themselves(&data, 9).expect("the data is there");
        assert!(differing.compared > 100, "only {} were compared", differing.compared);
        assert!(differing.ids.is_empty(), "{:?}", differing.ids);
    }
}
