//! What `deploy/envoy` ships is what Envoy, and Corsage, take.

use std::path::{Path, PathBuf};
use std::process::Command;

use conformance::envoy::{Bootstrap, module_folder, skipped};
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/envoy").join(name)
}

/// The documents of a file.
fn documents(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(file(name)).expect("it is there");
    text.split("\n---\n")
        .map(|document| {
            serde_saphyr::from_str(document).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect()
}

fn of_kind<'d>(documents: &'d [Value], kind: &str) -> &'d Value {
    documents.iter().find(|document| document["kind"] == kind).expect("there is one")
}

/// Envoy reads it as it would at a start, the module's configuration too.
fn envoy_takes(file: &Path) {
    let output = Command::new("envoy")
        .args(["--mode", "validate", "--use-dynamic-base-id", "-l", "warning", "-c"])
        .arg(file)
        .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module_folder().expect("it is built"))
        .output()
        .expect("envoy is installed by ./test install");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", file.display());
}

fn holds(policy: &str, name: &str) {
    let config = corsage_config::parse(policy, name).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.remarks.is_empty(), "{}", config.remarks);
    assert_eq!(config.policies.entries().len(), 1);
}

#[test]
fn envoy_takes_the_examples() {
    if skipped() {
        return;
    }
    envoy_takes(&file("envoy.yaml"));
    envoy_takes(&file("ext-proc.yaml"));
    // Istio's patch, where Istio puts it.
    let istio = documents("istio.yaml");
    let patch = &of_kind(&istio, "EnvoyFilter")["spec"]["configPatches"][0];
    assert_eq!(patch["patch"]["operation"], "INSERT_FIRST");
    let mut filter = patch["patch"]["value"].clone();
    let cluster = filter["typed_config"]["grpc_service"]["envoy_grpc"]["cluster_name"].take();
    let service = of_kind(&istio, "Service");
    let port = &service["spec"]["ports"][0]["port"];
    let name = service["metadata"]["name"].as_str().unwrap_or_default();
    assert_eq!(cluster, format!("outbound|{port}||{name}.default.svc.cluster.local"));
    filter["typed_config"]["grpc_service"]["envoy_grpc"]["cluster_name"] =
        "to-127.0.0.1:9000".into();
    let upstream = ([127, 0, 0, 1], 9000).into();
    let routes = vec![conformance::envoy::Route::to("/", upstream)];
    let bootstrap = Bootstrap { filters: vec![filter], routes, clusters: Vec::new() };
    let folder = tempfile::tempdir().expect("a folder");
    let written = folder.path().join("envoy.json");
    let text = bootstrap.show(([127, 0, 0, 1], 8080).into(), ([127, 0, 0, 1], 8081).into());
    std::fs::write(&written, text.to_string()).expect("written");
    envoy_takes(&written);
}

#[test]
fn corsage_takes_their_policies() {
    let gateway = documents("envoy-gateway.yaml");
    let registered = &of_kind(&gateway, "EnvoyProxy")["spec"]["dynamicModules"][0];
    let used = &of_kind(&gateway, "EnvoyExtensionPolicy")["spec"]["dynamicModule"][0];
    assert_eq!(registered["name"], used["name"]);
    let path = registered["source"]["local"]["path"].as_str().unwrap_or_default();
    let image = std::fs::read_to_string(file("Dockerfile")).expect("it is there");
    assert!(image.contains(path), "the image has it at {path}");
    holds(&used["config"].to_string(), "envoy-gateway.json");
    let istio = documents("istio.yaml");
    let policy = of_kind(&istio, "ConfigMap")["data"]["corsage.toml"].as_str().unwrap_or_default();
    holds(policy, "corsage.toml");
    let manifest = &documents("manifest.yaml")[0];
    let code = manifest["examples"][0]["code"].as_str().unwrap_or_default();
    holds(code.split('\'').nth(1).unwrap_or_default(), "manifest.json");
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
}
