//! Every form, its schema, baselines, thresholds and exit codes.

use std::io::Read as _;

use serde_json::Value;

use super::support::{KNOWN, Run, audit, careless, command, service, sound};

fn formatted(url: &str, format: &str) -> Run {
    audit(&[&[url, "--format", format], &KNOWN[..]].concat())
}

#[test]
fn the_committed_schema_is_current_and_what_is_printed_obeys_it() {
    let output = command().args(["audit", "--schema"]).output().unwrap();
    let schema = String::from_utf8(output.stdout).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.schema.json");
    if std::env::var_os("CORSAGE_BLESS").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == schema,
        "docs/audit.schema.json is not current; CORSAGE_BLESS=1 writes it"
    );
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for server in [careless(), sound()] {
        let json = formatted(&server.url("/me"), "json").json();
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{json:#}");
        assert_eq!(json["schema"], "corsage.audit/1");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "schema": "corsage.audit/0", "audits": [] })));
    assert!(!validator.is_valid(&serde_json::json!({ "schema": "corsage.audit/1" })));
}

#[test]
fn a_finding_is_complete() {
    let server = careless();
    let json = formatted(&server.url("/me"), "json").json();
    let finding = &json["audits"][0]["findings"][0];
    assert_eq!(finding["class"], "reflect-any");
    assert_eq!(finding["cwe"], 942);
    assert_eq!(finding["who"], "anyone");
    assert_eq!(finding["needs_third_party_cookies"], true);
    assert_eq!(finding["browsers"], serde_json::json!(["chromium"]));
    for key in ["title", "gain", "fix", "evidence"] {
        assert!(finding[key].as_str().is_some_and(|text| text.len() > 10), "{key}: {finding}");
    }
    let curl = finding["reproduction"]["curl"].as_str().unwrap();
    assert!(curl.starts_with("curl ") && curl.contains("Origin: "), "{curl}");
}

#[test]
fn the_policy_is_written_for_the_server_in_use() {
    let server = super::support::Server::start(|asked| {
        let (status, body) = super::support::body(asked);
        let headers = vec![
            ("server", "nginx/1.28.0".to_owned()),
            ("access-control-allow-origin", asked.origin().to_owned()),
            ("access-control-allow-credentials", "true".to_owned()),
        ];
        (status, headers, body)
    });
    let run = formatted(&server.url("/me"), "human");
    assert!(run.out.contains("add_header Access-Control-Allow-Origin"), "{}", run.out);
    assert!(run.out.contains("https://app.example.com"), "{}", run.out);
    let run = audit(
        &[&[&*server.url("/me"), "--server", "express", "--format", "json"], &KNOWN[..]].concat(),
    );
    let policy = &run.json()["audits"][0]["policy"];
    assert_eq!(policy["server"], "express");
    assert!(policy["text"].as_str().unwrap().contains("cors("), "{policy}");
    let ndjson = formatted(&server.url("/me"), "ndjson").out;
    let line: Value = serde_json::from_str(ndjson.lines().next().unwrap()).unwrap();
    assert!(line["finding"]["fix"].is_string() && line["policy"]["server"] == "nginx", "{line}");
    let sarif = formatted(&server.url("/me"), "sarif").out;
    assert!(sarif.contains("add_header Access-Control-Allow-Origin"), "{sarif}");
    // Nobody can write a list of pages that nobody has named.
    let run = audit(&[&server.url("/me"), "--cookie-env", "SESSION", "--format", "json"]);
    assert!(run.json()["audits"][0]["policy"].is_null(), "{run:?}");
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let packed: &[u8] =
        include_bytes!("../../../corsage-report/tests/data/sarif-2.1.0.schema.json.gz");
    let mut schema = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut schema).unwrap();
    // A stray bracket in the pattern of languages, which no regular expression of Unicode has.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let server = careless();
    let first = formatted(&server.url("/me"), "sarif").json();
    let again = formatted(&server.url("/me"), "sarif").json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&first).map(|it| it.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let run = &first["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for (result, other) in results.iter().zip(again["runs"][0]["results"].as_array().unwrap()) {
        assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64());
        assert_eq!(result["partialFingerprints"], other["partialFingerprints"]);
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    }
    let clean = formatted(&sound().url("/me"), "sarif").json();
    assert_eq!(clean["runs"][0]["results"].as_array().map(Vec::len), Some(0), "{clean}");
}

#[test]
fn the_other_forms_hold_the_finding_too() {
    let server = careless();
    let junit = formatted(&server.url("/me"), "junit").out;
    let document = roxmltree::Document::parse(&junit).unwrap();
    let named = |name: &'static str| {
        document.descendants().filter(move |node| node.has_tag_name(name)).collect::<Vec<_>>()
    };
    let failures = named("failure");
    let failed = failures.iter().find(|it| it.attribute("type") == Some("reflect-any"));
    let case = failed.and_then(roxmltree::Node::parent).unwrap_or_else(|| panic!("{junit}"));
    assert!(case.has_tag_name("testcase") && case.has_attribute("name"), "{junit}");
    let counted = named("testsuites")[0].attribute("failures").unwrap().parse::<usize>();
    assert_eq!(counted, Ok(failures.len()), "{junit}");
    let markdown = formatted(&server.url("/me"), "markdown").out;
    assert!(markdown.contains("reflect-any"), "{markdown}");
    let html = formatted(&server.url("/me"), "html").out;
    assert!(html.contains("<table>") && html.contains("any page"), "{html}");
    assert!(html.contains("Chromium") && html.contains("sends cookies to other sites"), "{html}");
    let alone = !html.contains("src=") && !html.contains("href=") && !html.contains("url(");
    assert!(alone, "one file, and nothing else: {html}");
    let ndjson = formatted(&server.url("/me"), "ndjson").out;
    let lines: Vec<Value> =
        ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["finding"]["class"] == "reflect-any"), "{ndjson}");
    let output = command()
        .args(["--lang", "ru", "audit", &server.url("/me"), "--rate", "2000"])
        .args(KNOWN)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("проверено целей"), "{output:?}");
}

#[test]
fn the_exit_code_follows_the_threshold() {
    // A program of the user's own machine is low.
    let server = service(|asked| {
        let origin = asked.origin();
        let trusted = ["https://app.example.com", "http://localhost:3000"].contains(&origin);
        trusted.then(|| origin.to_owned())
    });
    let code = |more: &[&str]| audit(&[&[&*server.url("/me")], &KNOWN[..], more].concat());
    let run = code(&["--format", "json"]);
    assert!(run.found().contains(&"localhost-trusted:low".to_owned()), "{run:?}");
    assert_eq!(run.code, Some(1));
    assert_eq!(code(&["--fail-on", "high"]).code, Some(0));
    assert_eq!(audit(&["http://127.0.0.1:1/"]).code, Some(3), "nobody answers there");
}

#[test]
fn a_baseline_accepts_with_a_reason_until_a_day() {
    let server = careless();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.toml");
    let accept = |reason: &str, class: &str, expires: &str| {
        format!(
            "[[accept]]\ntarget = {:?}\nclass = {class:?}\nreason = {reason:?}\nexpires = {expires}\n",
            server.url("/me")
        )
    };
    let run = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap();
        audit(
            &[&[&*server.url("/me"), "--format", "json", "--baseline", file], &KNOWN[..]].concat(),
        )
    };
    let all: Vec<String> = ["reflect-any", "null-origin", "host-not-validated"]
        .iter()
        .map(|class| accept("until the new gateway is there", class, "2999-01-01"))
        .collect();
    let accepted = run(&all.concat());
    assert_eq!((accepted.code, accepted.found()), (Some(0), Vec::new()), "{accepted:?}");
    assert!(accepted.out.contains("until the new gateway is there"), "{accepted:?}");
    let ended = run(&accept("long ago", "reflect-any", "2020-01-01"));
    assert!(ended.found().contains(&"reflect-any:high".to_owned()), "{ended:?}");
    assert_eq!(run(&accept(" ", "reflect-any", "2999-01-01")).code, Some(2));
    assert_eq!(run(&accept("why not", "reflect-all", "2999-01-01")).code, Some(2));
}
