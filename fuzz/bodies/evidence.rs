// The body of the fuzz target for what people hold. Shared with `crates/corsage-evidence/tests/fuzz_bodies.rs`, which
// runs it on damaged cases in every test run, without nightly.

use std::time::{Duration, Instant};

use corsage_diagnosis::Language;
use corsage_evidence::{console, copied, har, text};

/// No input of a fuzzer is large enough to need longer, on whatever machine.
const AT_ONCE: Duration = Duration::from_secs(20);

/// Consoles, commands, calls and archives: no panic, no hang, and every request has a method and a reason if it
/// has no URL.
pub(crate) fn evidence(data: &[u8]) {
    let start = Instant::now();
    if let Ok(decoded) = text::decode(data.to_vec()) {
        for found in console::read(&decoded) {
            assert!(found.code.is_some() || found.topic.is_some());
            assert!(found.times > 0);
        }
        for read in [copied::commands(&decoded), copied::calls(&decoded)] {
            match read {
                Ok(all) => {
                    for copied in &all {
                        // Nothing is left out silently: without a URL it is said why.
                        assert!(
                            copied.url.is_some() || !copied.remarks.is_empty() || all.len() == 1
                        );
                        for remark in &copied.remarks {
                            assert!(!remark.text(Language::English).contains("{kind}"));
                        }
                    }
                }
                Err(remark) => assert!(!remark.text(Language::English).is_empty()),
            }
        }
        if let Ok(archive) = har::read(&decoded, &mut |_| ()) {
            let table = har::table(&archive, &[]);
            for row in table.rows() {
                let _ = table.details(row);
            }
        }
    }
    assert!(start.elapsed() < AT_ONCE, "{:?} for {} bytes", start.elapsed(), data.len());
}
