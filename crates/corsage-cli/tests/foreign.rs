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
    let (odd, brought) =
        ("server { lua_thing x; }\n", "server { include other.conf; lua_thing x; }\n");
    let directory = directory(&[
        ("a.toml", STRICT),
        ("b.toml", wide),
        ("c.conf", odd),
        ("copy.conf", odd),
        ("d.conf", brought),
        ("d-copy.conf", brought),
    ]);
    let code = |arguments: &[&str]| corsage(directory.path(), arguments).status.code();
    assert_eq!(code(&["diff", "a.toml", "a.toml"]), Some(0));
    assert_eq!(code(&["diff", "a.toml", "b.toml"]), Some(1));
    assert_eq!(code(&["diff", "a.toml", "b.toml", "--fail-on", "wider"]), Some(1));
    assert_eq!(code(&["diff", "b.toml", "a.toml", "--fail-on", "wider"]), Some(0));
    assert_eq!(code(&["diff", "a.toml", "nothing.toml"]), Some(2));
    assert_eq!(code(&["diff", "a.toml", "c.conf"]), Some(3));
    // What is not understood is the same as itself, unless other files are brought in.
    assert_eq!(code(&["diff", "c.conf", "c.conf"]), Some(0));
    assert_eq!(code(&["diff", "c.conf", "copy.conf"]), Some(0));
    assert_eq!(code(&["diff", "d.conf", "d.conf"]), Some(0));
    assert_eq!(code(&["diff", "d.conf", "d-copy.conf"]), Some(3));
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
fn expectations_are_asked_of_a_server_too() {
    let expectations = "[[expect]]\norigin = \"https://app.example.com\"\nmethod = \"PUT\"\nmay = \"read\"\n\n\
                        [[expect]]\norigin = \"https://evil.example\"\nmay = \"run\"\n\n\
                        [[expect]]\norigin = \"https://evil.example\"\nmethod = \"PUT\"\nmay = \"nothing\"\n";
    let directory = directory(&[("expect.toml", expectations)]);
    let against = |url: &str, more: &[&str]| {
        corsage(directory.path(), &[&["test", "expect.toml", "--against", url], more].concat())
    };
    let faithful = server(&[
        "Access-Control-Allow-Origin: https://app.example.com",
        "Access-Control-Allow-Methods: PUT",
        "Vary: Origin",
    ]);
    let held = against(&faithful, &[]);
    assert_eq!(held.status.code(), Some(0), "{}{}", text(&held.stdout), text(&held.stderr));
    let open = server(&["Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: PUT"]);
    let broken = against(&open, &["--format", "json"]);
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken.stderr));
    let told: serde_json::Value = serde_json::from_slice(&broken.stdout).unwrap();
    let holds: Vec<bool> =
        told["expectations"].as_array().unwrap().iter().map(|one| one["holds"] == true).collect();
    assert_eq!(holds, [true, false, false]);
    // What does not answer has refuted nothing; what is not to be asked is not.
    let silent = against("http://127.0.0.1:1/", &[]);
    assert_eq!(silent.status.code(), Some(3), "{}", text(&silent.stdout));
    let elsewhere = against("http://192.0.2.1/", &["--loopback-only"]);
    assert_eq!(elsewhere.status.code(), Some(3), "{}", text(&elsewhere.stdout));
    let moved = faithful.replace("http://127.0.0.1", "http://staging.localhost");
    let held = against(&moved, &["--resolve", "staging.localhost=127.0.0.1"]);
    assert_eq!(held.status.code(), Some(0), "{}{}", text(&held.stdout), text(&held.stderr));
}

/// What was seen is granted, and nothing else: whatever recorded it.
#[test]
fn records_of_every_kind_give_the_policy_that_grants_what_was_seen() {
    let har = r#"{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[
        {"request":{"method":"PUT","url":"https://api.example.com/items/1","headers":[
            {"name":"Origin","value":"https://app.example.com"},{"name":"content-type","value":"application/json"},
            {"name":"Cookie","value":"sid=1"}]},
         "response":{"status":200,"headers":[
            {"name":"Access-Control-Allow-Origin","value":"https://app.example.com"},
            {"name":"Access-Control-Allow-Credentials","value":"true"}],"content":{}}}]}}"#;
    let combined = "203.0.113.7 - - [30/Nov/2026:10:00:00 +0000] \"PUT /items/1 HTTP/1.1\" 200 12 \"https://app.example.com/\" \"Mozilla/5.0\"\n";
    let nginx = r#"{"http_origin":"https://app.example.com","request_method":"PUT","http_host":"api.example.com","request_uri":"/items/1"}"#;
    let caddy = r#"{"request":{"method":"PUT","host":"api.example.com","uri":"/items/1","headers":{"Origin":["https://app.example.com"]}},"status":200}"#;
    let files = [
        ("session.har", har),
        ("access.log", combined),
        ("nginx.jsonl", nginx),
        ("caddy.jsonl", caddy),
    ];
    let directory = directory(&files);
    let expectations = "policy = \"corsage.toml\"\n\n[[expect]]\norigin = \"https://app.example.com\"\nmethod = \"PUT\"\npath = \"/items/1\"\nmay = \"read\"\n\n\
                        [[expect]]\norigin = \"https://evil.example\"\nmethod = \"PUT\"\npath = \"/items/1\"\nmay = \"nothing\"\n\n\
                        [[expect]]\norigin = \"https://app.example.com\"\nmethod = \"DELETE\"\npath = \"/items/1\"\nmay = \"nothing\"\n";
    fs::write(directory.path().join("expect.toml"), expectations).unwrap();
    for (name, _) in files {
        let output = corsage(directory.path(), &["infer", name]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        fs::write(directory.path().join("corsage.toml"), &output.stdout).unwrap();
        let tested = corsage(directory.path(), &["test", "expect.toml"]);
        let told = (text(&output.stdout), text(&tested.stdout), text(&tested.stderr));
        assert_eq!(tested.status.code(), Some(0), "{name}: {told:#?}");
    }
    let nothing = directory.path().join("nothing.log");
    fs::write(nothing, "nothing of that kind\n").unwrap();
    assert_eq!(corsage(directory.path(), &["infer", "nothing.log"]).status.code(), Some(3));
    assert_eq!(corsage(directory.path(), &["infer", "absent.log"]).status.code(), Some(2));
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

/// The schema of the OASIS, which `corsage-report` keeps.
fn holds_the_schema_of_sarif(text: &[u8]) -> serde_json::Value {
    let compressed: &[u8] =
        include_bytes!("../../corsage-report/tests/data/sarif-2.1.0.schema.json.gz");
    let mut schema = String::new();
    flate2::read::GzDecoder::new(compressed).read_to_string(&mut schema).unwrap();
    // A stray bracket in the pattern of languages, which no regular expression of Unicode has.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let sarif: serde_json::Value = serde_json::from_slice(text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    sarif
}

const WIDE: &str = "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://*.example.com\"]\nallow_methods = [\"PUT\"]\n";

#[test]
fn differences_are_told_as_sarif_on_the_lines_that_make_them() {
    let moved = format!("# a comment\n\n{WIDE}");
    let directory = directory(&[("a.toml", STRICT), ("b.toml", WIDE), ("c.toml", &moved)]);
    let diff = |to: &str| {
        let output = corsage(directory.path(), &["diff", "a.toml", to, "--format", "sarif"]);
        holds_the_schema_of_sarif(&output.stdout)
    };
    let sarif = diff("b.toml");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "b.toml");
        assert_eq!(place["region"]["startLine"], 2, "{result:#}");
    }
    // What has moved down is the same to whoever compares runs.
    let prints = |sarif: &serde_json::Value| -> Vec<String> {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect()
    };
    assert_eq!(prints(&sarif), prints(&diff("c.toml")));
    assert_eq!(diff("a.toml")["runs"][0]["results"].as_array().unwrap().len(), 0);
    let found = corsage(directory.path(), &["check", "b.toml", "--format", "sarif"]);
    holds_the_schema_of_sarif(&found.stdout);
}

#[test]
fn a_file_is_compared_with_what_it_was_and_revocation_has_its_time() {
    let remembered = format!("{WIDE}max_age = 600\n");
    let directory = directory(&[("corsage.toml", &remembered)]);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let strict = format!("{STRICT}max_age = 600\n");
    fs::write(directory.path().join("corsage.toml"), strict).unwrap();
    let output = corsage(directory.path(), &["diff", "git:HEAD:corsage.toml", "corsage.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(told.contains("loses without credentials") && !told.contains("gains with"), "{told}");
    assert!(told.contains("live on for 600 seconds"), "{told}");
    let json = corsage(
        directory.path(),
        &["diff", "git:HEAD:corsage.toml", "corsage.toml", "--format", "json"],
    );
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["comparisons"][0]["comparison"]["revocation_latency_seconds"], 600);
    let unknown = corsage(directory.path(), &["diff", "git:nowhere:corsage.toml", "corsage.toml"]);
    assert_eq!(unknown.status.code(), Some(2));
    let russian = corsage(
        directory.path(),
        &["--lang", "ru", "diff", "git:HEAD:corsage.toml", "corsage.toml"],
    );
    assert!(
        text(&russian.stdout).contains("теряют без учётных данных"),
        "{}",
        text(&russian.stdout)
    );
    let markdown = corsage(
        directory.path(),
        &["diff", "git:HEAD:corsage.toml", "corsage.toml", "--format", "markdown"],
    );
    assert!(text(&markdown.stdout).contains("| origin | who can have it |"));
}

const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: api\n  annotations:\n    \
                       nginx.ingress.kubernetes.io/enable-cors: \"true\"\nspec:\n  rules:\n  - host: api.example.com\n    \
                       http: { paths: [{ path: /, pathType: Prefix }] }\n";

#[test]
fn what_is_wrong_with_foreign_files_is_found_where_it_is_written() {
    let nginx = |lines: &str| {
        format!(
            "server {{\n  listen 8080;\n  location / {{\n{lines}\n    proxy_pass http://127.0.0.1:9000;\n  }}\n}}\n"
        )
    };
    let istio = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: api }\nspec:\n  hosts: [api.example.com]\n  http:\n  - corsPolicy:\n      allowOrigins:\n      - prefix: https://app.example.com\n    route: [{ destination: { host: api } }]\n";
    let slash = INGRESS.replace(
        "spec:",
        "    nginx.ingress.kubernetes.io/cors-allow-origin: \"https://app.example.com/\"\nspec:",
    );
    let ignored = INGRESS.replace(
        "spec:",
        "    nginx.ingress.kubernetes.io/cors-allow-methods: \"GET; PUT\"\nspec:",
    );
    let cases: &[(&str, String, &str, usize)] = &[
        (
            "open-end.conf",
            nginx(
                "    if ($http_origin ~ \"^https://app\\.example\\.com\") {\n      add_header Access-Control-Allow-Origin $http_origin always;\n    }",
            ),
            "pattern-admits-strangers",
            4,
        ),
        (
            "dots.conf",
            nginx(
                "    if ($http_origin ~ \"^https://app.example.com$\") {\n      add_header Access-Control-Allow-Origin $http_origin always;\n    }",
            ),
            "pattern-admits-strangers",
            4,
        ),
        (
            "always.conf",
            nginx("    add_header Access-Control-Allow-Origin https://app.example.com;"),
            "errors-without-headers",
            4,
        ),
        (
            "star.conf",
            nginx(
                "    add_header Access-Control-Allow-Origin * always;\n    add_header Access-Control-Allow-Credentials true always;",
            ),
            "star-with-credentials",
            5,
        ),
        (
            "list.conf",
            nginx(
                "    add_header Access-Control-Allow-Origin \"https://a.example.com, https://b.example.com\" always;",
            ),
            "list-in-one-header",
            4,
        ),
        (
            "methods.conf",
            nginx(
                "    add_header Access-Control-Allow-Origin * always;\n    add_header Access-Control-Allow-Methods \"GET, TRACE\" always;\n    if ($request_method = OPTIONS) { return 204; }",
            ),
            "needless-method",
            5,
        ),
        (
            "case.conf",
            nginx(
                "    add_header Access-Control-Allow-Origin * always;\n    add_header Access-Control-Allow-Methods \"put\" always;\n    if ($request_method = OPTIONS) { return 204; }",
            ),
            "method-case",
            5,
        ),
        ("istio.yaml", istio.to_owned(), "pattern-admits-strangers", 9),
        ("slash.yaml", slash, "value-fails-open", 7),
        ("ignored.yaml", ignored, "value-ignored", 7),
        ("defaults.yaml", INGRESS.to_owned(), "default-grants", 6),
        (
            "express.js",
            "app.use(cors({ credentials: true, origin: 'https://app.example.com' }));\n".to_owned(),
            "default-grants",
            1,
        ),
    ];
    for (name, file, code, line) in cases {
        let directory = directory(&[(name, file)]);
        let output = corsage(directory.path(), &["check", name, "--format", "sarif"]);
        let sarif = holds_the_schema_of_sarif(&output.stdout);
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let is_found = results.iter().any(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            result["ruleId"] == *code && region["startLine"] == *line
        });
        assert!(is_found, "{name}: no {code} on line {line} in {results:#?}");
    }
    // What is as it should be is said nothing about.
    let good = "[[policy]]\nallow_origins = [\"https://app.example.com\"]\n";
    let directory = directory(&[("good.toml", good)]);
    let written =
        corsage(directory.path(), &["convert", "good.toml", "--to", "haproxy", "--write", "."]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let clean = corsage(directory.path(), &["check", "good.cfg", "--format", "sarif"]);
    let sarif = holds_the_schema_of_sarif(&clean.stdout);
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 0, "{sarif:#}");
}

#[test]
fn ingress_nginx_moves_without_a_hole() {
    let directory = directory(&[("ingress.yaml", INGRESS)]);
    let output = corsage(directory.path(), &["convert", "ingress.yaml", "--to", "gateway-api"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("allowCredentials: true"));
    assert!(text(&output.stdout).contains("left out: Access-Control-Allow-Credentials"));
    assert!(text(&output.stderr).contains("stays blocked"), "{}", text(&output.stderr));
    let russian = corsage(
        directory.path(),
        &["--lang", "ru", "convert", "ingress.yaml", "--to", "gateway-api"],
    );
    assert!(
        text(&russian.stderr).contains("остаётся заблокированным"),
        "{}",
        text(&russian.stderr)
    );
}

#[test]
fn files_are_edited_in_place_and_a_second_run_changes_nothing() {
    let own = "# Who may read our orders.\n[gateway]\nthreads = 2 # small machine\n\n[[policy]]\nname = \"orders\" # asked for by Ann\nallow_origins = [\n    \"https://old.example.com\", # until May\n]\nmax_age = 60 # a minute\n";
    let route = "# The orders' route.\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: orders # not api\nspec:\n  parentRefs:\n    - name: public\n  rules:\n    - matches:\n        - path: { type: PathPrefix, value: / }\n      filters:\n        - type: RequestHeaderModifier\n          requestHeaderModifier: { set: [{ name: x-a, value: b }] }\n        - type: CORS\n          cors:\n            # Ours alone.\n            allowOrigins:\n              - https://old.example.com\n            maxAge: 60 # a minute\n      backendRefs:\n        - name: orders\n          port: 80\n";
    let policy = "[[policy]]\nallow_origins = [\"https://app.example.com\"]\nallow_methods = [\"PUT\"]\nmax_age = 600\n";
    let directory = directory(&[("a.toml", policy)]);
    let target = directory.path().join("out");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("a.toml"), own).unwrap();
    fs::write(target.join("a.yaml"), route).unwrap();
    fs::write(target.join("a.conf"), "# by hand\nserver { listen 80; }\n").unwrap();
    let convert = |to: &str| {
        let output = corsage(
            directory.path(),
            &["convert", "a.toml", "--to", to, "--write", "out", "--accept-wider", "the defaults"],
        );
        (output.status.code(), text(&output.stderr))
    };
    for (to, name, kept) in [
        (
            "corsage",
            "a.toml",
            &[
                "# Who may read",
                "threads = 2 # small machine",
                "# asked for by Ann",
                "max_age = 600 # a minute",
            ][..],
        ),
        (
            "gateway-api",
            "a.yaml",
            &[
                "# The orders' route.",
                "name: orders # not api",
                "requestHeaderModifier: { set",
                "# Ours alone.",
                "maxAge: 600 # a minute",
                "- name: orders\n          port: 80",
            ][..],
        ),
    ] {
        let (code, told) = convert(to);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("written: out/a."), "{told}");
        let edited = fs::read_to_string(target.join(name)).unwrap();
        for text in kept {
            assert!(edited.contains(text), "{text} is not kept:\n{edited}");
        }
        assert!(
            edited.contains("https://app.example.com") && !edited.contains("old.example.com"),
            "{edited}"
        );
        let (code, told) = convert(to);
        assert_eq!(code, Some(0));
        assert!(told.contains("unchanged: out/a."), "{told}");
        assert_eq!(fs::read_to_string(target.join(name)).unwrap(), edited);
    }
    // What cannot be edited is left alone.
    let (code, told) = convert("nginx");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("is left alone"), "{told}");
    assert_eq!(
        fs::read_to_string(target.join("a.conf")).unwrap(),
        "# by hand\nserver { listen 80; }\n"
    );
}

/// What people read is in their language; sentences of English are not left in it.
#[test]
fn a_reader_of_russian_is_told_in_russian() {
    let expectations = "policy = \"a.toml\"\n\n[[expect]]\norigin = \"https://app.example.com\"\nmethod = \"PUT\"\n\
                        credentials = true\nmay = \"read\"\n";
    let log = "127.0.0.1 - - [01/Dec/2026:10:00:00 +0000] \"PUT /items HTTP/1.1\" 200 2 \
               \"https://app.example.com/\" \"x\"\n";
    let directory = directory(&[
        ("a.toml", STRICT),
        ("site.conf", NGINX),
        ("test.toml", expectations),
        ("access.log", log),
        ("nothing.log", "nothing\n"),
    ]);
    for (arguments, russian) in [
        (&["check", "site.conf"][..], "кто угодно может зарегистрировать"),
        (&["test", "test.toml"], "с учётными данными"),
        (&["infer", "access.log"], "страницы узнаны по `Referer`"),
        (&["infer", "nothing.log"], "это не HAR"),
    ] {
        let arguments: Vec<&str> = ["--lang", "ru"].iter().chain(arguments).copied().collect();
        let output = corsage(directory.path(), &arguments);
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(told.contains(russian), "{arguments:?}: {told}");
        for line in told.lines().filter(|line| !line.starts_with('#')) {
            for word in [" the ", " is ", " not ", " with ", " hold", " seen"] {
                assert!(!line.contains(word), "{word:?} in {line:?}");
            }
        }
    }
}
