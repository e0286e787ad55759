//! Configurations of many programs: the same classes as of live services, at the place in the text that is to blame.

use std::collections::BTreeMap;
use std::path::Path;

use corsage_convert::write::WRITTEN;
use corsage_convert::{Checked, Circumstances, Format, Source, convert, read};

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

/// Configurations of programs that `corsage convert` does not write; `{}` stands where they name an origin, with whose
/// pages they share what is the user's.
const NOT_WRITTEN: &[(&str, &str)] = &[
    (
        "ingress/api.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: api\n  annotations:\n    nginx.ingress.kubernetes.io/enable-cors: \"true\"\n    nginx.ingress.kubernetes.io/cors-allow-origin: \"{}\"\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: api.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: { service: { name: api, port: { number: 80 } } }\n",
    ),
    (
        "lighttpd.conf",
        "server.modules = ( \"mod_setenv\", \"mod_proxy\" )\nsetenv.add-response-header = ( \"Access-Control-Allow-Origin\" => \"{}\", \"Access-Control-Allow-Credentials\" => \"true\" )\nproxy.server = ( \"\" => ( ( \"host\" => \"127.0.0.1\", \"port\" => 3000 ) ) )\n",
    ),
    (
        "default.vcl",
        "vcl 4.1;\nbackend default { .host = \"127.0.0.1\"; .port = \"3000\"; }\nsub vcl_deliver {\n    set resp.http.Access-Control-Allow-Origin = \"{}\";\n    set resp.http.Access-Control-Allow-Credentials = \"true\";\n}\n",
    ),
    (
        "next.config.js",
        "module.exports = {\n  async headers() {\n    return [{\n      source: \"/:path*\",\n      headers: [\n        { key: \"Access-Control-Allow-Origin\", value: \"{}\" },\n        { key: \"Access-Control-Allow-Credentials\", value: \"true\" },\n      ],\n    }];\n  },\n};\n",
    ),
    (
        "_headers",
        "/*\n  Access-Control-Allow-Origin: {}\n  Access-Control-Allow-Credentials: true\n",
    ),
    (
        "serve.json",
        "{\n  \"headers\": [\n    {\n      \"source\": \"**\",\n      \"headers\": [\n        { \"key\": \"Access-Control-Allow-Origin\", \"value\": \"{}\" },\n        { \"key\": \"Access-Control-Allow-Credentials\", \"value\": \"true\" }\n      ]\n    }\n  ]\n}\n",
    ),
    (
        "aio.py",
        "import aiohttp_cors\nfrom aiohttp import web\n\nasync def handler(request):\n    return web.Response(text=\"hello\")\n\napp = web.Application()\ncors = aiohttp_cors.setup(app, defaults={\n    \"{}\": aiohttp_cors.ResourceOptions(allow_credentials=True, allow_headers=\"*\"),\n})\ncors.add(app.router.add_get(\"/\", handler))\n",
    ),
    (
        "sanic_app.py",
        "from sanic import Sanic\nfrom sanic_ext import Extend\n\napp = Sanic(\"api\")\napp.config.CORS_ORIGINS = \"{}\"\napp.config.CORS_SUPPORTS_CREDENTIALS = True\nExtend(app)\n",
    ),
    (
        "lite.py",
        "from litestar import Litestar\nfrom litestar.config.cors import CORSConfig\n\ncors_config = CORSConfig(allow_origins=[\"{}\"], allow_credentials=True)\napp = Litestar(route_handlers=[], cors_config=cors_config)\n",
    ),
    (
        "tomcat/web.xml",
        "<web-app>\n  <filter>\n    <filter-name>cors</filter-name>\n    <filter-class>org.apache.catalina.filters.CorsFilter</filter-class>\n    <init-param><param-name>cors.allowed.origins</param-name><param-value>{}</param-value></init-param>\n    <init-param><param-name>cors.support.credentials</param-name><param-value>true</param-value></init-param>\n  </filter>\n  <filter-mapping><filter-name>cors</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n</web-app>\n",
    ),
    (
        "jetty/web.xml",
        "<web-app>\n  <filter>\n    <filter-name>cors</filter-name>\n    <filter-class>org.eclipse.jetty.servlets.CrossOriginFilter</filter-class>\n    <init-param><param-name>allowedOrigins</param-name><param-value>{}</param-value></init-param>\n    <init-param><param-name>allowCredentials</param-name><param-value>true</param-value></init-param>\n  </filter>\n  <filter-mapping><filter-name>cors</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n</web-app>\n",
    ),
    (
        "template.yaml",
        "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      CorsConfiguration:\n        CorsRules:\n          - AllowedOrigins: [\"{}\"]\n            AllowedMethods: [GET]\n",
    ),
    (
        "serverless.yml",
        "service: api\nprovider:\n  name: aws\n  httpApi:\n    cors:\n      allowedOrigins:\n        - {}\n      allowCredentials: true\nfunctions:\n  hello:\n    handler: handler.hello\n    events:\n      - httpApi: GET /hello\n",
    ),
    (
        "main.tf",
        "resource \"aws_s3_bucket_cors_configuration\" \"cors\" {\n  bucket = \"data\"\n  cors_rule {\n    allowed_methods = [\"GET\"]\n    allowed_origins = [\"{}\"]\n  }\n}\n",
    ),
    (
        "agent.yaml",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: api\nspec:\n  hostnames: [api.example.com]\n  rules:\n  - backendRefs: [{ name: api, port: 80 }]\n---\napiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata:\n  name: cors\nspec:\n  targetRefs:\n  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: api }\n  traffic:\n    cors:\n      allowOrigins: [\"{}\"]\n      allowCredentials: true\n",
    ),
];

/// Careless policies, and one that is sound, as `corsage.toml` has them. Not every format can say both.
const CARELESS: [&str; 2] = [
    "[[policy]]\nallow_origins = [\"https://*.example.com\"]\nallow_credentials = true\n",
    "[[policy]]\nallow_origins = [\"http://app.example.com\"]\nallow_credentials = true\ntolerate = { insecure-origins = \"a test\" }\n",
];
const SOUND: &str =
    "[[policy]]\nallow_origins = [\"https://app.example.com\"]\nallow_credentials = true\n";

/// What is written for a policy; nothing where the format cannot say it.
fn written(format: Format, policy: &str) -> Option<String> {
    let circumstances = Circumstances::default();
    let source = Source { text: policy, name: None, circumstances: &circumstances };
    let core = read(Format::Corsage, &source).unwrap();
    let conversion = convert(core.as_ref(), format, "corsage.toml", &circumstances)?;
    matches!(conversion.checked, Checked::Compared { .. }).then_some(conversion.written.text)
}

/// Findings of some weight, by file.
fn weighty(folder: &Path, texts: &[(String, String)]) -> BTreeMap<String, Vec<String>> {
    let mut paths = Vec::new();
    for (name, text) in texts {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        paths.push(path.to_str().unwrap().to_owned());
    }
    let arguments = paths.iter().map(String::as_str).chain(["--format", "json"]);
    let run = audit(&arguments.collect::<Vec<&str>>());
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    let mut all: BTreeMap<String, Vec<String>> =
        texts.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
    for audited in run.json()["audits"].as_array().unwrap() {
        let file = Path::new(audited["named_in"].as_str().unwrap()).strip_prefix(folder).unwrap();
        let found = all.get_mut(file.to_str().unwrap()).unwrap();
        for finding in audited["findings"].as_array().unwrap() {
            let severity = finding["severity"].as_str().unwrap();
            if matches!(severity, "high" | "medium") {
                found.push(format!("{}:{severity}", finding["class"].as_str().unwrap()));
            }
        }
    }
    all
}

/// Findings of some weight whose witness is another one, or whose place does not name the origin that is to blame.
fn misplaced(folder: &Path, texts: &[(String, String)]) -> Vec<String> {
    let paths: Vec<String> =
        texts.iter().map(|(name, _)| folder.join(name).to_str().unwrap().to_owned()).collect();
    let arguments = paths.iter().map(String::as_str).chain(["--format", "sarif"]);
    let sarif = audit(&arguments.collect::<Vec<&str>>()).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut problems = Vec::new();
    let mut seen = 0;
    for result in results.iter().filter(|it| it["level"] == "error") {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        let Some((name, text)) = texts.iter().find(|(name, _)| uri.ends_with(&**name)) else {
            problems.push(format!("{uri} is none of the files"));
            continue;
        };
        seen += 1;
        let number =
            |key: &str| place["region"][key].as_u64().and_then(|it| usize::try_from(it).ok());
        let first = number("startLine").unwrap();
        let last = number("endLine").unwrap_or(first);
        let lines: Vec<&str> = text.lines().skip(first - 1).take(last + 1 - first).collect();
        if !lines.iter().any(|line| line.contains("example")) {
            problems.push(format!("{name}: lines {first} to {last}: {lines:?}"));
        }
        let told = result["message"]["text"].as_str().unwrap();
        let witness = match name.ends_with("/0") {
            true => ".example.com",
            false => "http://app.example.com",
        };
        if !told.contains(witness) {
            problems.push(format!("{name}: {told}"));
        }
    }
    assert!(seen >= texts.len() / 2, "{seen} of {}", texts.len());
    problems
}

#[test]
fn every_format_is_audited_that_is_read() {
    let (mut careless, mut sound) = (Vec::new(), Vec::new());
    for (name, text) in NOT_WRITTEN {
        careless.push(((*name).to_owned(), text.replace("{}", "http://app.example.com")));
        sound.push(((*name).to_owned(), text.replace("{}", "https://app.example.com")));
    }
    for &format in WRITTEN {
        // What has no reader cannot be audited; storage of Google's never shares what is the user's.
        if matches!(format, Format::TowerHttp | Format::AspNet | Format::Gcs) {
            continue;
        }
        for (number, policy) in CARELESS.into_iter().enumerate() {
            let text = written(format, policy);
            careless.extend(text.map(|text| (format!("{format}/{number}"), text)));
        }
        let text = written(format, SOUND).unwrap_or_else(|| panic!("{format} is not written"));
        sound.push((format!("{format}/sound"), text));
    }
    let folder = tempfile::tempdir().unwrap();
    let known = ["any-subdomain:medium", "http-on-https:medium"];
    let mut problems = Vec::new();
    let found = weighty(folder.path(), &careless);
    for (name, classes) in &found {
        // Of a pattern that a format has no words for, nothing is left.
        let other = name.strip_suffix("/0").and_then(|format| found.get(&format!("{format}/1")));
        let is_found = !classes.is_empty() || other.is_some_and(|other| !other.is_empty());
        if !is_found || !classes.iter().all(|it| known.contains(&&**it)) {
            problems.push(format!("{name}: {classes:?}"));
        }
    }
    problems.extend(misplaced(folder.path(), &careless));
    for (name, classes) in weighty(folder.path(), &sound) {
        if !classes.is_empty() {
            problems.push(format!("{name}: {classes:?} in what is sound"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
