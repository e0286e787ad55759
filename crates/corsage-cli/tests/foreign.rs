//! The commands that read the files of other programs, as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

const NGINX: &str = "\
server {
    listen 8080;
    location / {
        if ($http_origin ~* \"^https://.*\\.example\\.com\") {
            add_header Access-Control-Allow-Origin $http_origin always;
            add_header Access-Control-Allow-Credentials true always;
        }
        proxy_pass http://127.0.0.1:9000;
    }
}
";

fn corsage(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(arguments)
        .current_dir(directory)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

const STRICT: &str =
    "[[policy]]\nallow_origins = [\"https://app.example.com\"]\nallow_methods = [\"PUT\"]\n";

#[test]
fn an_unanchored_expression_is_found_with_a_witness_and_its_place() {
    let directory = directory(&[("site.conf", NGINX)]);
    let output = corsage(directory.path(), &["check", "site.conf"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.contains("pattern-admits-strangers"), "{told}");
    assert!(told.contains("https://a.example.com.io"), "{told}");
    assert!(told.contains("site.conf:4"), "{told}");
    let sarif = corsage(directory.path(), &["check", "--format", "sarif", "site.conf"]);
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert_eq!(
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "site.conf"
        );
    }
}

#[test]
fn a_conversion_never_widens_and_says_what_is_lost() {
    let directory = directory(&[("site.conf", NGINX)]);
    let output = corsage(directory.path(), &["convert", "site.conf", "--to", "corsage"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("allow_origins = [\"https://*.example.com\"]"));
    let told = text(&output.stderr);
    assert!(told.contains("left out") && told.contains("loses with credentials"), "{told}");
    // What is written once is written the same again.
    let again = corsage(directory.path(), &["convert", "site.conf", "--to", "corsage"]);
    assert_eq!(output.stdout, again.stdout);
    let unknown = corsage(directory.path(), &["convert", "site.conf", "--to", "varnish"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn differences_have_exit_codes() {
    let wide =
        "[[policy]]\nallow_origins = [\"https://*.example.com\"]\nallow_methods = [\"PUT\"]\n";
    let directory =
        directory(&[("a.toml", STRICT), ("b.toml", wide), ("c.conf", "server { lua_thing x; }\n")]);
    let code = |arguments: &[&str]| corsage(directory.path(), arguments).status.code();
    assert_eq!(code(&["diff", "a.toml", "a.toml"]), Some(0));
    assert_eq!(code(&["diff", "a.toml", "b.toml"]), Some(1));
    assert_eq!(code(&["diff", "a.toml", "b.toml", "--fail-on", "wider"]), Some(1));
    assert_eq!(code(&["diff", "b.toml", "a.toml", "--fail-on", "wider"]), Some(0));
    assert_eq!(code(&["diff", "a.toml", "nothing.toml"]), Some(2));
    assert_eq!(code(&["diff", "a.toml", "c.conf"]), Some(3));
    let json = corsage(directory.path(), &["diff", "a.toml", "b.toml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["comparisons"][0]["comparison"]["verdict"], "wider");
}

#[test]
fn expectations_hold_or_do_not() {
    let expectations = "policy = \"a.toml\"\n\n[[expect]]\norigin = \"https://app.example.com\"\nmethod = \"PUT\"\nmay = \"read\"\n\n\
                        [[expect]]\norigin = \"https://evil.example\"\nmay = \"run\"\n";
    let directory = directory(&[("a.toml", STRICT), ("hold.toml", expectations)]);
    let held = corsage(directory.path(), &["test", "hold.toml"]);
    assert_eq!(held.status.code(), Some(0), "{}", text(&held.stdout));
    let broken = expectations.replace("\"PUT\"", "\"DELETE\"");
    fs::write(directory.path().join("broken.toml"), broken).unwrap();
    let failed = corsage(directory.path(), &["test", "broken.toml", "--format", "junit"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stdout).contains("failures=\"1\""));
}

/// A server that answers every request with these lines.
fn server(lines: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(connection.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n{}\r\n",
                lines.iter().map(|line| format!("{line}\r\n")).collect::<String>()
            );
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/items")
}

#[test]
fn a_server_that_does_what_its_file_says_is_told_from_one_that_drifts() {
    let directory = directory(&[("a.toml", STRICT)]);
    let verify = |url: &str| {
        let output = corsage(
            directory.path(),
            &["verify", "--policy", "a.toml", url, "--pause", "0", "--format", "json"],
        );
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), told, text(&output.stderr))
    };
    let faithful = server(&[
        "Access-Control-Allow-Origin: https://app.example.com",
        "Access-Control-Allow-Methods: PUT",
        "Vary: Origin",
    ]);
    let (code, told, error) = verify(&faithful);
    assert_eq!(code, Some(0), "{told:#}{error}");
    let drifts: &[(&[&str], &str)] = &[
        (
            &[
                "Access-Control-Allow-Origin: *",
                "Access-Control-Allow-Methods: PUT",
                "Vary: Origin",
            ],
            "access",
        ),
        (&["Access-Control-Allow-Origin: https://app.example.com", "Vary: Origin"], "access"),
        (&["Vary: Origin"], "access"),
        (
            &[
                "Access-Control-Allow-Origin: https://app.example.com",
                "Access-Control-Allow-Methods: PUT, DELETE",
                "Vary: Origin",
            ],
            "access",
        ),
        (
            &[
                "Access-Control-Allow-Origin: https://app.example.com",
                "Access-Control-Allow-Methods: PUT",
                "Access-Control-Expose-Headers: x-corsage-exposed",
                "Vary: Origin",
            ],
            "exposed",
        ),
        (
            &[
                "Access-Control-Allow-Origin: https://app.example.com",
                "Access-Control-Allow-Methods: PUT",
                "Access-Control-Max-Age: 99",
                "Vary: Origin",
            ],
            "max-age",
        ),
    ];
    for (lines, wanted) in drifts {
        let lines: &'static [&'static str] = lines;
        let (code, told, error) = verify(&server(lines));
        assert_eq!(code, Some(1), "{lines:?} {error}");
        let codes: Vec<&str> = told["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|fault| fault["code"].as_str())
            .collect();
        assert!(codes.contains(wanted), "{lines:?}: {codes:?}");
    }
    let plan = corsage(
        directory.path(),
        &["verify", "--policy", "a.toml", "http://127.0.0.1:1/", "--plan"],
    );
    assert_eq!(plan.status.code(), Some(0));
    for line in text(&plan.stdout).lines() {
        assert!(
            ["GET ", "HEAD ", "OPTIONS "].iter().any(|method| line.starts_with(method)),
            "{line}"
        );
    }
    let silent = verify("http://127.0.0.1:1/items");
    assert_eq!(silent.0, Some(3), "{}", silent.2);
}

#[test]
fn a_log_gives_a_policy() {
    let log = "{\"origin\":\"https://app.example.com\",\"method\":\"PUT\",\"host\":\"api.example.com\",\"path\":\"/\"}\n";
    let directory = directory(&[("log.jsonl", log)]);
    let output = corsage(directory.path(), &["infer", "log.jsonl"]);
    assert_eq!(output.status.code(), Some(0));
    fs::write(directory.path().join("corsage.toml"), &output.stdout).unwrap();
    let checked = corsage(directory.path(), &["check", "corsage.toml", "--ignore-environment"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
}
