//! Long lists: broken off and taken up again, divided among machines, in memory that does not grow with them.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use super::support::{Server, audit, command, sound};

/// Addresses on many loopback hosts, all of which lead to one server.
fn list(folder: &tempfile::TempDir, server: &Server, count: usize) -> String {
    let lines: String = (0..count)
        .map(|at| format!("http://h{}.localhost:{}/t/{at}\n", at % 50, server.port))
        .collect();
    let path = folder.path().join("list");
    std::fs::write(&path, lines).unwrap();
    path.display().to_string()
}

fn journaled(path: &std::path::Path) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        if let Ok(line) = serde_json::from_str::<serde_json::Value>(line) {
            *seen.entry(line["target"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    seen
}

#[test]
fn what_is_killed_goes_on_and_loses_and_doubles_nothing() {
    let server = sound();
    let folder = tempfile::tempdir().unwrap();
    let list = list(&folder, &server, 400);
    let journal = folder.path().join("journal");
    let resolve = format!("*.localhost:{0}=127.0.0.1:{0}", server.port);
    let args = [
        "audit",
        "--list",
        &list,
        "--rate",
        "2000",
        "--format",
        "ndjson",
        "--resolve",
        &resolve,
        "--journal",
        journal.to_str().unwrap(),
    ];
    let mut kills = 0;
    while kills < 3 {
        let mut child = command().args(args).stdout(Stdio::null()).spawn().unwrap();
        let before = journaled(&journal).len();
        while journaled(&journal).len() < before + 40 {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        kills += 1;
    }
    // What a crash left of a line is no result.
    let mut cut = std::fs::read(&journal).unwrap();
    cut.truncate(cut.len() - 20);
    std::fs::write(&journal, cut).unwrap();
    let output = command().args(args).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
    let seen = journaled(&journal);
    assert_eq!(seen.len(), 400);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    let asked = server.asked().len();
    let again = command().args(args).output().unwrap();
    assert_eq!(again.status.code(), output.status.code());
    assert_eq!(server.asked().len(), asked, "all was done already");
}

#[test]
fn shards_divide_the_hosts_and_leave_none_out() {
    let server = sound();
    let folder = tempfile::tempdir().unwrap();
    let list = list(&folder, &server, 100);
    let resolve = format!("*.localhost:{0}=127.0.0.1:{0}", server.port);
    let mut seen = HashMap::new();
    for shard in ["0/3", "1/3", "2/3"] {
        let journal = folder.path().join(shard.replace('/', "-"));
        let run = audit(&[
            "--list",
            &list,
            "--format",
            "ndjson",
            "--shard",
            shard,
            "--resolve",
            &resolve,
            "--journal",
            journal.to_str().unwrap(),
        ]);
        assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
        let done = journaled(&journal);
        assert!(!done.is_empty() && done.len() < 100, "{shard}: {}", done.len());
        for target in done.into_keys() {
            let host = target.split('/').nth(2).unwrap_or_default().to_owned();
            assert_eq!(*seen.entry(host).or_insert(shard), shard, "a host belongs to one shard");
        }
    }
    assert_eq!(seen.len(), 50);
}
