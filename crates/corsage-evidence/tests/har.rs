//! Archives against what became of their requests, kept as data in `cases/har/`.

use std::path::PathBuf;

use corsage_evidence::har::{Certainty, Outcome, Row, read, table};
use corsage_evidence::text::decode;
use proptest::prelude::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/har")
}

fn bytes(name: &str) -> Vec<u8> {
    let plain = folder().join(format!("{name}.har"));
    let path = if plain.exists() { plain } else { folder().join(format!("{name}.har.gz")) };
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The codes of what failed; a probable one has a `?`.
fn failures(bytes: Vec<u8>) -> String {
    let text = decode(bytes).expect("a text");
    let archive = read(&text, &mut |_| ()).expect("an archive");
    let table = table(&archive, &[]);
    let codes: Vec<String> = table
        .failures
        .iter()
        .map(|row| match row.outcome {
            Outcome::Blocked { code, certainty: Certainty::Recorded }
            | Outcome::Network { code } => code.to_string(),
            Outcome::Blocked { code, certainty: Certainty::Probable } => format!("{code}?"),
            Outcome::Unknown => "unknown".to_owned(),
            Outcome::Readable | Outcome::Apart(_) => "no failure".to_owned(),
        })
        .collect();
    if codes.is_empty() { "none".to_owned() } else { codes.join(", ") }
}

#[test]
fn archives_are_judged() {
    let rows = std::fs::read_to_string(folder().join("expected.tsv")).expect("expected.tsv");
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in rows.lines() {
        let [name, expected, note] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        count += 1;
        let found = failures(bytes(name));
        if found != expected {
            wrong.push(format!("{name}: wanted {expected}, found {found} ({note})"));
        }
    }
    assert!(count > 50, "only {count} archives");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What elements load goes through the machine that knows them; what a script fetches goes through the other.
#[test]
fn elements_are_judged_as_loads() {
    let kinds = |name: &str| -> Vec<(String, &str, &str)> {
        let text = decode(bytes(name)).expect("a text");
        let archive = read(&text, &mut |_| ()).expect("an archive");
        let table = table(&archive, &[]);
        let of_row = |row: &Row| {
            let judged = table.details(row);
            let seen = judged.observation?;
            let path = row.url.rsplit('/').next().unwrap_or_default().to_owned();
            let load = seen.loads.last();
            let kind = load.map_or("fetch()", |load| load.kind().as_str());
            let written = load.and_then(|load| load.cross_origin_attribute().keyword());
            Some((path, kind, written.unwrap_or("-")))
        };
        table.rows().filter_map(of_row).collect()
    };
    let wanted = [
        ("img.png", "image", "-"),
        ("img-corp.png", "image", "-"),
        ("img-anon-no.png", "image", "anonymous"),
        ("style.css", "style", "-"),
        ("style-anon-no.css", "style", "anonymous"),
        ("script.js", "script", "-"),
        ("module-no.js", "module", "-"),
        ("font-no.woff2", "font", "-"),
        ("fetch-no", "fetch()", "-"),
    ];
    for name in ["chrome-loads", "firefox-loads", "playwright-loads"] {
        let found = kinds(name);
        for (path, kind, written) in wanted {
            let row = (path.to_owned(), kind, written);
            assert!(found.contains(&row), "{name}: {row:?} is not in {found:#?}");
        }
    }
    // Chromium's archives alone name what `Sec-Fetch-Dest` does not, and show a preload of a font without CORS.
    let chrome = kinds("chrome-loads");
    for (path, kind, written) in [
        ("img-cred-star.png", "image", "use-credentials"),
        ("preload-font.woff2", "preload", "-"),
        ("events-no", "event-source", "-"),
        ("beacon-json", "beacon", "-"),
    ] {
        let row = (path.to_owned(), kind, written);
        assert!(chrome.contains(&row), "{row:?} is not in {chrome:#?}");
    }
    let safari = kinds("safari-loads");
    assert!(safari.contains(&("font.woff2".to_owned(), "font", "-")), "{safari:#?}");
}

#[test]
fn what_is_no_archive_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"log\":{}}",
        "{\"log\":7}",
        "null",
        "{\"log\":{\"entries\":",
        "curl https://a.example",
    ] {
        assert!(read(text, &mut |_| ()).is_err(), "{text}");
    }
    assert!(decode(b"PK\x03\x04".to_vec()).is_err());
    assert!(decode(b"\x1f\x8bnothing".to_vec()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A damaged archive is read as far as it goes, or refused.
    #[test]
    fn damaged_archives(cut in 0usize..9_000, at in 0usize..9_000, byte: u8) {
        for name in ["chrome-no-method", "several", "utf16", "wrong-types"] {
            let mut bytes = bytes(name);
            if bytes.starts_with(&[0x1f, 0x8b]) {
                bytes = decode(bytes).expect("a text").into_bytes();
            }
            bytes.truncate(cut.max(1));
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            if let Ok(text) = decode(bytes)
                && let Ok(archive) = read(&text, &mut |_| ())
            {
                for row in table(&archive, &[]).rows() {
                    prop_assert!(row.number > 0);
                }
            }
        }
    }

    #[test]
    fn archives_of_any_shape(url in "[ -~]{0,30}", name in "[ -~é]{0,12}", status in -1i64..700, depth in 0..5usize) {
        let entry = match depth {
            0 => serde_json::json!(null),
            1 => serde_json::json!({ "request": url }),
            2 => serde_json::json!({ "request": { "url": url, "headers": [{ "name": name }] }, "response": { "status": status } }),
            3 => serde_json::json!({
                "request": { "url": format!("https://a.example/{url}"), "method": name, "headers": [{ "name": "origin", "value": name }] },
                "response": { "status": status, "headers": [{ "name": "location", "value": url }] } }),
            _ => serde_json::json!({ "request": {
                "url": url, "method": name, "headers": [{ "name": name, "value": url }, 7],
                "postData": { "text": url },
            } }),
        };
        let text = serde_json::json!({ "log": { "entries": [entry, entry] } }).to_string();
        let archive = read(&text, &mut |_| ()).expect("an archive");
        let table = table(&archive, &[]);
        for row in table.rows() {
            let _ = table.details(row);
        }
    }
}
