//! What a gateway runs by, compiled: taken once per request, swapped whole on reload.

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock, Weak};

use corsage::server::{Policy, PolicyDraft, Request};
use corsage_config::{
    AmbiguousPath, Config, DEFAULT_GROUP, GatewaySettings, GroupTable, Inherited, PolicyTable,
};
use http::{HeaderMap, Method, header};
use rustls::ServerConfig;
use serde_json::json;

use crate::observe::{Metrics, Owners, RouteMetrics};
use crate::preflight::Prepared;
use crate::tls::{self, TlsError};
use crate::upstream::{Cluster, Endpoint, LoadError, PoolLimits};

pub(crate) struct Live {
    pub(crate) settings: GatewaySettings,
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
    group_table: GroupTable,
    /// In the order of the file, and last those that no group stands for.
    pub(crate) groups: Vec<Group>,
    /// Servers that are gone from the file and may still have requests.
    pub(crate) leaving: Vec<Weak<Endpoint>>,
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
    /// What the upstream says of CORS itself.
    pub(crate) owners: Owners,
}

/// Servers with the settings that hold for their requests.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) settings: GatewaySettings,
    pub(crate) pool: PoolLimits,
    pub(crate) cluster: Arc<Cluster>,
    /// Requests that wait for or have a server of this group, and how many there may be.
    pub(crate) requests: Arc<AtomicUsize>,
    pub(crate) most: Option<u32>,
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
    #[error("there is no upstream; name one, as in http://127.0.0.1:3000")]
    NoServer,
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
        let groups = groups(&settings, threads, before)?;
        let leaving = before.map_or_else(Vec::new, |before| before.leaving_for(&groups));
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
            owners: Owners::default(),
        });
        Ok(Self {
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
                owners: Owners::default(),
            },
            policies: config.policies.clone(),
            shown: config.show(),
            group_table: GroupTable::new(settings.groups.clone()),
            settings,
            groups,
            leaving,
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
        let method = Request::new(method, headers).policy_method();
        self.position(host(headers), path, method)
    }

    /// The group of upstreams that a request is for.
    pub(crate) fn group(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<usize, AmbiguousPath> {
        let rest = self.groups.len() - 1;
        if rest == 0 {
            return Ok(rest);
        }
        let method = Request::new(method, headers).policy_method();
        let position = self.group_table.position(host(headers), path, method)?;
        Ok(position.unwrap_or(rest))
    }

    /// As [`locate`](Self::locate): by the method that a preflight asks for.
    pub(crate) fn position(&self, host: &str, path: &str, method: &str) -> Option<usize> {
        self.policies.position(host, path, method)
    }

    /// The route that [`locate`](Self::locate) has found.
    pub(crate) fn at(&self, position: Option<usize>) -> &Route {
        position.map_or(&self.rest, |position| &self.routes[position])
    }

    /// Whether this is the route of what no policy is for.
    pub(crate) fn is_rest(&self, route: &Route) -> bool {
        std::ptr::eq(route, &raw const self.rest)
    }

    /// What the upstreams say of CORS themselves, by route.
    pub(crate) fn owners(&self) -> impl Iterator<Item = (&str, &[String])> {
        let routes = self.routes.iter().chain([&self.rest]);
        routes.filter_map(|route| Some((&*route.metrics.name, route.owners.lines()?)))
    }

    /// Every server, once for each group that it is in.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.groups.iter().flat_map(|group| &group.cluster.members).map(|member| &member.endpoint)
    }

    /// Those that are no more among the servers of these groups, and still live.
    fn leaving_for(&self, groups: &[Group]) -> Vec<Weak<Endpoint>> {
        let stays = |endpoint: &Arc<Endpoint>| {
            let mut members = groups.iter().flat_map(|group| &group.cluster.members);
            members.any(|member| Arc::ptr_eq(&member.endpoint, endpoint))
        };
        let before = self.leaving.iter().filter_map(Weak::upgrade);
        let leaving = before.chain(self.endpoints().cloned()).filter(|endpoint| !stays(endpoint));
        leaving.map(|endpoint| Arc::downgrade(&endpoint)).collect()
    }

    /// What is in force, for people.
    pub(crate) fn describe(&self) -> serde_json::Value {
        json!({
            "version": self.version,
            "hash": self.fingerprint,
            "policies": self.shown["policy"],
            "upstreams": self.endpoints().map(|endpoint| &endpoint.url).collect::<Vec<_>>(),
        })
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The groups of a file, and the rest. Servers that were in a group of the same name before keep their connections.
fn groups(
    settings: &GatewaySettings,
    threads: usize,
    before: Option<&Live>,
) -> Result<Vec<Group>, CompileError> {
    let group = |name: &str, settings: GatewaySettings, most: Option<u32>| {
        let before = before.and_then(|live| live.groups.iter().find(|group| group.name == name));
        Ok(Group {
            cluster: Arc::new(Cluster::new(&settings, threads, before.map(|it| &*it.cluster))?),
            pool: PoolLimits::from(&settings.pool),
            requests: before.map(|it| Arc::clone(&it.requests)).unwrap_or_default(),
            most,
            name: name.to_owned(),
            settings,
        })
    };
    let named = settings.groups.iter().map(|it| {
        let most = match it.limits.requests {
            Inherited::Own(most) => most,
            Inherited::AsGateway => None,
        };
        group(&it.name, settings.for_group(it), most)
    });
    let rest = std::iter::once_with(|| group(DEFAULT_GROUP, settings.clone(), None));
    let groups: Vec<Group> = named.chain(rest).collect::<Result<_, CompileError>>()?;
    // Who listens nowhere sends nothing on.
    let serves = groups.iter().any(|group| !group.cluster.members.is_empty());
    if serves || settings.listen.is_empty() { Ok(groups) } else { Err(CompileError::NoServer) }
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
