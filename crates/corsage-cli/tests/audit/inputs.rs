//! Where targets come from.

use std::fs;

use super::support::{Server, audit, body, careless, command, sound};

/// A file with this text; it goes with the folder.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The paths that were asked, each once.
fn paths(server: &Server) -> Vec<String> {
    let mut paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    paths.sort();
    paths.dedup();
    paths
}

#[test]
fn a_copied_command_brings_its_page_and_its_user() {
    let server = careless();
    let command = format!(
        "curl '{}' -H 'Origin: https://app.example.com' -H 'Cookie: sid=1' --compressed",
        server.url("/me")
    );
    let run = audit(&["--curl", &command, "--format", "json"]);
    assert_eq!(run.found(), ["reflect-any:high", "null-origin:high"]);
    assert!(!run.out.contains("sid=1"), "{run:?}");
}

#[test]
fn an_archive_brings_addresses_and_who_could_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = sound();
    let entry = |path: &str, kind: &str, method: &str| {
        serde_json::json!({
            "_resourceType": "fetch",
            "request": { "method": method, "url": server.url(path), "headers": [
                { "name": "Origin", "value": "https://app.example.com" }] },
            "response": { "status": 200, "content": { "mimeType": kind }, "headers": [
                { "name": "access-control-allow-origin", "value": "https://app.example.com" }] },
        })
    };
    let entries =
        [entry("/me", "application/json", "GET"), entry("/me", "application/json", "PUT")];
    let har = serde_json::json!({ "log": { "entries": entries } }).to_string();
    let har = file(&folder, "a.har", &har);
    let run = audit(&["--har", &har, "--cookie-env", "SESSION", "--format", "json"]);
    assert!(run.found().contains(&"preflight-method-missing:low".to_owned()), "{run:?}");
    let origins: Vec<String> =
        server.asked().iter().map(|asked| asked.origin().to_owned()).collect();
    assert!(origins.iter().any(|it| it == "https://app.example.com"), "{origins:?}");
    assert!(origins.iter().any(|it| it.starts_with("https://app.example.com_.")), "{origins:?}");
}

#[test]
fn a_description_and_lists_bring_paths() {
    let folder = tempfile::tempdir().unwrap();
    let server = sound();
    let api = format!(
        "openapi: 3.1.0\nservers: [{{ url: '{}' }}]\npaths:\n  /orders: {{ get: {{}}, put: {{}} }}\n  \
         /orders/{{id}}: {{ get: {{}} }}\n  /sent: {{ post: {{}} }}\n",
        server.url("/v1")
    );
    let api = file(&folder, "api.yaml", &api);
    assert_eq!(audit(&["--openapi", &api]).code, Some(0));
    assert!(paths(&server).iter().any(|it| it == "/v1/orders"));
    assert!(paths(&server).iter().all(|it| !it.contains("sent") && !it.contains('{')));

    let server = sound();
    let list = file(&folder, "paths.txt", "# ours\n/a\n/b?c=1\n");
    assert_eq!(audit(&[&server.url("/"), "--paths", &list]).code, Some(0));
    let asked = paths(&server);
    assert!(["/", "/a", "/b?c=1"].iter().all(|it| asked.contains(&(*it).to_owned())), "{asked:?}");

    let server = sound();
    let sitemap = format!(
        "<?xml version='1.0'?><urlset><url><loc>{}</loc></url><url><loc>https://other.example/x</loc></url></urlset>",
        server.url("/p?a=1&amp;b=2")
    );
    let sitemap = file(&folder, "sitemap.xml", &sitemap);
    assert_eq!(audit(&[&server.url("/"), "--paths", &sitemap]).code, Some(0));
    assert!(paths(&server).contains(&"/p?a=1&b=2".to_owned()), "{:?}", paths(&server));
}

#[test]
fn a_file_of_targets_brings_all_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let server = careless();
    let text = format!(
        r#"
[[target]]
url = "{}"
paths = ["/me", "/orders"]
intended = ["https://app.example.com"]
methods = ["PUT"]
cookie = {{ env = "SESSION", login = "{}" }}
"#,
        server.url("/"),
        server.url("/login")
    );
    let targets = file(&folder, "targets.toml", &text);
    let run = audit(&["--targets", &targets, "--format", "json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.json()["audits"].as_array().unwrap().len(), 2);
    let asked = server.asked();
    assert!(asked.iter().any(|it| it.header("access-control-request-method") == Some("PUT")));
    assert!(asked.iter().any(|it| it.path == "/login"));
    assert!(asked.iter().any(|it| it.header("cookie") == Some("sid=1")));
}

#[test]
fn a_token_is_no_other_pages() {
    let server = Server::start(|asked| {
        let signed_in = asked.header("authorization") == Some("Bearer t0ken-of-alice");
        let status = if signed_in { 200 } else { 401 };
        let headers = vec![
            ("access-control-allow-origin", "*".to_owned()),
            ("access-control-allow-headers", "*".to_owned()),
        ];
        match &*asked.method {
            "OPTIONS" => (204, headers, String::new()),
            _ => (status, headers, body(asked).1),
        }
    });
    let args = ["--intended", "https://app.example.com", "--token-env", "TOKEN"];
    let run = audit(&[&[&*server.url("/me"), "--format", "json"], &args[..]].concat());
    assert_eq!(run.found(), ["authorization-star:low", "wildcard:info"], "{run:?}");
    let why = run.json()["audits"][0]["not_vulnerable"].to_string();
    assert!(why.contains("token"), "{why}");
}

#[test]
fn faults_of_the_command_name_their_cause() {
    let folder = tempfile::tempdir().unwrap();
    let empty = file(&folder, "empty.har", r#"{"log":{"entries":[]}}"#);
    let broken = file(&folder, "broken.toml", "[[target]]\nurl = 3\n");
    let unknown =
        file(&folder, "unknown.toml", "[[target]]\nurl = 'http://127.0.0.1/'\nmethod = 'PUT'\n");
    for (args, said) in [
        (vec![], "nothing to audit"),
        (vec!["--har", &*empty], "no address"),
        (vec!["--har", "missing.har"], "missing.har"),
        (vec!["--targets", &*broken], "broken.toml"),
        (vec!["--targets", &*unknown], "unknown field"),
        (vec!["ftp://127.0.0.1/"], "not http or https"),
        (vec!["http://u:p@127.0.0.1/"], "user name"),
        (vec!["http://127.0.0.1/", "--rate", "0"], "--rate"),
        (vec!["http://127.0.0.1/", "--shard", "4/4"], "--shard"),
        (vec!["http://127.0.0.1/", "--cookie-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (vec!["http://127.0.0.1/", "--server", "apatchy"], "apatchy"),
        (vec!["--curl", "curl"], "no URL"),
        (vec!["--paths", &*empty], "--paths needs"),
        (vec!["no-such-file.conf"], "no-such-file.conf"),
    ] {
        let output = command().arg("audit").args(&args).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

#[test]
fn a_configuration_is_audited_as_its_service_would_be() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"server {
    listen 443 ssl;
    server_name api.example.com;
    set $cors "";
    if ($http_origin ~* "https://app.example.com") { set $cors $http_origin; }
    location / {
        add_header Access-Control-Allow-Origin $cors always;
        add_header Access-Control-Allow-Credentials true always;
        add_header Vary Origin always;
        proxy_pass http://127.0.0.1:3000;
    }
}
"#;
    let nginx = file(&folder, "nginx.conf", text);
    let known = ["--at", "https://api.example.com/me", "--intended", "https://app.example.com"];
    let run = audit(&[&[&*nginx, "--format", "json"], &known[..]].concat());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.found().contains(&"prefix-match:high".to_owned()), "{run:?}");
    let witness = run.json()["audits"][0]["findings"][0]["witness_origin"].clone();
    assert!(witness.as_str().unwrap().starts_with("https://app.example.com"), "{witness}");
    let sarif = audit(&[&[&*nginx, "--format", "sarif"], &known[..]].concat()).json();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert!(region["endLine"].as_u64() > Some(1), "{region}");

    let sound = text.replace("~* \"https://app.example.com\"", "= \"https://app.example.com\"");
    let nginx = file(&folder, "sound.conf", &sound);
    let run = audit(&[&[&*nginx, "--format", "json"], &known[..]].concat());
    assert_eq!((run.code, run.found()), (Some(0), Vec::new()), "{run:?}");
}
