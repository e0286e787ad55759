//! What `deploy/` ships is taken by the programs it is for: promtool, Prometheus, systemd.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Client, Gateway, ORIGIN, Upstream, eventually, free_address};

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file)
}

/// Whether the tests that need other programs are left out, as `./test --skip-servers` asks.
fn skipped() -> bool {
    std::env::var_os("CORSAGE_SKIP_SERVERS").is_some()
}

fn passes(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}

#[test]
fn promtool_takes_the_alerts() {
    if !skipped() {
        passes(
            Command::new("promtool").args(["check", "rules"]).arg(deploy("prometheus/alerts.yaml")),
        );
    }
}

#[test]
fn systemd_takes_the_units() {
    if skipped() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let files = ["corsage.service", "corsage.socket"].map(|name| {
        let unit = std::fs::read_to_string(deploy("systemd").join(name)).unwrap();
        // Where packages put it; nothing is installed here.
        let unit = unit.replace("/usr/bin/corsage", env!("CARGO_BIN_EXE_corsage"));
        let file = dir.path().join(name);
        std::fs::write(&file, unit).unwrap();
        file
    });
    passes(Command::new("systemd-analyze").arg("verify").args(&files));
}

struct Prometheus(Child);

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real Prometheus reads the page (its parser of OpenMetrics is a strict one), and its quantiles are numbers.
#[test]
fn prometheus_reads_the_metrics_and_makes_sense_of_them() {
    if skipped() {
        return;
    }
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let address = free_address();
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("prometheus.yaml");
    std::fs::write(
        &config,
        format!(
            "global: {{ scrape_interval: 1s }}\nrule_files: [{:?}]\nscrape_configs:\n  - job_name: corsage\n    static_configs: [{{ targets: [\"{}\"] }}]\n",
            deploy("prometheus/alerts.yaml").canonicalize().unwrap(),
            gateway.admin
        ),
    )
    .unwrap();
    let _prometheus = Prometheus(
        Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let query = |text: &str| -> Vec<Value> {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let Ok(mut client) = Client::try_connect(address) else { return Vec::new() };
        let head = format!(
            "GET /api/v1/query?query={encoded} HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n"
        );
        client.send(head.as_bytes());
        let Ok(response) = client.response("GET") else { return Vec::new() };
        let Ok(answer) = serde_json::from_slice::<Value>(&response.body) else { return Vec::new() };
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    };
    eventually("Prometheus does not take the page", || {
        query("up{job=\"corsage\"}").iter().any(|row| row["value"][1] == "1")
    });
    let request =
        format!("GET / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n");
    eventually("a quantile is no number", || {
        for _ in 0..20 {
            assert_eq!(Client::once(gateway.addr, &request).status, 200);
        }
        let quantile = "histogram_quantile(0.99, sum by (le) (rate(corsage_request_duration_seconds_bucket[30s])))";
        query(quantile).iter().any(|row| {
            let value = row["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
            value.is_some_and(f64::is_finite)
        })
    });
    assert!(!query("corsage_requests_total{outcome=\"shared\"} > 0").is_empty());
}
