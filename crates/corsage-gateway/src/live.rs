//! What a gateway runs by, compiled: taken once per request, swapped whole on reload.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use corsage::server::{Policy, PolicyDraft, Request};
use corsage_config::{Config, GatewaySettings, PolicyTable};
use http::{HeaderMap, Method, header};
use rustls::ServerConfig;
use serde_json::json;

use crate::observe::{Metrics, RouteMetrics};
use crate::preflight::Prepared;
use crate::tls::{self, TlsError};
use crate::upstream::{Cluster, LoadError, PoolLimits};

pub(crate) struct Live {
    pub(crate) settings: GatewaySettings,
    pub(crate) pool: PoolLimits,
    /// 1 at the start, one more with every reload.
    pub(crate) version: u64,
    /// The same on every replica that runs the same configuration.
    pub(crate) fingerprint: String,
    policies: PolicyTable,
    /// The effective configuration.
    shown: serde_json::Value,
    /// By the position of their policy.
    routes: Vec<Route>,
    /// What no policy is for.
    rest: Route,
    pub(crate) cluster: Arc<Cluster>,
    /// By listener.
    pub(crate) tls: Vec<Option<Arc<ServerConfig>>>,
}

/// How requests of one policy are treated.
pub(crate) struct Route {
    pub(crate) rule: Rule,
    pub(crate) shadow: Option<Policy>,
    pub(crate) metrics: Arc<RouteMetrics>,
    /// The answer to granted preflights, from the first on.
    pub(crate) prepared: OnceLock<Prepared>,
}

/// Who has the say about CORS.
pub(crate) enum Rule {
    /// This policy. Where there are policies and none is for a request, one that allows nothing.
    Policy(Policy),
    /// There is no policy at all: the upstream.
    Upstream,
}

/// Why a configuration cannot be put to work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    #[error("{0}")]
    Upstream(#[from] LoadError),
    #[error("listener {listener}: {source}")]
    Tls { listener: SocketAddr, source: TlsError },
}

impl Live {
    /// Compiles a configuration. Servers that were there before keep their connections.
    pub(crate) fn compile(
        config: &Config,
        threads: usize,
        metrics: &Metrics,
        before: Option<&Self>,
    ) -> Result<Self, CompileError> {
        let mut settings = config.gateway.clone();
        if before.is_some_and(|before| before.settings.listen.is_empty()) {
            // It serves nobody itself, whatever a new file says of that.
            settings.listen.clear();
        }
        if let Some(before) = before {
            keep_sockets(&mut settings, &before.settings);
        }
        let cluster = Cluster::new(&settings, threads, before.map(|live| &*live.cluster))?;
        let tls = settings
            .listen
            .iter()
            .map(|listen| {
                let Some(tls) = &listen.tls else { return Ok(None) };
                tls::server_config(tls, &listen.protocols)
                    .map(Some)
                    .map_err(|source| CompileError::Tls { listener: listen.address, source })
            })
            .collect::<Result<_, _>>()?;
        let routes = config.policies.entries().iter().map(|entry| Route {
            rule: Rule::Policy(entry.policy.clone()),
            shadow: entry.shadow.clone(),
            metrics: metrics.route(&entry.name, threads),
            prepared: OnceLock::new(),
        });
        Ok(Self {
            pool: PoolLimits::from(&settings.pool),
            version: before.map_or(1, |live| live.version + 1),
            fingerprint: format!("{:016x}", config.fingerprint()),
            routes: routes.collect(),
            rest: Route {
                rule: match PolicyDraft::new().compile() {
                    Ok(nothing) if !config.policies.entries().is_empty() => Rule::Policy(nothing),
                    _ => Rule::Upstream,
                },
                shadow: None,
                metrics: metrics.route("none", threads),
                prepared: OnceLock::new(),
            },
            policies: config.policies.clone(),
            shown: config.show(),
            settings,
            cluster: Arc::new(cluster),
            tls,
        })
    }

    /// The route of a request.
    pub(crate) fn route(&self, method: &Method, path: &str, headers: &HeaderMap) -> &Route {
        self.at(self.locate(method, path, headers))
    }

    /// Where the route of a request is found: to be kept beside an `Arc` of this.
    pub(crate) fn locate(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<usize> {
        if self.routes.is_empty() {
            return None;
        }
        let text =
            |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let host = text(header::HOST).unwrap_or_default();
        self.position(host, path, Request::new(method, headers).policy_method())
    }

    /// As [`locate`](Self::locate): by the method that a preflight asks for.
    pub(crate) fn position(&self, host: &str, path: &str, method: &str) -> Option<usize> {
        self.policies.position(host, path, method)
    }

    /// The route that [`locate`](Self::locate) has found.
    pub(crate) fn at(&self, position: Option<usize>) -> &Route {
        position.map_or(&self.rest, |position| &self.routes[position])
    }

    /// What is in force, for people.
    pub(crate) fn describe(&self) -> serde_json::Value {
        json!({
            "version": self.version,
            "hash": self.fingerprint,
            "policies": self.shown["policy"],
            "upstreams": self.cluster.endpoints.iter().map(|endpoint| &endpoint.url).collect::<Vec<_>>(),
        })
    }
}

/// What a running gateway listens on stays as it was. Settings of an address that is still there are
/// taken over, whatever its place in the list; an address that is gone keeps those it had.
fn keep_sockets(new: &mut GatewaySettings, before: &GatewaySettings) {
    let addresses = |settings: &GatewaySettings| -> Vec<SocketAddr> {
        settings.listen.iter().map(|listen| listen.address).collect()
    };
    if addresses(new) != addresses(before) {
        tracing::warn!("the addresses to listen on change with a restart only");
        let kept = before.listen.iter().map(|old| {
            let same = new.listen.iter().find(|listen| listen.address == old.address);
            same.unwrap_or(old).clone()
        });
        new.listen = kept.collect();
    }
    if new.admin.listen != before.admin.listen
        || new.threads != before.threads
        || new.acceptor != before.acceptor
    {
        tracing::warn!("threads, acceptor and the admin listener change with a restart only");
    }
}
