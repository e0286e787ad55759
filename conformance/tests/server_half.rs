//! The cases that travel with the repository, through every engine.

use std::path::Path;

use conformance::{Report, config_cases, server_cases};

fn passes(report: Result<Report, String>) {
    let report = report.expect("the data is there");
    assert!(report.passed, "{}", report.text);
}

#[test]
fn server_cases_pass_through_every_engine() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    passes(server_cases::run(&data.join("server-cases.jsonl")));
}

/// Values that the others leave out: ports, addresses, spellings, odd lists, what handlers add.
#[test]
fn crafted_server_cases_pass_through_every_engine() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    passes(server_cases::run(&data.join("server-cases-crafted.jsonl")));
}

#[test]
fn every_configuration_problem_is_reported() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    passes(config_cases::run(&data.join("config-errors.jsonl")));
}

#[test]
fn every_crafted_configuration_problem_is_reported() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    passes(config_cases::run(&data.join("config-crafted.jsonl")));
}
