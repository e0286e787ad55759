//! The auditor's pages in a real Chromium: that of each finding reads the user's data from the witness origin, and on
//! sound services the same page reads nothing.
//!
//! A part of the bed, so that it takes seconds; `CORSAGE_AUDIT_PAGES=all` takes all of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "audit_pages/bed.rs"]
mod bed;
#[path = "audit_pages/chromium.rs"]
mod chromium;

use std::collections::HashMap;
use std::time::Duration;

use bed::Bed;
use chromium::Chromium;
use corsage_audit::{Class, Findings, Severity, proof_of_concept};
use corsage_texts::Language;
use serde_json::Value;

/// Findings of each kind that are shown, and sound services on which it is tried.
const OF_A_KIND: usize = 1;
const SOUND: usize = 8;

/// What a page must read: the bed marks everything that is the user's.
const PRIVATE: &str = "SECRET-";

/// Whether what it gives can be read on the page: what only has an effect, and what breaks the owner's own page, cannot.
fn can_be_read(class: Class) -> bool {
    !matches!(
        class,
        Class::PreflightWider
            | Class::JsonAsText
            | Class::IntendedRefused
            | Class::PreflightNarrower
    )
}

fn is_all() -> bool {
    std::env::var_os("CORSAGE_AUDIT_PAGES").is_some_and(|value| value == "all")
}

#[test]
fn pages_read_what_is_found_and_nothing_else() {
    if std::env::var_os("CORSAGE_SKIP_BROWSERS").is_some_and(|value| value == "1") {
        eprintln!("skipped: CORSAGE_SKIP_BROWSERS=1");
        return;
    }
    let bed = Bed::start();
    let inputs: Vec<Value> = bed.inputs();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut shown, mut sound) = (Vec::new(), Vec::new());
    let mut of_kind: HashMap<Class, usize> = HashMap::new();
    let truth = bed.sound();
    for input in &inputs {
        let is_sound = truth.contains(input["id"].as_str().unwrap());
        if is_sound && input["context"]["cookie"].is_string() && (is_all() || sound.len() < SOUND) {
            sound.push(input);
        }
        // What would be kinds enough already is not asked again.
        if is_sound || (!is_all() && shown.len() >= 24) {
            continue;
        }
        let findings = runtime.block_on(bed.audit(input));
        for finding in &findings.findings {
            let count = of_kind.entry(finding.class).or_default();
            let wanted = finding.severity > Severity::Info
                && finding.witness_origin.is_some()
                && can_be_read(finding.class)
                && (is_all() || *count < OF_A_KIND);
            if let Some(page) =
                proof_of_concept(&findings.target, finding, Language::English).filter(|_| wanted)
            {
                *count += 1;
                let origin = finding.witness_origin.clone().unwrap();
                shown.push((input, finding.class, origin, page));
            }
        }
    }
    assert!(shown.len() >= 15, "{} findings with pages", shown.len());
    bed.reset();
    let mut problems = Vec::new();
    let (positive, negative) = (shown.len(), sound.len());
    let mut chromium = runtime.block_on(Chromium::start(&bed)).unwrap();
    for (input, class, origin, page) in shown {
        let read = runtime.block_on(read_at_last(&mut chromium, input, &origin, &page));
        if !read.contains(PRIVATE) {
            problems.push(format!("{} {class:?} from {origin}: {read}", input["url"]));
        }
    }
    for input in sound {
        for (origin, page) in attempts(input) {
            let read = runtime.block_on(chromium.open(input, &origin, &page));
            let is_nothing = ["blocked", "read", "ERR_CONNECTION_RESET"];
            if read.contains(PRIVATE) || !is_nothing.iter().any(|it| read.contains(it)) {
                problems.push(format!("{} from {origin}: {read}", input["url"]));
            }
        }
    }
    println!("{positive} pages of findings, {negative} sound services");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What a finding's page reads. Some services break every third connection, or ask to be left alone for some seconds.
async fn read_at_last(chromium: &mut Chromium, input: &Value, origin: &str, page: &str) -> String {
    let mut read = chromium.open(input, origin, page).await;
    for _ in 0..3 {
        if read.contains(PRIVATE) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        read = chromium.open(input, origin, page).await;
    }
    read
}

/// The page of a finding that is not there, from origins that sound services refuse.
fn attempts(input: &Value) -> Vec<(String, String)> {
    let url = input["url"].as_str().unwrap();
    ["https://zq7k.corsagewitness.example", "null"]
        .into_iter()
        .map(|origin| {
            let finding = serde_json::json!({
                "target": url, "findings": [{
                    "class": "reflect-any", "severity": "high", "witness_origin": origin, "who": "anyone",
                    "with_credentials": true, "needs_third_party_cookies": true, "evidence": "an attempt",
                    "reproduction": { "method": "GET", "url": url, "headers": [], "page_path": null,
                        "curl": "", "answer": [] },
                }],
                "not_vulnerable": [], "requests": 0, "undecided": null,
            });
            let findings: Findings = serde_json::from_value(finding).unwrap();
            let page = proof_of_concept(url, &findings.findings[0], Language::English).unwrap();
            (origin.to_owned(), page)
        })
        .collect()
}
