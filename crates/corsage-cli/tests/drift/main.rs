//! `corsage verify` against real servers that do what their file says, and against the same servers when they have
//! drifted from it: each drift is found, and nothing is found where nothing drifted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod asked;
#[expect(dead_code, reason = "other tests ask more of servers")]
#[path = "../fixes/server.rs"]
mod server;

use std::process::Command;

use server::{Backend, Running};

/// A drift: its name, what is changed in the file into what, and the code under which it is found.
type Drift = (&'static str, &'static str, &'static str, &'static str);

const NGINX: &str = r#"map $http_origin $o {
    default "";
    https://app.example.com $http_origin;
    https://admin.example.com $http_origin;
}
map $o $c { default ""; ~. true; }
server {
    listen 8080;
    location / {
        add_header Access-Control-Allow-Origin $o always;
        add_header Access-Control-Allow-Credentials $c always;
        add_header Access-Control-Expose-Headers etag always;
        add_header Vary Origin always;
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin $o;
            add_header Access-Control-Allow-Credentials $c;
            add_header Access-Control-Allow-Methods "GET, PUT";
            add_header Access-Control-Allow-Headers "content-type, x-request-id";
            add_header Access-Control-Max-Age 600;
            add_header Vary Origin;
            return 204;
        }
        proxy_pass http://127.0.0.1:9000;
    }
}
"#;

const NGINX_DRIFTS: &[Drift] = &[
    ("an origin is forgotten", "https://admin.example.com $http_origin;", "", "access"),
    ("the end is open", "https://app.example.com ", "~^https://app.example.com ", "access"),
    ("the scheme is open", "https://app.example.com ", "~^https?://app.example.com$ ", "access"),
    ("null is let in", "default \"\";\n", "default \"\"; null null;\n", "access"),
    ("everybody is let in", "default \"\";\n", "default $http_origin;\n", "access"),
    (
        "credentials are gone",
        "add_header Access-Control-Allow-Credentials $c always;",
        "",
        "access",
    ),
    ("a method more", "GET, PUT", "GET, PUT, DELETE", "access"),
    ("a method less", "GET, PUT", "GET", "access"),
    (
        "a header more",
        "content-type, x-request-id",
        "content-type, x-request-id, authorization",
        "access",
    ),
    ("a header less", "content-type, x-request-id", "content-type", "access"),
    ("nothing is exposed", "add_header Access-Control-Expose-Headers etag always;", "", "exposed"),
    ("another max-age", "Max-Age 600", "Max-Age 60", "max-age"),
    ("caches are not told", "add_header Vary Origin always;", "", "vary"),
    ("errors carry nothing", "Origin $o always", "Origin $o", "errors"),
    (
        "the preflight alone",
        "add_header Access-Control-Allow-Origin $o always;",
        "",
        "preflight-against-actual",
    ),
    ("two owners", "9000;", "9000/api/cors;", "two-owners"),
];

#[test]
fn nginx() {
    let backend = Backend::start();
    drifts("nginx", "nginx", NGINX, NGINX_DRIFTS, |text| {
        let text = text.replace("listen 8080", "listen 127.0.0.1:PORT");
        nginx_around(&text.replace("127.0.0.1:9000", &backend.address()))
    });
}

/// A whole configuration of nginx around what stands in `http`.
fn nginx_around(text: &str) -> String {
    format!(
        "daemon off;\npid FOLDER/pid;\nerror_log stderr warn;\nevents {{ worker_connections 64; }}\n\
         http {{\naccess_log off;\nclient_body_temp_path FOLDER/a;\nproxy_temp_path FOLDER/b;\n\
         fastcgi_temp_path FOLDER/c;\nuwsgi_temp_path FOLDER/d;\nscgi_temp_path FOLDER/e;\n{text}}}\n"
    )
}

const CADDY: &str = r#":8080 {
	@o header Origin https://app.example.com
	header @o >Access-Control-Allow-Origin {header.Origin}
	header @o >Access-Control-Allow-Credentials true
	header >Vary Origin
	@pf method OPTIONS
	handle @pf {
		header @o Access-Control-Allow-Methods "GET, PUT"
		header @o Access-Control-Max-Age 600
		respond 204
	}
	reverse_proxy 127.0.0.1:9000
}
"#;

const CADDY_DRIFTS: &[Drift] = &[
    ("a glob for an origin", "https://app.example.com", "https://app.example.com*", "access"),
    ("a method less", "GET, PUT", "GET", "access"),
    ("another max-age", "Max-Age 600", "Max-Age 6000", "max-age"),
    ("caches are not told", "header >Vary Origin", "", "vary"),
];

#[test]
fn caddy() {
    let backend = Backend::start();
    drifts("caddy", "caddy", CADDY, CADDY_DRIFTS, |text| {
        let text = text.replace(":8080", ":PORT").replace("127.0.0.1:9000", &backend.address());
        format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}")
    });
}

const EXPRESS: &str = "app.use(cors({ origin: ['https://app.example.com'], credentials: true, methods: ['GET', 'PUT'], \
                       allowedHeaders: ['x-request-id'], exposedHeaders: ['etag'], maxAge: 600 }));\n";

const EXPRESS_DRIFTS: &[Drift] = &[
    (
        "an expression for an origin",
        "['https://app.example.com']",
        "/https:\\/\\/app.example.com/",
        "access",
    ),
    ("everybody is let in", "['https://app.example.com']", "true", "access"),
    ("credentials are gone", "credentials: true, ", "", "access"),
    ("a method more", "'GET', 'PUT'", "'GET', 'PUT', 'PATCH'", "access"),
    ("requested headers are mirrored", "allowedHeaders: ['x-request-id'], ", "", "access"),
    ("nothing is exposed", "exposedHeaders: ['etag'], ", "", "exposed"),
    ("no max-age", ", maxAge: 600", "", "max-age"),
];

#[test]
fn express() {
    drifts("express", "express", EXPRESS, EXPRESS_DRIFTS, |text| {
        format!(
            "const express = require('express'); const cors = require('cors'); const app = express();\n{text}\
             app.get('/api/fail', () => {{ throw new Error('asked for') }});\n\
             app.get('/api/x', (_, response) => response.set('x-total-count', '7').json({{}}));\n\
             app.listen(PORT, '127.0.0.1');\n"
        )
    });
}

const STARLETTE: &str = "app.add_middleware(CORSMiddleware, allow_origins=['https://app.example.com', \
                         'https://admin.example.com'], allow_credentials=True, allow_methods=['GET', 'HEAD', 'POST', \
                         'PUT'], allow_headers=['x-request-id'], expose_headers=['etag'], max_age=600)\n";

const STARLETTE_DRIFTS: &[Drift] = &[
    ("an origin is forgotten", ", 'https://admin.example.com'", "", "access"),
    (
        "an expression beside the list",
        "allow_credentials",
        "allow_origin_regex='https://.*example.com', allow_credentials",
        "access",
    ),
    (
        "everybody is let in",
        "['https://app.example.com', 'https://admin.example.com']",
        "['*']",
        "access",
    ),
    ("credentials are gone", "allow_credentials=True", "allow_credentials=False", "access"),
    ("a method less", ", 'PUT'", "", "access"),
    ("a header more", "['x-request-id']", "['x-request-id', 'authorization']", "access"),
    ("another max-age", "max_age=600", "max_age=86400", "max-age"),
];

#[test]
fn starlette() {
    drifts("starlette", "starlette", STARLETTE, STARLETTE_DRIFTS, |text| {
        format!(
            "import uvicorn\nfrom starlette.applications import Starlette\n\
             from starlette.middleware.cors import CORSMiddleware\nfrom starlette.responses import JSONResponse\n\
             from starlette.routing import Route\n\
             async def x(request): return JSONResponse({{}}, headers={{'x-total-count': '7'}})\n\
             async def fail(request): return JSONResponse({{}}, 500)\n\
             app = Starlette(routes=[Route('/api/x', x), Route('/api/fail', fail)])\n{text}\
             uvicorn.run(app, host='127.0.0.1', port=PORT, log_level='error')\n"
        )
    });
}

/// Starts the server with its file and verifies it; then with each drift in turn.
fn drifts(kind: &str, format: &str, file: &str, drifts: &[Drift], wrap: impl Fn(&str) -> String) {
    if std::env::var_os("CORSAGE_SKIP_SERVERS").is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy");
    std::fs::write(&policy, file).unwrap();
    let verify = |text: &str| {
        let running = Running::start(kind, &wrap(text), None).unwrap();
        let url = running.url("/api/x");
        let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
            .args(["verify", "--from", format, "--policy"])
            .arg(&policy)
            .args([&url, "--host", "api.example.com", "--error-path", "/api/fail"])
            .args(["--pause", "0", "--format", "json"])
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), told, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told, error) = verify(file);
    assert_eq!(code, Some(0), "{kind} as its file says: {told:#}{error}");
    for (name, from, to, wanted) in drifts {
        let drifted = file.replace(from, to);
        assert_ne!(drifted, file, "{kind}, {name}: nothing is changed");
        let (code, told, error) = verify(&drifted);
        assert_eq!(code, Some(1), "{kind}, {name}: {error}\n{drifted}");
        let codes: Vec<&str> = told["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|fault| fault["code"].as_str())
            .collect();
        assert!(codes.contains(wanted), "{kind}, {name}: {wanted} is not among {told:#}");
    }
}
