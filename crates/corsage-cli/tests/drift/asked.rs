//! What `corsage verify` sends to a real nginx, over TLS and HTTP/2 too, and the forms in which it tells of a drift.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::{CertificateParams, KeyPair};

use super::server::{Backend, Running};
use super::{NGINX, nginx_around};

/// A folder with a policy, a certificate and what the server heard.
struct Bench {
    folder: tempfile::TempDir,
    backend: Backend,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), backend: Backend::start() };
        std::fs::write(bench.file("policy"), NGINX).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["api.example.com".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        std::fs::write(bench.file("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(bench.file("key.pem"), key.serialize_pem()).unwrap();
        bench
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// nginx with this file, over TLS, with a line for each request.
    fn start(&self, file: &str) -> Running {
        let shown = |name: &str| self.file(name).display().to_string();
        let tls = format!(
            "listen 127.0.0.1:PORT ssl http2; ssl_certificate {}; ssl_certificate_key {};\n\
             access_log {} asked;",
            shown("cert.pem"),
            shown("key.pem"),
            shown("asked"),
        );
        let text =
            file.replace("listen 8080;", &tls).replace("127.0.0.1:9000", &self.backend.address());
        let format = "log_format asked escape=none '$request_method $request_uri|$http_origin|\
                      $http_access_control_request_method|$http_access_control_request_headers|$server_protocol';\n";
        let _ = std::fs::remove_file(self.file("asked"));
        Running::start("nginx", &nginx_around(&format!("{format}{text}")), None).unwrap()
    }

    fn verify(&self, url: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_corsage"))
            .env("CORSAGE_LANG", "en")
            .args(["verify", "--from", "nginx", "--policy"])
            .arg(self.file("policy"))
            .args([url, "--host", "api.example.com", "--pause", "0"])
            .args(more)
            .output()
            .unwrap()
    }

    fn trusting(&self, url: &str, more: &[&str]) -> Output {
        let cert = self.file("cert.pem").display().to_string();
        self.verify(url, &[&["--cacert", &*cert], more].concat())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn secure(running: &Running, path: &str) -> String {
    running.url(path).replace("http://", "https://")
}

#[test]
fn over_tls_both_versions_are_asked_and_told_apart() {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let bench = Bench::new();
    let running = bench.start(NGINX);
    let url = secure(&running, "/api/x");
    let stranger = bench.verify(&url, &[]);
    assert_eq!(stranger.status.code(), Some(3), "{}", text(&stranger.stderr));
    assert!(text(&stranger.stderr).contains("certificate"), "{}", text(&stranger.stderr));
    let sound = bench.trusting(&url, &[]);
    assert_eq!(sound.status.code(), Some(0), "{}{}", text(&sound.stdout), text(&sound.stderr));
    let heard = std::fs::read_to_string(bench.file("asked")).unwrap();
    assert!(heard.contains("|HTTP/2.0") && heard.contains("|HTTP/1.1"), "{heard}");
    drop(running);

    let older = NGINX.replace(
        "map $o $c",
        "map $server_protocol $seen { HTTP/1.1 \"https://app.example.com\"; default $o; }\nmap $o $c",
    );
    let running = bench.start(&older.replace("Origin $o always", "Origin $seen always"));
    let drifted = bench.trusting(&secure(&running, "/api/x"), &["--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&drifted.stdout).unwrap();
    let faults = told["faults"].as_array().unwrap();
    assert!(faults.iter().any(|fault| fault["code"] == "http-version"), "{told:#}");
}

/// Every request as a line, sorted: those of the plan, and those that came.
#[test]
fn the_plan_is_what_is_sent() {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let bench = Bench::new();
    let running = bench.start(NGINX);
    let url = secure(&running, "/api/x");
    let paths = ["--error-path", "/api/fail", "--not-allowed-path", "/api/not-allowed"];
    let plan = bench.trusting(&url, &[&paths[..], &["--plan"]].concat());
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan.stderr));
    let planned = planned(&text(&plan.stdout));
    assert!(planned.len() > 50, "{planned:#?}");
    assert!(!bench.file("asked").exists() || heard(&bench.file("asked")).is_empty());
    let sent = bench.trusting(&url, &paths);
    assert!(sent.status.code().is_some_and(|code| code < 2), "{}", text(&sent.stderr));
    let heard = heard(&bench.file("asked"));
    let beside = |some: &[String], others: &[String]| {
        some.iter().filter(|it| !others.contains(it)).cloned().collect::<Vec<String>>()
    };
    let (more, less) = (beside(&heard, &planned), beside(&planned, &heard));
    assert!(more.is_empty() && less.is_empty(), "not planned: {more:#?}\nnot sent: {less:#?}");
    assert_eq!(heard.len(), planned.len());
}

fn planned(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let mut fields = line.split("  ");
        let (method, url) = fields.next().unwrap().split_once(' ').unwrap();
        let (url, version) = url.split_once(' ').unwrap_or((url, "HTTP/2.0"));
        let path = &url[url.match_indices('/').nth(2).unwrap().0..];
        let (mut origin, mut asked, mut names) = ("", "", "");
        for field in fields {
            match field.split_once(": ").unwrap() {
                ("Origin", value) => origin = value,
                ("Access-Control-Request-Method", value) => asked = value,
                ("Access-Control-Request-Headers", value) => names = value,
                other => panic!("{other:?}"),
            }
        }
        format!("{method} {path}|{origin}|{asked}|{names}|{version}")
    };
    sorted(text.lines().map(line).collect())
}

fn heard(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    sorted(text.lines().map(str::to_owned).collect())
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn every_form_tells_of_a_drift_where_the_policy_says_otherwise() {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let bench = Bench::new();
    let running = bench.start(&NGINX.replace("GET, PUT", "GET, PUT, DELETE"));
    let url = secure(&running, "/api/x");
    let told = |format: &str| {
        let output = bench.trusting(&url, &["--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let human = told("human");
    assert!(human.contains("DELETE"), "{human}");
    let json: serde_json::Value = serde_json::from_str(&told("json")).unwrap();
    let count = json["faults"].as_array().unwrap().len();
    assert!(count > 0, "{json:#}");
    let junit = told("junit");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let named = |name: &str| document.descendants().filter(|it| it.has_tag_name(name)).count();
    assert_eq!(named("failure"), count, "{junit}");
    assert!(named("testcase") > count, "{junit}");
    let sarif: serde_json::Value = serde_json::from_str(&told("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty(), "{sarif:#}");
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("policy"), "{result}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0, "{result}");
        assert!(result["partialFingerprints"].is_object(), "{result}");
    }
}
