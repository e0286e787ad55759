//! What other people's machinery runs of this repository: the GitHub Action, step by step as GitHub runs it, and the
//! hook of pre-commit, by pre-commit itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const STRICT: &str = "[[policy]]\nallow_origins = [\"https://app.example.com\"]\n";
const WIDE: &str = "[[policy]]\nallow_origins = [\"https://*.example.com\"]\n";
const OPEN: &str = "server {\n    listen 8080;\n    location / {\n        if ($http_origin ~ \"example.com\") {\n            \
                    add_header Access-Control-Allow-Origin $http_origin always;\n        }\n        proxy_pass \
                    http://127.0.0.1:9000;\n    }\n}\n";

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A checkout whose first commit holds a strict policy.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("corsage.toml"), STRICT).unwrap();
    fs::write(
        folder.path().join("site.conf"),
        OPEN.replace("\"example.com\"", "\"^https://app\\.example\\.com$\""),
    )
    .unwrap();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "first"]);
    folder
}

struct Ran {
    outputs: Vec<Output>,
    summary: String,
    output: String,
}

impl Ran {
    fn passed(&self) -> bool {
        self.outputs.iter().all(|output| output.status.success())
    }
}

/// Runs the steps of `action.yml` as GitHub does: inputs by their defaults, `env` filled in, each script by its shell,
/// none after one that failed.
fn action(folder: &Path, with: &[(&str, &str)]) -> Ran {
    let written = fs::read_to_string(Path::new(REPOSITORY).join("action.yml")).unwrap();
    let action: Value = serde_saphyr::from_str(&written).unwrap();
    let mut inputs = BTreeMap::new();
    for (name, input) in action["inputs"].as_object().unwrap() {
        inputs.insert(name.clone(), input["default"].as_str().unwrap_or_default().to_owned());
    }
    for (name, value) in with {
        assert!(
            inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(),
            "no input {name}"
        );
    }
    let files = tempfile::tempdir().unwrap();
    let (summary, output) = (files.path().join("summary"), files.path().join("output"));
    let mut outputs = Vec::new();
    for step in action["runs"]["steps"].as_array().unwrap() {
        if step["if"].as_str().is_some_and(|condition| !holds(condition, &inputs)) {
            continue;
        }
        assert_eq!(step["shell"], "bash");
        let script = files.path().join("script");
        fs::write(&script, step["run"].as_str().unwrap()).unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script).current_dir(folder);
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, filled(value.as_str().unwrap(), &inputs));
        }
        let ran = command
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_OUTPUT", &output)
            .output()
            .unwrap();
        let is_over = !ran.status.success();
        outputs.push(ran);
        if is_over {
            break;
        }
    }
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    Ran { outputs, summary: read(summary), output: read(output) }
}

/// `inputs.name == ''` and `inputs.name != ''`
fn holds(condition: &str, inputs: &BTreeMap<String, String>) -> bool {
    let (name, wants_empty) = match condition.strip_suffix(" == ''") {
        Some(name) => (name, true),
        None => (condition.strip_suffix(" != ''").unwrap(), false),
    };
    inputs[name.strip_prefix("inputs.").unwrap()].is_empty() == wants_empty
}

fn filled(value: &str, inputs: &BTreeMap<String, String>) -> String {
    let name = value.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")).unwrap();
    inputs[name].clone()
}

#[test]
fn the_action_tells_of_what_is_wrong_and_of_what_changed() {
    let folder = checkout();
    let with = [
        ("files", "corsage.toml\n  site.conf\n"),
        ("command", env!("CARGO_BIN_EXE_corsage")),
        ("compare-with", "HEAD"),
        ("sarif", "found.sarif"),
    ];
    let clean = action(folder.path(), &with);
    assert!(clean.passed(), "{:?}", clean.outputs);
    assert_eq!(clean.output, "verdict=exact\n");
    let sarif = fs::read(folder.path().join("found.sarif")).unwrap();
    let sarif: Value = serde_json::from_slice(&sarif).unwrap();
    let errors = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(errors.iter().all(|result| result["level"] != "error"), "{errors:#?}");

    // A wider policy fails the comparison, and the summary says who gains.
    fs::write(folder.path().join("corsage.toml"), WIDE).unwrap();
    let wider = action(folder.path(), &with);
    assert!(!wider.passed());
    assert_eq!(wider.output, "verdict=differs\n");
    assert!(wider.summary.contains("gains"), "{}", wider.summary);
    let mut never = with.to_vec();
    never.push(("fail-on", "never"));
    assert!(action(folder.path(), &never).passed());

    // An error fails the check, with an annotation on its line.
    fs::write(folder.path().join("site.conf"), OPEN).unwrap();
    let broken = action(folder.path(), &with);
    assert!(!broken.passed());
    let told = text(&broken.outputs.last().unwrap().stdout);
    assert!(told.contains("::error file=site.conf,line=4"), "{told}");
    let sarif = fs::read_to_string(folder.path().join("found.sarif")).unwrap();
    assert!(sarif.contains("pattern-admits-strangers"));
}

#[test]
fn pre_commit_runs_the_hook() {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let folder = checkout();
    // The hooks alone: what pre-commit clones is the repository that they are in.
    let hooks = tempfile::tempdir().unwrap();
    fs::copy(
        Path::new(REPOSITORY).join(".pre-commit-hooks.yaml"),
        hooks.path().join(".pre-commit-hooks.yaml"),
    )
    .unwrap();
    git(hooks.path(), &["init", "--quiet"]);
    git(hooks.path(), &["add", "."]);
    git(hooks.path(), &["commit", "--quiet", "-m", "hooks"]);
    let command = Path::new(env!("CARGO_BIN_EXE_corsage")).parent().unwrap().to_owned();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::join_paths(std::iter::once(command).chain(std::env::split_paths(&paths)))
        .unwrap();
    let servers = std::env::var_os("CORSAGE_SERVERS")
        .map_or_else(|| Path::new(REPOSITORY).join("target/servers"), PathBuf::from);
    let run = || {
        Command::new(servers.join("venv/bin/pre-commit"))
            .args(["try-repo", &hooks.path().display().to_string(), "corsage-check", "--all-files"])
            .current_dir(folder.path())
            .env("PATH", &paths)
            .env("PRE_COMMIT_HOME", hooks.path().join("cache"))
            .output()
            .expect("pre-commit starts; ./test install, or set CORSAGE_SKIP_SERVERS=1")
    };
    let passed = run();
    assert!(passed.status.success(), "{}{}", text(&passed.stdout), text(&passed.stderr));
    assert!(text(&passed.stdout).contains("Passed"), "{}", text(&passed.stdout));
    fs::write(folder.path().join("corsage.toml"), "[[policy]]\nallow_origins = [\"app\"]\n")
        .unwrap();
    let failed = run();
    assert!(!failed.status.success());
    assert!(text(&failed.stdout).contains("no-scheme"), "{}", text(&failed.stdout));
}
