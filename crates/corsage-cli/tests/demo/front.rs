//! Envoy before the demo's sample API, with the demo's policies.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Demo, Process, corsage};

pub(super) struct Front {
    /// The demo's first port: five are the browsers', one the API's.
    port: u16,
    envoy: SocketAddr,
    _processes: Vec<Process>,
    _folder: TempDir,
}

impl Front {
    /// With the policies in Envoy's module.
    pub(super) fn with_module() -> Self {
        Self::start(|policies, _| {
            let filter = json!({
                "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
                "dynamic_module_config": { "name": "corsage_envoy" },
                "filter_name": "cors",
                "filter_config": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": policies,
                },
            });
            (filter, Vec::new(), Vec::new())
        })
    }

    /// With the policies in `corsage ext-proc`.
    pub(super) fn with_ext_proc() -> Self {
        Self::start(|policies, folder| {
            let (file, socket) =
                (folder.path().join("corsage.toml"), folder.path().join("corsage.sock"));
            std::fs::write(&file, policies).unwrap();
            let mut command = corsage();
            command.args(["ext-proc", "--admin", "off", "--config"]).arg(&file);
            command.arg("--listen").arg(format!("unix:{}", socket.display()));
            let service = Process::start(command.stderr(Stdio::null())).unwrap();
            let deadline = Instant::now() + Duration::from_secs(30);
            while !socket.exists() {
                assert!(Instant::now() < deadline, "it does not listen");
                std::thread::sleep(Duration::from_millis(20));
            }
            let filter = json!({
                "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
                "grpc_service": { "envoy_grpc": { "cluster_name": "corsage" }, "timeout": "10s" },
                "message_timeout": "10s",
                "processing_mode": { "request_header_mode": "SEND", "response_header_mode": "SEND" },
            });
            let cluster = json!({
                "name": "corsage",
                "typed_extension_protocol_options": {
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                        "explicit_http_config": { "http2_protocol_options": {} },
                    },
                },
                "load_assignment": endpoint("corsage", &json!({ "pipe": { "path": socket } })),
            });
            (filter, vec![cluster], vec![service])
        })
    }

    fn start(wear: impl FnOnce(&str, &TempDir) -> (Value, Vec<Value>, Vec<Process>)) -> Self {
        let port = free_ports();
        let folder = TempDir::new().unwrap();
        let policies = corsage()
            .args(["demo", "--print-policy", "--port", &port.to_string()])
            .output()
            .unwrap();
        let policies = String::from_utf8(policies.stdout).unwrap();
        let (filter, mut clusters, mut processes) = wear(&policies, &folder);
        let envoy = free_address();
        clusters.push(json!({
            "name": "api",
            "load_assignment": endpoint("api", &address(([127, 0, 0, 1], port + 5).into())),
        }));
        let file = folder.path().join("envoy.json");
        std::fs::write(&file, bootstrap(envoy, &filter, &clusters).to_string()).unwrap();
        let mut command = Command::new("envoy");
        command
            .args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "critical", "-c"])
            .arg(&file)
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", modules())
            .stdin(Stdio::null());
        let process = Process::start(&mut command)
            .unwrap_or_else(|error| panic!("envoy cannot be started: {error}; ./test install"));
        processes.push(process);
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(envoy).is_err() {
            assert!(Instant::now() < deadline, "Envoy does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { port, envoy, _processes: processes, _folder: folder }
    }

    /// What makes a demo go through it.
    pub(super) fn arguments(&self) -> Vec<String> {
        let (port, envoy) = (self.port.to_string(), self.envoy.to_string());
        vec!["--port".to_owned(), port, "--through".to_owned(), envoy]
    }

    pub(super) fn demo(&self) -> Demo {
        Demo::start_with(&self.arguments())
    }
}

fn bootstrap(listen: SocketAddr, filter: &Value, clusters: &[Value]) -> Value {
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    json!({ "static_resources": {
        "listeners": [{ "address": address(listen), "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "http",
                // What Envoy adds of itself is not in the predictions.
                "server_header_transformation": "PASS_THROUGH",
                "route_config": { "virtual_hosts": [{
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "api" } }],
                }] },
                "http_filters": [
                    { "name": "corsage", "typed_config": filter },
                    { "name": "router", "typed_config": { "@type": router, "suppress_envoy_headers": true } },
                ],
            },
        }] }] }],
        "clusters": clusters,
    } })
}

fn endpoint(cluster: &str, address: &Value) -> Value {
    let endpoints = json!([{ "lb_endpoints": [{ "endpoint": { "address": address } }] }]);
    json!({ "cluster_name": cluster, "endpoints": endpoints })
}

fn address(at: SocketAddr) -> Value {
    json!({ "socket_address": { "address": at.ip().to_string(), "port_value": at.port() } })
}

/// Where cargo has put the module.
fn modules() -> std::path::PathBuf {
    let mut folders = std::path::Path::new(env!("CARGO_BIN_EXE_corsage")).ancestors().skip(1);
    let built = folders.next().unwrap();
    let deps = built.join("deps");
    if deps.join("libcorsage_envoy.so").exists() { deps } else { built.to_owned() }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The first of six ports in a row.
fn free_ports() -> u16 {
    loop {
        let first = free_address().port();
        let all: Option<Vec<_>> = (0..6)
            .map(|offset| TcpListener::bind(("127.0.0.1", first.checked_add(offset)?)).ok())
            .collect();
        if all.is_some() {
            return first;
        }
    }
}
