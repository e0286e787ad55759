//! Configurations of many programs: the same classes as of live services, at the place in the text that is to blame.

use super::support::audit;

/// A program's configuration: a file's name, its text, a class that is found, and what stands in the line of the place.
const CONFIGURATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "nginx.conf",
        "server {\n    server_name api.example.com;\n    location /api/ {\n        set $cors \"\";\n        if ($http_origin ~ \"^https://app\\.example\\.com\") { set $cors $http_origin; }\n        add_header Access-Control-Allow-Origin $cors always;\n        add_header Access-Control-Allow-Credentials true always;\n        proxy_pass http://127.0.0.1:3000;\n    }\n}\n",
        "prefix-match:high",
        "http_origin ~",
    ),
    (
        "haproxy.cfg",
        "frontend web\n    bind :80\n    acl trusted req.hdr(Origin) -m end example.com\n    http-request set-var(txn.origin) req.hdr(Origin) if trusted\n    http-response set-header Access-Control-Allow-Origin %[var(txn.origin)] if { var(txn.origin) -m found }\n    http-response set-header Access-Control-Allow-Credentials true if { var(txn.origin) -m found }\n    default_backend app\n\nbackend app\n    server one 127.0.0.1:3000\n",
        "suffix-match:high",
        "-m end",
    ),
    (
        "envoy.yaml",
        "static_resources:\n  listeners:\n  - address: { socket_address: { address: 127.0.0.1, port_value: 80 } }\n    filter_chains:\n    - filters:\n      - name: envoy.filters.network.http_connection_manager\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          stat_prefix: web\n          route_config:\n            virtual_hosts:\n            - name: api\n              domains: [\"*\"]\n              typed_per_filter_config:\n                envoy.filters.http.cors:\n                  \"@type\": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy\n                  allow_origin_string_match:\n                  - prefix: https://app.example.com\n                  allow_credentials: true\n              routes:\n              - match: { prefix: / }\n                route: { cluster: app }\n          http_filters:\n          - name: envoy.filters.http.cors\n            typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors }\n          - name: envoy.filters.http.router\n            typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }\n  clusters: []\n",
        "prefix-match:high",
        "prefix: https",
    ),
    (
        "ingress.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: api\n  annotations:\n    nginx.ingress.kubernetes.io/enable-cors: \"true\"\n    nginx.ingress.kubernetes.io/cors-allow-origin: \"https://*.example.com\"\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: api.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: { service: { name: api, port: { number: 80 } } }\n",
        "any-subdomain:medium",
        "nginx.ingress",
    ),
    (
        "app.js",
        "const express = require('express');\nconst cors = require('cors');\nconst app = express();\napp.use(cors({\n  origin: /example\\.com$/,\n  credentials: true,\n}));\n",
        "suffix-match:high",
        "origin: /",
    ),
    (
        "main.py",
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\napp.add_middleware(\n    CORSMiddleware,\n    allow_origin_regex=r\"https://.*\\.example\\.com.*\",\n    allow_credentials=True,\n)\n",
        "prefix-match:high",
        "allow_origin_regex",
    ),
    (
        "settings.py",
        "INSTALLED_APPS = [\"corsheaders\"]\nMIDDLEWARE = [\"corsheaders.middleware.CorsMiddleware\"]\nCORS_ALLOWED_ORIGIN_REGEXES = [\n    r\"^https://app.example\\.com$\",\n]\nCORS_ALLOW_CREDENTIALS = True\n",
        "dot-unescaped:high",
        "app.example",
    ),
    (
        "Caddyfile",
        "api.example.com {\n    @trusted header_regexp origin Origin ^http://app\\.example\\.com$\n    header @trusted Access-Control-Allow-Origin {http.request.header.Origin}\n    header @trusted Access-Control-Allow-Credentials true\n    reverse_proxy 127.0.0.1:3000\n}\n",
        "http-on-https:medium",
        "http://app",
    ),
    (
        "corsage.toml",
        "[gateway]\nupstreams = [\"http://127.0.0.1:3000\"]\n\n[[policy]]\nname = \"api\"\nallow_origins = [\"https://*.example.com\"]\nallow_credentials = true\n",
        "any-subdomain:medium",
        "*.example.com",
    ),
    (
        "traefik.yaml",
        "http:\n  routers:\n    api:\n      rule: Host(`api.example.com`)\n      service: app\n      middlewares: [cors]\n  middlewares:\n    cors:\n      headers:\n        accessControlAllowOriginListRegex:\n        - \"https://app\\\\.example\\\\.com\"\n        accessControlAllowCredentials: true\n  services:\n    app:\n      loadBalancer:\n        servers: [{ url: http://127.0.0.1:3000 }]\n",
        "prefix-match:high",
        "https://app",
    ),
    (
        "httpd.conf",
        "<VirtualHost *:80>\n    ServerName api.example.com\n    SetEnvIf Origin \"^(null|https://app\\.example\\.com)$\" ORIGIN=$0\n    Header always set Access-Control-Allow-Origin %{ORIGIN}e env=ORIGIN\n    Header always set Access-Control-Allow-Credentials true env=ORIGIN\n</VirtualHost>\n",
        "null-origin:high",
        "SetEnvIf",
    ),
    (
        "kong.yaml",
        "_format_version: \"3.0\"\nservices:\n- name: api\n  url: http://127.0.0.1:3000\n  routes:\n  - name: all\n    paths: [/]\n  plugins:\n  - name: cors\n    config:\n      origins:\n      - https://.*\\.example\\.com\n      credentials: true\n",
        "any-subdomain:medium",
        "https://.*",
    ),
];

#[test]
fn the_classes_of_live_services_are_found_in_files_at_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut problems = Vec::new();
    for (name, text, class, mark) in CONFIGURATIONS {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        let run = audit(&[path, "--format", "json"]);
        if run.code != Some(1) || !run.found().iter().any(|it| it == class) {
            problems.push(format!("{name}: not {class}: {run:?}"));
            continue;
        }
        let sarif = audit(&[path, "--format", "sarif"]).json();
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        let rule = class.split(':').next().unwrap();
        let result = results.iter().find(|it| it["ruleId"] == rule).unwrap();
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let (first, last) = (region["startLine"].as_u64(), region["endLine"].as_u64());
        let line_of = |number: Option<u64>| usize::try_from(number.unwrap_or(1)).unwrap_or(1);
        let lines: Vec<&str> = text
            .lines()
            .skip(line_of(first) - 1)
            .take(line_of(last) - line_of(first) + 1)
            .collect();
        if !lines.iter().any(|line| line.contains(mark)) {
            problems.push(format!("{name}: {class} is told of {first:?} to {last:?}: {lines:?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_a_pattern_lets_in_is_decided_and_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.js");
    let found = |origin: &str| {
        let text = format!(
            "const app = require('express')();\napp.use(require('cors')({{ origin: {origin}, credentials: true }}));\n"
        );
        std::fs::write(&path, text).unwrap();
        let run = audit(&[path.to_str().unwrap(), "--format", "json"]);
        assert!(run.code.is_some_and(|code| code < 2), "{origin}: {run:?}");
        let found =
            run.found().into_iter().filter(|it| it.ends_with(":high") || it.ends_with(":medium"));
        found.collect::<Vec<String>>()
    };
    // No probe of a live service has such a name: the pattern itself tells it.
    let witness = found(r"/^https:\/\/shop[0-9]{3}\.example-pages\.net$/");
    assert!(witness.iter().any(|it| it.ends_with(":high")), "{witness:?}");
    for sound in [
        r"'https://app.example.com'",
        r"['https://app.example.com', 'https://www.example.com']",
        r"/^https:\/\/app\.example\.com$/",
        "false",
    ] {
        assert_eq!(found(sound), Vec::<String>::new(), "{sound}");
    }
}

#[test]
fn every_route_of_a_file_is_audited_unless_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nginx.conf");
    let text = "server {\n    server_name api.example.com;\n    location /open/ {\n        add_header Access-Control-Allow-Origin $http_origin always;\n        add_header Access-Control-Allow-Credentials true always;\n        proxy_pass http://127.0.0.1:3000;\n    }\n    location / { proxy_pass http://127.0.0.1:3000; }\n}\n";
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let run = audit(&[path, "--format", "json"]);
    assert!(run.found().contains(&"reflect-any:high".to_owned()), "{run:?}");
    let at = audit(&[path, "--format", "json", "--at", "https://api.example.com/other"]);
    assert_eq!((at.code, at.found()), (Some(0), Vec::new()), "{at:?}");
}
