//! Settings that are well formed and cannot work: limits that let nothing through, times that are over at once.

use std::net::IpAddr;
use std::time::Duration;

use corsage_report::{Problem, Severity};

use super::GatewaySettings;
use crate::decode::camel_case;
use crate::tree::{Node, Step};

/// A browser's head has some hundred bytes without a cookie.
const LEAST_HEADER_BYTES: u64 = 1024;
/// And some twenty fields.
const LEAST_HEADER_COUNT: u16 = 16;

/// Reports what cannot work, each at its place.
pub(crate) fn check_settings(root: &Node, gateway: &GatewaySettings, problems: &mut Vec<Problem>) {
    let mut found = Found { root, problems };
    limits(gateway, &mut found);
    times(gateway, &mut found);
    others(gateway, &mut found);
}

fn limits(gateway: &GatewaySettings, found: &mut Found<'_>) {
    let limits = &gateway.limits;
    if limits.header_bytes.as_bytes() < LEAST_HEADER_BYTES {
        found.error("limits.header_bytes", "no browser's request fits", "write \"32KiB\"");
    }
    if limits.header_count < LEAST_HEADER_COUNT {
        found.error("limits.header_count", "browsers send more fields than that", "write 64");
    }
    if limits.response_header_count == 0 {
        found.error("limits.response_header_count", "no response fits", "write 100");
    }
    if limits.head_budget.as_bytes() < limits.header_bytes.as_bytes() {
        let way_out = "write \"64MiB\"; it is shared by all connections";
        found.error("limits.head_budget", "not even one head of header_bytes fits", way_out);
    }
    let none = [
        ("limits.connections", limits.connections),
        ("limits.connections_per_ip", limits.connections_per_ip),
        ("limits.requests", limits.requests),
        ("limits.http2_streams", Some(limits.http2_streams)),
        ("pool.max_connections", gateway.pool.max_connections),
        ("health.unhealthy_after", Some(gateway.health.unhealthy_after)),
        ("health.healthy_after", Some(gateway.health.healthy_after)),
        ("passive_health.failures", gateway.passive_health.failures),
    ];
    for (field, value) in none {
        if value == Some(0) {
            let way_out = match field {
                "limits.http2_streams" => "write 128",
                "health.unhealthy_after" | "health.healthy_after" => "write 1 or more",
                _ => "write a number above 0, or \"off\"",
            };
            found.error(field, "0 lets nothing through", way_out);
        }
    }
}

fn times(gateway: &GatewaySettings, found: &mut Found<'_>) {
    let timeouts = &gateway.timeouts;
    let times: [(&str, Option<Duration>); 13] = [
        ("timeouts.tls_handshake", Some(timeouts.tls_handshake)),
        ("timeouts.request_head", Some(timeouts.request_head)),
        ("timeouts.keep_alive", Some(timeouts.keep_alive)),
        ("timeouts.request_body_idle", Some(timeouts.request_body_idle)),
        ("timeouts.response_write_idle", Some(timeouts.response_write_idle)),
        ("timeouts.upstream_connect", Some(timeouts.upstream_connect)),
        ("timeouts.upstream_first_byte", Some(timeouts.upstream_first_byte)),
        ("timeouts.upstream_idle", timeouts.upstream_idle),
        ("timeouts.total", timeouts.total),
        ("timeouts.upgraded_idle", timeouts.upgraded_idle),
        ("health.interval", Some(gateway.health.interval)),
        ("health.timeout", Some(gateway.health.timeout)),
        ("pool.queue_timeout", Some(gateway.pool.queue_timeout)),
    ];
    for (field, time) in times {
        if time.is_some_and(|time| time.is_zero()) {
            found.error(field, "no time at all: it is over before it begins", "write \"10s\"");
        }
    }
}

fn others(gateway: &GatewaySettings, found: &mut Found<'_>) {
    if let Some(path) = &gateway.health.path
        && !path.starts_with('/')
    {
        let way_out = format!("write \"/{path}\"");
        found.error("health.path", "a path begins with a slash", &way_out);
    }
    let everybody = |network: &ipnet::IpNet| {
        network.prefix_len() == 0 && matches!(network.addr(), IpAddr::V4(_) | IpAddr::V6(_))
    };
    if gateway.trusted_proxies.iter().any(everybody) {
        found.error(
            "trusted_proxies",
            "this is everybody: each client could claim to be another, and to come by https",
            "write the networks of your proxies, as in [\"10.0.0.0/8\"]",
        );
    }
}

struct Found<'f> {
    root: &'f Node,
    problems: &'f mut Vec<Problem>,
}

impl Found<'_> {
    fn error(&mut self, field: &str, cause: &str, way_out: &str) {
        let path = format!("gateway.{field}");
        let keys: Vec<(&str, String)> = path.split('.').map(|key| (key, camel_case(key))).collect();
        let keys: Vec<[&str; 2]> = keys.iter().map(|(key, camel)| [*key, camel]).collect();
        let steps: Vec<Step<'_>> = keys.iter().map(|keys| Step::Key(keys)).collect();
        let node = self.root.nearest(&steps);
        self.problems.push(
            Problem::new(Severity::Error, "wrong-value")
                .field(path.as_str())
                .value_if(node.text())
                .cause(cause)
                .way_out(way_out)
                .place(node.place.clone()),
        );
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_cannot_work_is_named_with_its_place() {
        for (line, field) in [
            ("limits.header_bytes = 10", "limits.header_bytes"),
            ("limits.headerCount = 1", "limits.header_count"),
            ("limits.connections = 0", "limits.connections"),
            ("limits.requests = 0", "limits.requests"),
            ("limits.http2_streams = 0", "limits.http2_streams"),
            ("limits.head_budget = \"1KiB\"", "limits.head_budget"),
            ("limits.response_header_count = 0", "limits.response_header_count"),
            ("pool.max_connections = 0", "pool.max_connections"),
            ("timeouts.request_head = \"0s\"", "timeouts.request_head"),
            ("timeouts.total = \"0s\"", "timeouts.total"),
            ("health.path = \"healthz\"", "health.path"),
            ("health.healthy_after = 0", "health.healthy_after"),
            ("trusted_proxies = \"0.0.0.0/0\"", "trusted_proxies"),
            ("trusted_proxies = [\"10.0.0.0/8\", \"::/0\"]", "trusted_proxies"),
        ] {
            let text = format!("[gateway]\nupstreams = \"http://a:1\"\n{line}\n");
            let problems = crate::parse(&text, "corsage.toml").expect_err(line);
            let problem = problems.iter().next().unwrap();
            assert_eq!(problem.field, format!("gateway.{field}"), "{line}");
            assert!(problem.place.span().is_some(), "{line}: {problem}");
        }
    }

    #[test]
    fn what_works_is_left_alone() {
        let text = "[gateway]\nupstreams = \"http://a:1\"\nlimits.connections = \"off\"\n\
                    limits.body_bytes = 0\npool.queue = 0\ndrain_timeout = \"0s\"\nretries = 0\n";
        crate::parse(text, "corsage.toml").unwrap();
    }
}
