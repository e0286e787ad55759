//! `[gateway]`

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{
    Acceptor, ActiveHealth, Balance, Development, ForwardedHeaders, Limits, Listen, Log,
    PassiveHealth, Pool, Timeouts, TraceStart, Upstream, UpstreamCors, UpstreamGroup, Watch,
    WebSocket,
};
use crate::decode::{Reader, Setting, settings};
use crate::tree::{Node, Value};

settings! {
    /// The gateway: a reverse proxy that answers preflights and adds the headers.
    pub struct GatewaySettings {
        /// Where clients connect.
        pub listen: Vec<Listen> = vec![Listen::plain(SocketAddr::from(([127, 0, 0, 1], 8080)))],
        /// The servers that requests are sent on to. Several share the load.
        #[also("upstream")]
        pub upstreams: Vec<Upstream> = Vec::new(),
        /// Servers for some of the requests, each with limits and timeouts of its own: the first group that is for
        /// a request gets it. What no group is for goes to `upstreams`.
        pub groups: Vec<UpstreamGroup> = Vec::new(),
        /// How a server is chosen among several.
        pub balance: Balance = Balance::LeastLoaded,
        /// How often a request is tried again at another server when no connection could be made, or
        /// when it was not sent. What may have been executed is sent once more only if its method is
        /// idempotent, it has no body, and the kept connection it went out on turned out to be closed.
        pub retries: u32 = 1,
        /// What becomes of CORS headers that the upstream itself sends.
        pub upstream_cors: UpstreamCors = UpstreamCors::Strip,
        /// Networks whose `X-Forwarded-*` and `Forwarded` headers are believed. Of everybody else
        /// they are overwritten.
        pub trusted_proxies: Vec<IpNet> = Vec::new(),
        /// How the upstream is told where a request came from.
        pub forwarded: ForwardedHeaders = ForwardedHeaders::XForwarded,
        /// Threads that serve: `"auto"` for one per core.
        pub threads: Threads = Threads::Auto,
        /// Who accepts connections.
        pub acceptor: Acceptor = Acceptor::PerThread,
        /// After SIGTERM: how long `/readyz` fails while connections are still accepted.
        pub drain_delay: Duration = Duration::ZERO,
        /// After that: how long requests in flight may take to end.
        pub drain_timeout: Duration = Duration::from_secs(30),
        /// Whether the file is read again when it changes. SIGHUP does so in any case.
        pub reload: Watch = Watch::Watch,
        /// Whether a trace is started for requests that come without one.
        pub trace: TraceStart = TraceStart::PassOn,
        /// Liveness, readiness, metrics and the policy in force, on an address of their own.
        pub admin: Admin = Admin::default(),
        /// How long each thing may take.
        pub timeouts: Timeouts = Timeouts::default(),
        /// How much of each thing there may be.
        pub limits: Limits = Limits::default(),
        /// Connections to the upstreams.
        pub pool: Pool = Pool::default(),
        /// Asking the upstreams whether they are well.
        pub health: ActiveHealth = ActiveHealth::default(),
        /// Noticing that an upstream is not well.
        pub passive_health: PassiveHealth = PassiveHealth::default(),
        /// For the machine of a developer: pages that come from it are answered whatever the policy says, and the log
        /// tells what would have blocked them in production.
        pub development: Development = Development::Off,
        /// WebSockets, which CORS does not protect.
        pub websocket: WebSocket = WebSocket::default(),
        /// What is logged, and where.
        pub log: Log = Log::default(),
    }
}

settings! {
    /// The admin listener: `/livez`, `/readyz`, `/metrics`, `/policy`.
    pub struct Admin {
        /// Its address; `"off"` for none. Anyone who can connect can read the policy.
        pub listen: Option<SocketAddr> = Some(SocketAddr::from(([127, 0, 0, 1], 9090))),
        /// Names by which it may be asked, besides addresses and names that only a local network has: a name that
        /// anybody could register may be one that a page in a browser has made to point here.
        pub hosts: Vec<String> = Vec::new(),
    }
}

impl GatewaySettings {
    /// The settings as they are for the requests of a group: what the group does not say is as it is here.
    ///
    /// ```
    /// let config = corsage_config::parse(
    ///     "[gateway]\nretries = 3\ntimeouts.total = '10s'\n\
    ///      [[gateway.groups]]\nname = 'reports'\nupstreams = 'http://10.0.0.9:3000'\ntimeouts.total = 'off'\n",
    ///     "corsage.toml",
    /// )?;
    /// let settings = config.gateway.for_group(&config.gateway.groups[0]);
    /// assert_eq!((settings.timeouts.total, settings.retries), (None, 3));
    /// # Ok::<(), corsage_config::Problems>(())
    /// ```
    #[must_use]
    pub fn for_group(&self, group: &UpstreamGroup) -> Self {
        let mut settings = self.clone();
        settings.groups.clear();
        settings.upstreams.clone_from(&group.upstreams);
        group.balance.over(&mut settings.balance);
        group.retries.over(&mut settings.retries);
        group.upstream_cors.over(&mut settings.upstream_cors);
        group.timeouts.over(&mut settings.timeouts);
        group.limits.over(&mut settings.limits);
        group.pool.over(&mut settings.pool);
        group.health.over(&mut settings.health);
        group.passive_health.over(&mut settings.passive_health);
        group.websocket.over(&mut settings.websocket);
        settings
    }
}

/// How many threads serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One per core that the process may use.
    Auto,
    /// That many; at least one.
    Count(u16),
}

impl Setting for Threads {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::String(text) | Value::Untyped(text) if text == "auto" => Some(Self::Auto),
            _ => {
                let count = u16::read(node, reader)?;
                if (1..=MAX_THREADS).contains(&count) {
                    return Some(Self::Count(count));
                }
                let way_out = format!("write a number from 1 to {MAX_THREADS}, or \"auto\"");
                reader.error("wrong-value", node, "this many threads cannot serve", way_out);
                None
            }
        }
    }

    fn show(&self) -> serde_json::Value {
        match self {
            Self::Auto => "auto".into(),
            Self::Count(count) => (*count).into(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "const": "auto" }, { "type": "integer", "minimum": 1, "maximum": MAX_THREADS }]
        })
    }
}

/// More than the cores of any machine that this will run on; each thread has a listener of its own.
const MAX_THREADS: u16 = 1024;
