//! What `deploy/` says of the gateway is true.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Client, Gateway, ORIGIN, Upstream};

fn read(file: &str) -> String {
    let path = format!("{}/../../deploy/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every word that looks like a metric of ours.
fn metrics_named(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("corsage_"))
        .map(str::to_owned)
        .collect()
}

/// The names that samples of a page can have, from its `# TYPE` lines.
fn metrics_exported(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in page.lines() {
        let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        };
        names.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
    }
    names
}

#[test]
fn dashboard_and_alerts_name_only_metrics_that_exist() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let request =
        format!("GET / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n");
    assert_eq!(Client::once(gateway.addr, &request).status, 200);
    let page = Client::get(gateway.admin, "/metrics");
    assert_eq!(page.status, 200);
    let page = String::from_utf8(page.body).unwrap();
    let exported = metrics_exported(&page);
    for file in ["grafana/corsage.json", "prometheus/alerts.yaml"] {
        let named = metrics_named(&read(file));
        assert!(named.len() >= 3, "{file} names {named:?}");
        let unknown: Vec<_> = named.difference(&exported).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}; there are {exported:?}");
    }
}

#[test]
fn the_manual_names_every_metric_and_no_other() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let page = String::from_utf8(Client::get(gateway.admin, "/metrics").body).unwrap();
    let exported: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(
            |(name, kind)| {
                if kind == "counter" { format!("{name}_total") } else { name.to_owned() }
            },
        )
        .collect();
    let manual = read("../docs/gateway.md");
    let named: BTreeSet<String> = manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `corsage_")?.split_once('`'))
        .map(|(name, _)| format!("corsage_{name}"))
        .collect();
    assert_eq!(named, exported);
}

#[test]
fn labels_have_no_unbounded_values() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let series = || {
        let page = String::from_utf8(Client::get(gateway.admin, "/metrics").body).unwrap();
        page.lines().filter(|line| !line.starts_with('#')).count()
    };
    let ask = |i: usize| {
        let request = format!(
            "GET /{i} HTTP/1.1\r\nHost: h{i}.example\r\nOrigin: https://o{i}.example\r\nUser-Agent: u{i}\r\nConnection: close\r\n\r\n"
        );
        Client::once(gateway.addr, &request)
    };
    ask(0);
    let before = series();
    for i in 1..200 {
        assert_eq!(ask(i).status, 200);
    }
    assert_eq!(series(), before, "two hundred origins, hosts and paths make no new series");
}

#[test]
fn dashboard_alerts_and_manifests_can_be_read() {
    let dashboard: Value = serde_json::from_str(&read("grafana/corsage.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 4);
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            assert!(
                target["expr"].as_str().is_some_and(|expr| expr.contains("corsage_")),
                "{target}"
            );
        }
    }
    let alerts: Value = serde_saphyr::from_str(&read("prometheus/alerts.yaml")).unwrap();
    for rule in alerts["groups"][0]["rules"].as_array().unwrap() {
        assert!(
            rule["alert"].is_string()
                && rule["expr"].is_string()
                && rule["annotations"]["summary"].is_string()
        );
    }
    let manifests: Vec<Value> =
        serde_saphyr::from_multiple(&read("kubernetes/corsage.yaml")).unwrap();
    let kinds: Vec<&str> =
        manifests.iter().filter_map(|manifest| manifest["kind"].as_str()).collect();
    for kind in ["ConfigMap", "Deployment", "Service"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let deployment = manifests.iter().find(|manifest| manifest["kind"] == "Deployment").unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez");
}

#[test]
fn the_units_time_to_stop_is_longer_than_draining_takes() {
    let unit = read("systemd/corsage.service");
    let seconds: u64 =
        unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")?.parse().ok()).unwrap();
    let config = corsage_config::parse("", "corsage.toml").unwrap().gateway;
    assert!(seconds > (config.drain_delay + config.drain_timeout).as_secs());
    assert!(unit.contains("Type=notify"));
    assert!(unit.contains("WatchdogSec="));
}

#[test]
fn the_admin_listener_says_what_is_in_force() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    for path in ["/livez", "/readyz"] {
        assert_eq!(Client::get(gateway.admin, path).status, 200, "{path}");
    }
    let policy = Client::get(gateway.admin, "/policy");
    let policy: Value = serde_json::from_slice(&policy.body).unwrap();
    assert_eq!(policy["version"], 1);
    assert!(policy["hash"].as_str().is_some_and(|hash| hash.len() == 16));
    assert_eq!(Client::get(gateway.admin, "/nowhere").status, 404);
}
