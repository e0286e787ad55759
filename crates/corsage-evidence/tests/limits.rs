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

#[test]
fn commands_without_a_request_end_and_are_not_repeated_whole() {
    let start = Instant::now();
    let commands = [
        ("$(".repeat(500_000), RemarkKind::NotACommand),
        ("curl http://a.example/\n".repeat(20_000), RemarkKind::TooManyRequests),
        (format!("curl {}", "http://a.example/{a,b}[1-9]".repeat(20_000)), RemarkKind::TooManyUrls),
        (format!("curl 'http://a.example/{{{}}}'", "a,".repeat(400_000)), RemarkKind::TooManyUrls),
        (
            "curl 'http://a.example/[1-999999999999][1-99999999]'".to_owned(),
            RemarkKind::TooManyUrls,
        ),
    ];
    for (command, kind) in commands {
        let refused = copied::commands(&command).expect_err("nothing to judge");
        assert_eq!(refused.kind, kind, "{refused:.300?}");
        for language in corsage_diagnosis::Language::ALL {
            let text = refused.text(language);
            assert!(text.len() < 1_500, "{} bytes of {kind:?} are shown", text.len());
        }
    }
    // Brackets that close nowhere, and a range whose width alone would fill the memory: no globs, and one URL.
    for path in [
        "{".repeat(1_000_000),
        "[".repeat(1_000_000) + "]",
        format!("[{}-9999]", "0".repeat(1_000_000)),
    ] {
        let read = copied::commands(&format!("curl 'http://a.example/{path}'"));
        assert_eq!(read.map(|requests| requests.len()), Ok(1));
    }
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn long_consoles_are_read_line_by_line() {
    let start = Instant::now();
    let lines: Vec<String> = (0..1_000)
        .map(|at| format!("Access to fetch at 'https://api.example/{at}' from origin 'https://app.example' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."))
        .collect();
    assert_eq!(console::read(&lines.join("\n")).len(), lines.len());
    for noise in
        ["'".repeat(200_000), "\u{201c}\\\"`".repeat(50_000), "at f (a.js:1:1)\n".repeat(10_000)]
    {
        assert!(console::read(&noise).is_empty());
    }
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
