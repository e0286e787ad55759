//! Settings that are well formed and cannot work: limits that let nothing through, times that are over at once.

use std::net::IpAddr;
use std::time::Duration;

use corsage_report::{Problem, Severity};

use super::group_check::check_groups;
use super::{GatewaySettings, Upstream};
use crate::decode::camel_case;
use crate::tree::{Node, Step, Value};

/// A browser's head has some hundred bytes without a cookie.
const LEAST_HEADER_BYTES: u64 = 1024;
/// And some twenty fields.
const LEAST_HEADER_COUNT: u16 = 16;

/// Reports what cannot work, each at its place.
pub(crate) fn check_settings(root: &Node, gateway: &GatewaySettings, problems: &mut Vec<Problem>) {
    let mut found = Found { root, group: None, problems };
    limits(gateway, &mut found);
    times(gateway, &mut found);
    others(gateway, &mut found);
    weights(&gateway.upstreams, &mut found);
    let written = root.nearest(&[Step::Key(&["gateway"]), Step::Key(&["groups"])]);
    if matches!(&written.value, Value::List(items) if items.len() != gateway.groups.len()) {
        // Some could not be read: the others have lost their places.
        return;
    }
    for (index, group) in gateway.groups.iter().enumerate() {
        let settings = gateway.for_group(group);
        let mut found = Found { root, group: Some(index), problems: found.problems };
        limits(&settings, &mut found);
        times(&settings, &mut found);
        health_path(&settings, &mut found);
        weights(&settings.upstreams, &mut found);
    }
    check_groups(root, &gateway.groups, problems);
}

/// Servers of which none gets requests, or of which one stands twice: its weight says how much it gets.
fn weights(upstreams: &[Upstream], found: &mut Found<'_>) {
    if !upstreams.is_empty() && upstreams.iter().all(|upstream| upstream.weight == 0) {
        let way_out = "give one of them a weight, or take away what leads to them";
        found.error("upstreams", "all of these are drained: nobody serves their requests", way_out);
    }
    let is_twice = |at: usize| upstreams[..at].iter().any(|it| it.url == upstreams[at].url);
    if (1..upstreams.len()).any(is_twice) {
        let way_out = "keep one of the two, and give it a weight";
        found.error("upstreams", "the same server stands here twice", way_out);
    }
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

fn health_path(gateway: &GatewaySettings, found: &mut Found<'_>) {
    if let Some(path) = &gateway.health.path
        && !path.starts_with('/')
    {
        let way_out = format!("write \"/{path}\"");
        found.error("health.path", "a path begins with a slash", &way_out);
    }
}

fn others(gateway: &GatewaySettings, found: &mut Found<'_>) {
    health_path(gateway, found);
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
    /// Whose settings these are: a group's, or the gateway's. What a group has from the gateway is said of the gateway.
    group: Option<usize>,
    problems: &'f mut Vec<Problem>,
}

impl Found<'_> {
    fn error(&mut self, field: &str, cause: &str, way_out: &str) {
        let keys: Vec<(&str, String)> =
            field.split('.').map(|key| (key, camel_case(key))).collect();
        let keys: Vec<[&str; 3]> = keys
            .iter()
            .map(|(key, camel)| [*key, camel, key.strip_suffix('s').unwrap_or(key)])
            .collect();
        let mut steps = vec![Step::Key(&["gateway"])];
        let mut path = "gateway".to_owned();
        if let Some(index) = self.group {
            steps.extend([Step::Key(&["groups"]), Step::Index(index)]);
            path.push_str(&format!(".groups[{index}]"));
        }
        steps.extend(keys.iter().map(|keys| Step::Key(keys)));
        if self.group.is_some() && self.root.at(&steps).is_none() {
            return;
        }
        let node = self.root.nearest(&steps);
        self.problems.push(
            Problem::new(Severity::Error, "wrong-value")
                .field(format!("{path}.{field}"))
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
            ("upstreams = [{ url = \"http://a:1\", weight = 0 }]", "upstreams"),
            (
                "groups = [{ name = \"a\", upstreams = \"http://b:1\", limits.requests = 0 }]",
                "groups[0].limits.requests",
            ),
            (
                "groups = { name = \"a\", upstreams = \"http://b:1\", timeouts.total = \"0s\" }",
                "groups[0].timeouts.total",
            ),
            ("upstreams = [\"http://a:1\", \"http://b:1\", \"http://A:1/\"]", "upstreams"),
            ("groups = [{ name = \"a\", upstreams = [] }]", "groups[0].upstreams"),
            ("groups = [{ name = \"default\", upstreams = \"http://b:1\" }]", "groups[0].name"),
            ("groups = [{ name = \"a b\", upstreams = \"http://b:1\" }]", "groups[0].name"),
            (
                "groups = [{ name = \"a\", methods = [\"get\"], upstreams = \"http://b:1\" }]",
                "groups[0].methods[0]",
            ),
            ("trusted_proxies = [\"10.0.0.0/8\", \"::/0\"]", "trusted_proxies"),
        ] {
            let upstreams =
                if line.starts_with("upstreams") { "" } else { "upstreams = \"http://a:1\"" };
            let text = format!("[gateway]\n{upstreams}\n{line}\n");
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
