//! The auditor on a bed of services whose faults are known and were proved in a browser.
//!
//! The bed and its scorer are Python's standard library; the scorer asks the bed's behaviour again with each witness.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use conformance::audit_bed::{Bed, run};
use corsage_audit::Depth;
use serde_json::Value;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/audit-bed").join(name)
}

/// Whether all of the larger bed is asked: `CORSAGE_AUDIT_BED=all`. Otherwise every third service is.
fn is_all() -> bool {
    std::env::var_os("CORSAGE_AUDIT_BED").is_some_and(|value| value == "all")
}

/// Every third entry of a file of the bed.
fn a_third(name: &str, text: &str) -> String {
    let third = |list: &Value| -> Value {
        list.as_array().unwrap().iter().step_by(3).cloned().collect::<Vec<Value>>().into()
    };
    if name.ends_with(".jsonl") {
        return text.lines().step_by(3).map(|line| format!("{line}\n")).collect();
    }
    let mut value: Value = serde_json::from_str(text).unwrap();
    match value.get("targets") {
        Some(targets) => value["targets"] = third(targets),
        None => value = third(&value),
    }
    value.to_string()
}

/// The bed's folder, unpacked: `part` is a folder of it, or nothing. Its own ports are moved away from those that other
/// tests ask the system for.
fn unpacked(part: &str) -> PathBuf {
    let name = format!("corsage-audit-bed-{part}{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let given = folder.join("given");
    fs::create_dir_all(&given).unwrap();
    for name in ["bed.py", "oracle.py", "score.py"] {
        fs::copy(data(name), folder.join(name)).unwrap();
    }
    for name in ["audit-input.json", "targets.json", "truth.jsonl"] {
        let packed = fs::File::open(data(part).join(format!("{name}.gz"))).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        let moved = text
            .replace("127.0.0.1:182", "127.0.0.1:612")
            .replace("\"listen\": 182", "\"listen\": 612")
            .replace("127.0.0.1:19", "127.0.0.1:62")
            .replace("\"listen\": 19", "\"listen\": 62");
        let sampled = !part.is_empty() && !is_all();
        let text = if sampled { a_third(name, &moved) } else { moved };
        fs::write(given.join(name), text).unwrap();
    }
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn ask(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: bed.invalid\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// A bed that listens, audited and scored: its counts of requests, its truth, its scores, and what the scorer said.
fn audited(part: &str, depth: Depth) -> (Value, Vec<Value>, Value, String) {
    let folder = unpacked(part);
    let given = folder.join("given");
    let (http, https) = (free_port(), free_port());
    let bed = Command::new("python3")
        .arg(folder.join("bed.py"))
        .arg(given.join("targets.json"))
        .args(["--http", &http.to_string(), "--https", &https.to_string()])
        .arg("--tls-dir")
        .arg(folder.join("tls"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _bed = Killed(bed);
    let began = Instant::now();
    while ask(http, "/__bed/ready").is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "the bed does not listen");
        std::thread::sleep(Duration::from_millis(100));
    }
    let out = folder.join("report.json");
    let asked = Bed { folder: given.clone(), http, https, out: out.clone(), depth };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(run(&asked)).unwrap();
    assert!(report.passed, "{}", report.text);

    let counts: Value = serde_json::from_str(&ask(http, "/__bed/counts").unwrap()).unwrap();
    let truth = fs::read_to_string(given.join("truth.jsonl")).unwrap();
    let truth = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let scores = folder.join("scores.json");
    let scored = Command::new("python3")
        .arg(folder.join("score.py"))
        .args([&out, &given])
        .arg("--json")
        .arg(&scores)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&scored.stdout).into_owned();
    assert!(scored.status.success(), "{told}{}", String::from_utf8_lossy(&scored.stderr));
    let scores: Value = serde_json::from_str(&fs::read_to_string(&scores).unwrap()).unwrap();
    let _ = fs::remove_dir_all(&folder);
    (counts, truth, scores, told)
}

#[test]
fn what_a_browser_can_exploit_is_found_and_nothing_else() {
    let (counts, truth, scores, told) = audited("", Depth::Usual);
    assert_eq!(truth.len(), 175);
    let (mut sound, mut broken) = (Vec::new(), Vec::new());
    for truth in truth {
        let count = counts[truth["id"].as_str().unwrap()].as_u64().unwrap_or(0);
        if truth["sound"] == true { sound.push(count) } else { broken.push(count) }
    }
    let median = |counts: &mut Vec<u64>| {
        counts.sort_unstable();
        counts[counts.len() / 2]
    };
    assert!(median(&mut sound) <= 12, "sound targets are asked too much: {sound:?}");
    // Other pages that are meant to read, a WebSocket, an endpoint for JSON, a cache are asked about beside the rest.
    assert!(sound.iter().all(|count| *count <= 14), "{sound:?}");
    assert!(broken.iter().all(|count| *count <= 40), "{broken:?}");

    let score = |name: &str| scores[name].as_f64().unwrap();
    assert!(score("recall_serious") >= 0.97, "{told}");
    assert!(score("recall") >= 0.9, "{told}");
    assert!((score("precision") - 1.0).abs() < f64::EPSILON, "{told}");
    assert!(score("sound_flagged").abs() < f64::EPSILON, "{told}");
}

/// Services of more kinds, many of which only a closer look finds.
#[test]
fn a_closer_look_finds_more_and_still_nothing_else() {
    let (_, truth, scores, told) = audited("more", Depth::Deep);
    assert_eq!(truth.len(), if is_all() { 333 } else { 111 });
    let score = |name: &str| scores[name].as_f64().unwrap();
    assert!(score("recall_serious") >= 0.95, "{told}");
    assert!(score("recall") >= 0.95, "{told}");
    assert!((score("precision") - 1.0).abs() < f64::EPSILON, "{told}");
    assert!(score("sound_flagged").abs() < f64::EPSILON, "{told}");
}
