//! The conformance suite of the Kubernetes Gateway API, replayed: every row of `gateway_api.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde::Deserialize;

use crate::support::{Client, Gateway, Upstream, respond};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    status: Vec<u16>,
    #[serde(default)]
    one_of: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    absent: Vec<String>,
    upstream: bool,
}

#[test]
fn the_gateway_apis_conformance_suite_passes() {
    let table: Table = toml::from_str(include_str!("gateway_api.toml")).unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let upstream = Upstream::answering(move |_| {
        count.fetch_add(1, SeqCst);
        respond("200 OK", "", b"ok")
    });
    let gateway = Gateway::start_with(
        &format!("upstreams = \"http://{}\"", upstream.addr),
        include_str!("gateway_api_policies.toml"),
    );
    let mut faults = Vec::new();
    for case in &table.case {
        let headers: String =
            case.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: gateway.example\r\n{headers}Connection: close\r\n\r\n",
            case.method, case.path
        );
        seen.store(0, SeqCst);
        let response = Client::once(gateway.addr, &request);
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        if !case.status.contains(&response.status) {
            fault(format!("{}, not of {:?}", response.status, case.status));
        }
        for (name, wanted) in &case.one_of {
            let value = response.all(name).join(",").replace(' ', "");
            if !wanted.contains(&value) {
                fault(format!("{name}: {value:?}, not of {wanted:?}"));
            }
        }
        for name in &case.absent {
            if response.header(name).is_some() {
                fault(format!("{name} is there: {response:?}"));
            }
        }
        if (seen.load(SeqCst) == 1) != case.upstream {
            fault(format!("{} requests reached the backend", seen.load(SeqCst)));
        }
    }
    assert!(faults.is_empty(), "{} rows:\n{}", table.case.len(), faults.join("\n"));
}
