//! Active health checks: a small request to every server, now and then.

use std::sync::Arc;
use std::time::Duration;

use corsage_config::ActiveHealth;
use http::{Request, header};

use super::{Cluster, Endpoint, Member, Probe};
use crate::body::RequestBody;

/// Probes the servers of a cluster for as long as the future lives.
pub(crate) async fn probe_forever(cluster: Arc<Cluster>, check: ActiveHealth, path: String) {
    let mut ticks = tokio::time::interval(check.interval.max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let probes = cluster.members.iter().map(|it| probe(&it.endpoint, &check, &path));
        let results = futures_util::future::join_all(probes).await;
        for (Member { endpoint, .. }, result) in cluster.members.iter().zip(results) {
            let changed =
                endpoint.health.probed(result, check.unhealthy_after, check.healthy_after);
            match changed {
                Some(Probe::Good) => {
                    tracing::info!(upstream = %endpoint.url, "server is well again");
                }
                Some(Probe::Bad) => {
                    tracing::warn!(upstream = %endpoint.url, "server does not answer its probes; it gets no requests");
                }
                None => {}
            }
        }
    }
}

async fn probe(endpoint: &Arc<Endpoint>, check: &ActiveHealth, path: &str) -> Probe {
    match tokio::time::timeout(check.timeout, ask(endpoint, check, path)).await {
        Ok(Some(status)) if status.is_success() || status.is_redirection() => Probe::Good,
        _ => Probe::Bad,
    }
}

/// A connection of its own, so that connecting is probed too.
async fn ask(
    endpoint: &Arc<Endpoint>,
    check: &ActiveHealth,
    path: &str,
) -> Option<http::StatusCode> {
    let mut sender = endpoint.dial(check.timeout).await.ok()?;
    let request = Request::builder()
        .uri(endpoint.target(path)?)
        .header(header::HOST, endpoint.host_header.clone())
        .header(header::USER_AGENT, "corsage-health-check")
        .body(RequestBody::Empty)
        .ok()?;
    sender.send(request).await.ok().map(|response| response.status())
}
