//! What people read, to the letter: the output of some causes, compared with `data/human/`.
//! `CORSAGE_BLESS=1` writes the files anew.

use std::path::PathBuf;

use super::support::{Answer, Server};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    page: String,
    args: Vec<String>,
    answers: Vec<Answer>,
}

/// One of each kind: blocked with and without preflight, redirects, notes, opaque, network.
const SHOWN: &[&str] = &[
    "01-no-acao",
    "02-preflight-status-405",
    "03-proxy-error-without-cors",
    "04-wildcard-credentials",
    "06-method-not-allowed",
    "07-origin-mismatch-slash",
    "09-opaque",
    "11-redirect-origin",
    "15-not-exposed",
    "17-not-cors-refused",
    "24-layer-order",
];

#[test]
fn the_output_is_what_it_was() {
    let cases: Cases = toml::from_str(include_str!("data/causes.toml")).expect("causes.toml");
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/explain/data/human");
    let mut problems = Vec::new();
    for name in SHOWN {
        let case = cases.case.iter().find(|case| case.name == *name).expect("a case of that name");
        let server = Server::start(case.answers.clone(), &case.page);
        let run = server.explain(&case.page, &case.args, "human");
        let text = server.normal(&run.out);
        let path = directory.join(format!("{name}.txt"));
        if std::env::var_os("CORSAGE_BLESS").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        if written != text {
            problems.push(format!("--- {name}\n{written}\n+++ {name}\n{text}{}", run.err));
        }
        // Once more: nothing in it may depend on time, order of arrival, or chance.
        let again = server.normal(&server.explain(&case.page, &case.args, "human").out);
        if again != text {
            problems.push(format!("{name}: two runs differ"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
