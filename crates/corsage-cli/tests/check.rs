//! `corsage check`, as people run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn check(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .env("CORSAGE_LANG", "en")
        .arg("check")
        .args(args)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that ends before it has read everything is what some of these tests are about.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

const GOOD: &str = "[gateway]\nupstream = \"http://127.0.0.1:3000\"\n\
                    [[policy]]\nname = \"api\"\nallow_origins = [\"https://app.example.com\"]\n";
const HIDDEN: &str = "[[policy]]\nallow_origins = [\"https://a.example.com\"]\n\
                      [[policy]]\nallow_origins = [\"https://b.example.com\"]\n";

#[test]
fn a_good_file_exits_0_and_is_shown_with_its_defaults() {
    let output = check(&["--show", "-"], GOOD);
    assert_eq!(output.status.code(), Some(0));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("upstream_connect = \"5s\""), "{shown}");
    assert!(shown.contains("\"https://app.example.com\""), "{shown}");
    assert_eq!(check(&["-"], &shown).status.code(), Some(0), "what is shown is a file again");
}

#[test]
fn a_good_file_is_told_in_short() {
    let input = "[gateway]\nupstream = \"http://127.0.0.1:3000\"\n\
        [[policy]]\nname = \"api\"\npaths = [\"/api/\"]\nallow_origins = [\"https://a.example\"]\n\
        allow_methods = [\"PUT\"]\nallow_credentials = true\nmax_age = \"10m\"\n\
        [[policy]]\nname = \"rest\"\nallow_origins = [\"https://1.example\", \"https://2.example\", \"https://3.example\", \
        \"https://4.example\", \"https://5.example\", \"https://*.b.example\", \"https://c.example\"]\n";
    let output = check(&["-"], input);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    let expected = "\
The first policy that is for a request decides:
api: path /api/
  origins      https://a.example
  methods      PUT
  headers      only those that need no leave
  credentials  allowed: cookies and HTTP authentication
  max age      10m
rest: every request
  origins      https://1.example, https://2.example, https://3.example, https://4.example, https://5.example, and 2 more
  methods      only those that need no leave: GET, HEAD, POST
  headers      only those that need no leave
  credentials  none
  max age      browsers' own, 5 seconds
";
    assert_eq!(told, expected);
}

#[test]
fn what_the_environment_sets_is_told() {
    let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .env("CORSAGE_LANG", "en")
        .args(["check", "/dev/null"])
        .env("CORSAGE_THREADS", "3")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, "From the environment: CORSAGE_THREADS sets gateway.threads\n");
    let ignoring = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .env("CORSAGE_LANG", "en")
        .args(["check", "--ignore-environment", "/dev/null"])
        .env("CORSAGE_THREADS", "3")
        .output()
        .unwrap();
    assert!(ignoring.stdout.is_empty());
}

#[test]
fn errors_exit_1_and_all_of_them_are_told() {
    let output =
        check(&["-"], "[gateway]\nthread = 1\nlisten = 80\n[[policy]]\nallow_origin = []\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let report = String::from_utf8(output.stderr).unwrap();
    for place in ["<stdin>:2:1", "<stdin>:3:10", "<stdin>:5:1"] {
        assert!(report.contains(place), "{report}");
    }
    for help in ["did you mean `threads`?", "did you mean `allow_origins`?"] {
        assert!(report.contains(help), "{report}");
    }
}

#[test]
fn warnings_fail_only_when_denied() {
    assert_eq!(check(&["-"], HIDDEN).status.code(), Some(0));
    assert_eq!(check(&["--deny", "warnings", "-"], HIDDEN).status.code(), Some(1));
    assert_eq!(check(&["--deny", "notes", "-"], HIDDEN).status.code(), Some(1));
    // `CORSAGE_LANG` is set here, as in every test: it is no setting of the gateway, and no stray one.
    assert_eq!(check(&["--deny", "warnings", "-"], GOOD).status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_exits_2() {
    let output = check(&["/nowhere/corsage.toml"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr).unwrap().contains("/nowhere/corsage.toml cannot be read")
    );
    assert_eq!(check(&[], "").status.code(), Some(2), "no file is a fault of usage");
    assert_eq!(check(&["--no-such-option", "-"], "").status.code(), Some(2));
}

#[test]
fn json_names_file_line_field_cause_and_way_out() {
    let output = check(&["--format", "json", "-"], "[gateway]\nthread = 1\n");
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let problem = &json["files"][0]["problems"][0];
    assert_eq!(problem["code"], "unknown-key");
    assert_eq!(
        (&problem["file"], &problem["line"], &problem["column"]),
        (&"<stdin>".into(), &2.into(), &1.into())
    );
    assert_eq!(problem["field"], "gateway.thread");
    assert_eq!(problem["way_out"], "did you mean `threads`?");
}

#[test]
fn yaml_comes_in_too() {
    let yaml = "policies:\n  - allowOrigins: [https://app.example.com]\n";
    assert_eq!(check(&["--format-of", "yaml", "-"], yaml).status.code(), Some(0));
    assert_eq!(check(&["-"], yaml).status.code(), Some(1));
}

#[test]
fn schema_and_variables_are_printed() {
    let output = check(&["--schema"], "");
    assert_eq!(output.status.code(), Some(0));
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["title"], "corsage.toml");
    let output = check(&["--variables"], "");
    assert!(String::from_utf8(output.stdout).unwrap().contains("CORSAGE_LOG_LEVEL"));
}

#[test]
fn the_examples_of_deployment_hold() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let manifests =
        std::fs::read_to_string(format!("{root}deploy/kubernetes/corsage.yaml")).unwrap();
    let embedded: String = manifests
        .split_once("corsage.toml: |\n")
        .unwrap()
        .1
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .map(|line| format!("{}\n", line.trim_start_matches("    ")))
        .collect();
    assert!(embedded.contains("[[policy]]"));
    let output = check(&["--deny", "warnings", "--ignore-environment", "-"], &embedded);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_cannot_be_put_to_work_here_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("corsage.toml");
    for (lines, told) in [
        (
            "listen = [{ address = \"127.0.0.1:0\", tls = { certificates = [{ certificate = \"none.pem\", key = \"none.key\" }] } }]",
            "none.pem cannot be read",
        ),
        ("log.access = \"/nowhere/at/all/access.log\"", "/nowhere/at/all"),
    ] {
        let text = format!("[gateway]\nupstreams = \"http://127.0.0.1:3000\"\n{lines}\n");
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let output = check(&[file], "");
        let report = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert!(report.contains("error[cannot-start]") && report.contains(told), "{report}");
        let json = check(&["--format", "json", file], "");
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert!(json["files"][0]["cannot_start"].as_str().unwrap().contains(told), "{json}");
        assert_eq!(check(&["--elsewhere", file], "").status.code(), Some(0));
    }
}

#[test]
fn a_watched_file_is_checked_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("corsage.toml");
    std::fs::write(&file, GOOD).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["check", "--watch", "--format", "json", "--ignore-environment", "--elsewhere"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let (send, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let reports = serde_json::Deserializer::from_reader(stdout).into_iter();
        for report in reports.map_while(Result::<serde_json::Value, _>::ok) {
            if send.send(report["files"][0]["ok"].clone()).is_err() {
                return;
            }
        }
    });
    let next = || told.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    assert_eq!(next(), true);
    // As editors do: another file takes its place.
    let other = folder.path().join("other");
    std::fs::write(&other, GOOD.replace("allow_origins", "allow_orgins")).unwrap();
    std::fs::rename(&other, &file).unwrap();
    assert_eq!(next(), false);
    std::fs::write(&file, GOOD).unwrap();
    assert_eq!(next(), true);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn standard_input_cannot_be_watched() {
    let output = check(&["--watch", "-"], GOOD);
    assert_eq!(output.status.code(), Some(2));
}
