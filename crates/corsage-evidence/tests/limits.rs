//! What nobody holds, and somebody may hand over all the same: it is bounded, and takes no time to speak of.

use std::time::{Duration, Instant};

use corsage_diagnosis::RemarkKind;
use corsage_evidence::{console, copied, har};

/// A slow and busy machine included; without the bounds these take minutes.
const SOON: Duration = Duration::from_secs(60);

#[test]
fn lists_of_headers_end() {
    let start = Instant::now();
    let command = format!("curl https://api.example/{}", " -H 'a: b'".repeat(30_000));
    let refused = copied::commands(&command).expect_err("no browser sends that");
    assert_eq!(refused.kind, RemarkKind::TooManyHeaders);
    let header = r#"{"name":"a","value":"b"},"#.repeat(30_000);
    let archive = format!(
        r#"{{"log":{{"entries":[{{"request":{{"method":"GET","url":"https://api.example/","headers":[{header}{{"name":"origin","value":"https://app.example"}}]}},"response":{{"status":200,"headers":[]}}}}]}}}}"#
    );
    let read = har::read(&archive, &mut |_| ()).expect("an archive");
    assert_eq!(har::table(&read, &[corsage::browser::Profile::Chromium]).entries(), 1);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn lines_without_a_message_end() {
    let start = Instant::now();
    assert!(console::read(&"Access to fetch at ".repeat(5_000)).is_empty());
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
