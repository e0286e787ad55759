//! From ingress-nginx to the Gateway API, before real Chromium.
//!
//! `enable-cors: "true"` alone makes ingress-nginx send `*` with credentials, and browsers refuse that: nobody reads
//! with cookies. A conversion that writes the annotations down word by word lets every site read with them. Ours keeps
//! what was blocked blocked, and what was readable readable.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../fixes/page.rs"]
mod page;
#[expect(dead_code, reason = "other tests ask more of servers")]
#[path = "../fixes/server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use page::PageServer;
use page::Readable::{No, Yes};
use server::{Backend, Running};

const INGRESS: &str = r#"apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
spec:
  rules:
    - host: api.example.com
      http: { paths: [{ path: /, pathType: Prefix }] }
"#;

/// What the controller's template makes of it, without the module that sets headers.
const BEFORE: &str = r#"worker_processes 1;
daemon off;
pid FOLDER/pid;
error_log stderr warn;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path FOLDER/a;
    proxy_temp_path FOLDER/b;
    fastcgi_temp_path FOLDER/c;
    uwsgi_temp_path FOLDER/d;
    scgi_temp_path FOLDER/e;
    server {
        listen 127.0.0.1:PORT;
        location / {
            add_header Access-Control-Allow-Origin * always;
            add_header Access-Control-Allow-Credentials true always;
            if ($request_method = 'OPTIONS') {
                add_header Access-Control-Allow-Origin *;
                add_header Access-Control-Allow-Credentials true;
                add_header Access-Control-Allow-Methods "GET, PUT, POST, DELETE, PATCH, OPTIONS";
                add_header Access-Control-Allow-Headers "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization";
                add_header Access-Control-Max-Age 1728000;
                return 204;
            }
            proxy_pass http://BACKEND;
        }
    }
}
"#;

/// The annotations word by word: what ingress2gateway 1.1 writes.
const WORD_BY_WORD: &str = r#"apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec:
  parentRefs: [{ name: gateway }]
  hostnames: [api.example.com]
  rules:
    - matches: [{ path: { type: PathPrefix, value: / } }]
      filters:
        - type: CORS
          cors:
            allowOrigins: ["*"]
            allowCredentials: true
            allowMethods: [GET, PUT, POST, DELETE, PATCH, OPTIONS]
            allowHeaders: [Content-Type, Authorization]
            maxAge: 1728000
      backendRefs: [{ name: api, port: 9000 }]
"#;

fn convert(folder: &Path, name: &str, from: &str, to: &str, more: &[&str]) -> String {
    fs::write(folder.join(name), from).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["convert", name, "--to", to])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An Envoy that does what a gateway makes of the routes.
fn gateway(folder: &Path, routes: &str, backend: &Backend) -> Running {
    let text =
        convert(folder, "routes.yaml", routes, "envoy", &["--accept-wider", "the test shows it"]);
    let text = text
        .replace("port_value: 8080", "port_value: PORT")
        .replace("port_value: 9000", &format!("port_value: {}", backend.port()))
        .replace("api.example.com", "*");
    Running::start("envoy", &text, None).unwrap()
}

#[test]
fn what_was_blocked_stays_blocked() {
    if ["CORSAGE_SKIP_SERVERS", "CORSAGE_SKIP_BROWSERS"]
        .iter()
        .any(|name| std::env::var_os(name).is_some())
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let backend = Backend::start();
    let before =
        Running::start("nginx", &BEFORE.replace("BACKEND", &backend.address()), None).unwrap();
    let routes = convert(folder.path(), "ingress.yaml", INGRESS, "gateway-api", &[]);
    let ours = gateway(folder.path(), &routes, &backend);
    let word_by_word = gateway(folder.path(), WORD_BY_WORD, &backend);
    let inits = [
        "{}",
        "{ method: 'PUT' }",
        "{ credentials: 'include' }",
        "{ method: 'PUT', credentials: 'include' }",
    ];
    let calls: Vec<(String, String)> = [&before, &ours, &word_by_word]
        .into_iter()
        .flat_map(|server| inits.map(|init| (server.url("/api/x"), init.to_owned())))
        .collect();
    let read = PageServer::start().ask_chromium(&calls);
    assert_eq!(read[..4], [Yes, Yes, No, No], "before");
    assert_eq!(read[4..8], [Yes, Yes, No, No], "after, converted here:\n{routes}");
    // The test would see the hole.
    assert_eq!(read[8..], [Yes, Yes, Yes, Yes], "after, word by word");
}
