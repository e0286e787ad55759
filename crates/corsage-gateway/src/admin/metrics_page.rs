//! `/metrics`, in the OpenMetrics text format.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::observe::{BUCKETS_US, Outcome, RouteMetrics};
use crate::upstream::Endpoint;
use crate::worker::Shared;

type Labels<'l> = Vec<(&'static str, &'l str)>;

pub(crate) fn render(shared: &Arc<Shared>) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Page(Arc::clone(shared))));
    let mut page = String::new();
    match encode(&mut page, &registry) {
        Ok(()) => page,
        Err(_) => "# EOF\n".to_owned(),
    }
}

struct Page(Arc<Shared>);

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page")
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let shared = &*self.0;
        routes(encoder, &shared.metrics.routes())?;
        gateway(encoder, shared)?;
        upstreams(encoder, shared)?;
        policy(encoder, shared)
    }
}

fn routes(encoder: &mut DescriptorEncoder<'_>, routes: &[Arc<RouteMetrics>]) -> fmt::Result {
    let requests = routes.iter().flat_map(|route| {
        Outcome::ALL.iter().map(|outcome| {
            (vec![("route", &*route.name), ("outcome", outcome.label())], route.requests(*outcome))
        })
    });
    counters(encoder, "corsage_requests", "Requests, by what became of them", requests)?;

    let preflights = routes.iter().flat_map(|route| {
        let name = &*route.name;
        let granted = (
            vec![("route", name), ("decision", "grant"), ("reason", "")],
            route.preflights_granted_total(),
        );
        let refused = route.preflights_refused_total().into_iter().map(move |(reason, count)| {
            (vec![("route", name), ("decision", "refuse"), ("reason", reason)], count)
        });
        std::iter::once(granted).chain(refused)
    });
    counters(encoder, "corsage_preflights", "Preflights, answered here", preflights)?;

    let shadow = routes.iter().flat_map(|route| {
        route.shadow_total().into_iter().map(|((enforced, shadow), count)| {
            (vec![("route", &*route.name), ("enforced", enforced), ("shadow", shadow)], count)
        })
    });
    let help = "Requests on which the shadow policy and the one in force differ";
    counters(encoder, "corsage_shadow_differences", help, shadow)?;

    let upstream =
        routes.iter().map(|route| (vec![("route", &*route.name)], route.upstream_cors_total()));
    let help = "Responses on which the upstream set CORS headers itself";
    counters(encoder, "corsage_upstream_cors_headers", help, upstream)?;

    let mut histogram = encoder.encode_descriptor(
        "corsage_request_duration_seconds",
        "From a request's head to its response's last byte",
        None,
        MetricType::Histogram,
    )?;
    for route in routes {
        let durations = route.durations();
        let bounds = BUCKETS_US.iter().map(|&us| us as f64 / 1e6).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(durations.buckets).collect();
        let count = durations.buckets.iter().sum();
        let labels: Labels<'_> = vec![("route", &*route.name)];
        histogram.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
            durations.sum_us as f64 / 1e6,
            count,
            &buckets,
            None,
        )?;
    }
    Ok(())
}

fn gateway(encoder: &mut DescriptorEncoder<'_>, shared: &Shared) -> fmt::Result {
    let metrics = &shared.metrics;
    let one = |count: u64| std::iter::once((Labels::new(), count));
    let rejections = metrics.rejections();
    let rejections = rejections.iter().map(|(code, count)| (vec![("reason", *code)], *count));
    counters(
        encoder,
        "corsage_rejections",
        "Requests refused by the guard, or for their size",
        rejections,
    )?;
    gauge(
        encoder,
        "corsage_connections",
        "Open connections of clients",
        &Labels::new(),
        metrics.connections.load(Relaxed),
    )?;
    let accepted = metrics.connections_accepted.load(Relaxed);
    counters(encoder, "corsage_connections_accepted", "Connections accepted", one(accepted))?;
    let refused = metrics.connections_refused.load(Relaxed);
    counters(
        encoder,
        "corsage_connections_refused",
        "Connections closed because there were too many",
        one(refused),
    )?;
    let late = metrics.connections_timed_out.load(Relaxed);
    counters(
        encoder,
        "corsage_connections_timed_out",
        "Connections closed because the client was too slow",
        one(late),
    )?;
    let tls = metrics.tls_handshake_failures.load(Relaxed);
    counters(encoder, "corsage_tls_handshake_failures", "TLS handshakes that failed", one(tls))?;
    let own = metrics.own_log_lost.get();
    let dropped = [("access", Some(&metrics.access_log_lost)), ("own", own)];
    let dropped = dropped.into_iter().flat_map(|(log, lost)| {
        let rows = lost.map(|lost| [("unread", &lost.unread), ("unwritten", &lost.unwritten)]);
        rows.into_iter().flatten().map(move |(reason, count)| {
            (vec![("log", log), ("reason", reason)], count.load(Relaxed))
        })
    });
    counters(
        encoder,
        "corsage_log_lines_dropped",
        "Log lines that nobody read in time, or that could not be written",
        dropped,
    )
}

fn upstreams(encoder: &mut DescriptorEncoder<'_>, shared: &Shared) -> fmt::Result {
    let live = shared.live.load();
    let servers: Vec<(Labels<'_>, &Endpoint)> = live
        .groups
        .iter()
        .flat_map(|group| group.cluster.members.iter().map(move |member| (group, member)))
        .map(|(group, member)| {
            let labels = vec![("group", &*group.name), ("upstream", &*member.endpoint.url)];
            (labels, &*member.endpoint)
        })
        .collect();
    let now = crate::clock::now_ms();
    type Value<'v> = &'v dyn Fn(&Endpoint) -> i64;
    let gauges: [(&str, &str, Value<'_>); 3] = [
        ("corsage_upstream_healthy", "Whether an upstream gets requests", &|endpoint| {
            i64::from(endpoint.health.is_available(now))
        }),
        (
            "corsage_upstream_requests_in_flight",
            "Requests that an upstream works on",
            &|endpoint| i64::from(endpoint.load.get()),
        ),
        ("corsage_upstream_idle_connections", "Connections that wait for work", &|endpoint| {
            i64::try_from(endpoint.idle_connections()).unwrap_or(i64::MAX)
        }),
    ];
    for (name, help, value) in gauges {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, endpoint) in &servers {
            family.encode_family(labels)?.encode_gauge(&value(endpoint))?;
        }
    }
    let count = |count: fn(&Endpoint) -> u64| {
        servers.iter().map(move |(labels, endpoint)| (labels.clone(), count(endpoint)))
    };
    let connects = count(|endpoint| endpoint.connects.load(Relaxed));
    counters(encoder, "corsage_upstream_connects", "Connections tried", connects)?;
    let failures = count(|endpoint| endpoint.connect_failures.load(Relaxed));
    counters(encoder, "corsage_upstream_connect_failures", "Connections that failed", failures)?;
    let errors = shared.metrics.upstream_errors();
    let errors = errors.iter().map(|(code, count)| (vec![("reason", *code)], *count));
    counters(encoder, "corsage_upstream_errors", "Requests that no upstream has answered", errors)
}

fn policy(encoder: &mut DescriptorEncoder<'_>, shared: &Shared) -> fmt::Result {
    let live = shared.live.load();
    let metrics = &shared.metrics;
    let version = live.version.to_string();
    let labels: Labels<'_> = vec![("version", &version), ("hash", &live.fingerprint)];
    gauge(encoder, "corsage_policy_info", "The policy in force", &labels, 1)?;
    let good = i64::from(!metrics.last_reload_failed.load(Relaxed));
    let help = "Whether the last reload succeeded";
    gauge(encoder, "corsage_config_last_reload_successful", help, &Labels::new(), good)?;
    let reloads = [
        (vec![("result", "success")], metrics.reloads_succeeded.load(Relaxed)),
        (vec![("result", "failure")], metrics.reloads_failed.load(Relaxed)),
    ];
    counters(encoder, "corsage_config_reloads", "Reloads", reloads.into_iter())?;
    let labels: Labels<'_> = vec![("version", env!("CARGO_PKG_VERSION"))];
    gauge(encoder, "corsage_build_info", "The program", &labels, 1)
}

fn counters<'l>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = (Labels<'l>, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in rows {
        encode_counter(&mut family, &labels, count)?;
    }
    Ok(())
}

fn encode_counter(
    family: &mut prometheus_client::encoding::MetricEncoder<'_>,
    labels: &Labels<'_>,
    count: u64,
) -> fmt::Result {
    if labels.is_empty() {
        return family.encode_counter::<NoLabelSet, _, u64>(&count, None);
    }
    family.encode_family(labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    labels: &Labels<'_>,
    value: i64,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    if labels.is_empty() {
        return family.encode_gauge(&value);
    }
    family.encode_family(labels)?.encode_gauge(&value)
}
