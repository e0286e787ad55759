//! `[[gateway.groups]]`: servers for some of the requests.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator};

use super::{
    ActiveHealth, Balance, Limits, OriginCheck, PassiveHealth, Pool, Timeouts, Upstream,
    UpstreamCors, WebSocket,
};
use crate::decode::{ByteSize, Reader, Scalar, Setting, record, settings};
use crate::policy::{Fits, HostPattern, PathPrefix};
use crate::tree::Node;

/// What logs, metrics and policies call the servers of `gateway.upstreams`, for which no group stands.
pub const DEFAULT_GROUP: &str = "default";

record! {
    /// Servers, and the requests that they are for. What a group does not say is as `gateway` has it.
    pub struct UpstreamGroup {
        /// Its name, in logs, metrics and in the `groups` of policies.
        pub name: String,
        /// Hosts: `"api.example.com"`, `"*.example.com"`. Empty: every host.
        pub hosts: Vec<HostPattern> = Vec::new(),
        /// Path prefixes, by whole segments: `"/api"` is for `/api` and all below. Empty: every path. The path is
        /// sent on as it came.
        pub paths: Vec<PathPrefix> = Vec::new(),
        /// Methods; a preflight counts as the method it asks for. Empty: every method.
        pub methods: Vec<String> = Vec::new(),
        /// The servers. Several share the load.
        pub upstreams: Vec<Upstream>,
        /// How a server is chosen among several.
        pub balance: Inherited<Balance> = Inherited::AsGateway,
        /// How often a request is tried again, as in `gateway.retries`.
        pub retries: Inherited<u32> = Inherited::AsGateway,
        /// What becomes of CORS headers that these servers send themselves.
        pub upstream_cors: Inherited<UpstreamCors> = Inherited::AsGateway,
        /// How long each thing may take.
        pub timeouts: GroupTimeouts = GroupTimeouts::default(),
        /// How much of each thing there may be.
        pub limits: GroupLimits = GroupLimits::default(),
        /// Connections to each of the servers.
        pub pool: GroupPool = GroupPool::default(),
        /// Asking the servers whether they are well.
        pub health: GroupHealth = GroupHealth::default(),
        /// Noticing that a server is not well.
        pub passive_health: GroupPassiveHealth = GroupPassiveHealth::default(),
        /// WebSockets, which CORS does not protect.
        pub websocket: GroupWebSocket = GroupWebSocket::default(),
    }
}

/// Settings of a group that are those of the gateway where the group says nothing.
macro_rules! inherits {
    (
        $(#[doc = $doc:literal])*
        $name:ident of $whole:ty { $( $(#[doc = $field_doc:literal])* $field:ident: $type:ty, )* }
    ) => {
        settings! {
            $(#[doc = $doc])*
            pub struct $name {
                $( $(#[doc = $field_doc])* pub $field: Inherited<$type> = Inherited::AsGateway, )*
            }
        }

        impl $name {
            pub(super) fn over(&self, whole: &mut $whole) {
                $( self.$field.over(&mut whole.$field); )*
            }
        }
    };
}

inherits! {
    /// As `gateway.timeouts`, for this group.
    GroupTimeouts of Timeouts {
        /// As in `gateway.timeouts`.
        request_body_idle: Duration,
        /// As in `gateway.timeouts`.
        upstream_connect: Duration,
        /// As in `gateway.timeouts`.
        upstream_first_byte: Duration,
        /// As in `gateway.timeouts`.
        upstream_idle: Option<Duration>,
        /// As in `gateway.timeouts`.
        total: Option<Duration>,
        /// As in `gateway.timeouts`.
        upgraded_idle: Option<Duration>,
    }
}

inherits! {
    /// As `gateway.limits`, for this group. Connections and heads are the gateway's: they come before any group is known.
    GroupLimits of Limits {
        /// As in `gateway.limits`.
        response_header_count: u16,
        /// As in `gateway.limits`.
        body_bytes: Option<ByteSize>,
        /// Requests that wait for or have a server of this group, within those of `gateway.limits`; more are answered by
        /// 503.
        requests: Option<u32>,
    }
}

inherits! {
    /// As `gateway.pool`, for this group.
    GroupPool of Pool {
        /// As in `gateway.pool`.
        max_connections: Option<u32>,
        /// As in `gateway.pool`.
        queue: u32,
        /// As in `gateway.pool`.
        queue_timeout: Duration,
        /// As in `gateway.pool`.
        max_idle: u32,
        /// As in `gateway.pool`.
        idle_timeout: Duration,
        /// As in `gateway.pool`.
        max_age: Option<Duration>,
    }
}

inherits! {
    /// As `gateway.health`, for this group.
    GroupHealth of ActiveHealth {
        /// As in `gateway.health`.
        path: Option<String>,
        /// As in `gateway.health`.
        interval: Duration,
        /// As in `gateway.health`.
        timeout: Duration,
        /// As in `gateway.health`.
        unhealthy_after: u32,
        /// As in `gateway.health`.
        healthy_after: u32,
    }
}

inherits! {
    /// As `gateway.passive_health`, for this group.
    GroupPassiveHealth of PassiveHealth {
        /// As in `gateway.passive_health`.
        failures: Option<u32>,
        /// As in `gateway.passive_health`.
        eject_for: Duration,
    }
}

inherits! {
    /// As `gateway.websocket`, for this group.
    GroupWebSocket of WebSocket {
        /// As in `gateway.websocket`.
        origins: OriginCheck,
    }
}

impl UpstreamGroup {
    pub(crate) fn fits(&self) -> Fits<'_> {
        Fits { hosts: &self.hosts, paths: &self.paths, methods: &self.methods }
    }
}

/// What a group may say, or leave to the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inherited<T> {
    /// As the gateway has it.
    AsGateway,
    /// The group's own.
    Own(T),
}

impl<T: Clone> Inherited<T> {
    pub(super) fn over(&self, whole: &mut T) {
        if let Self::Own(value) = self {
            whole.clone_from(value);
        }
    }
}

impl<T: Setting> Setting for Inherited<T> {
    const ALONE: bool = T::ALONE;
    const IN_TEXT: bool = T::IN_TEXT;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Self::Own)
    }

    fn show(&self) -> serde_json::Value {
        match self {
            Self::AsGateway => serde_json::Value::Null,
            Self::Own(value) => value.show(),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn scalars(path: &mut Vec<&'static str>, found: &mut Vec<Scalar>) {
        T::scalars(path, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GroupTable;

    const FILE: &str = r#"
        [gateway]
        upstreams = "http://rest:1"
        timeouts = { upstream_idle = "7s", total = "9s" }
        limits.requests = 100

        [[gateway.groups]]
        name = "reports"
        hosts = ["*.reports.test"]
        paths = ["/Reports"]
        methods = ["GET"]
        upstreams = ["http://a:1", { url = "http://b:1", weight = 0 }]
        retries = 0
        timeouts = { upstreamIdle = "off" }
        limits = { requests = 5, body_bytes = "1KiB" }

        [[policy]]
        name = "reports"
        groups = ["reports"]
        [[policy]]
        name = "rest"
        groups = ["default"]
    "#;

    #[test]
    fn a_group_has_what_it_says_and_else_what_the_gateway_has() {
        let config = crate::parse(FILE, "corsage.toml").unwrap();
        let settings = config.gateway.for_group(&config.gateway.groups[0]);
        assert_eq!((settings.timeouts.upstream_idle, settings.retries), (None, 0));
        assert_eq!(settings.timeouts.total, Some(Duration::from_secs(9)));
        assert_eq!(settings.limits.requests, Some(5));
        assert_eq!(settings.upstreams.len(), 2);
    }

    #[test]
    fn groups_are_shown_as_they_are_read() {
        let config = crate::parse(FILE, "corsage.toml").unwrap();
        let shown = config.show_toml();
        let again = crate::parse(&shown, "corsage.toml").unwrap_or_else(|e| panic!("{e}\n{shown}"));
        assert_eq!(again.gateway, config.gateway);
        assert_eq!(again.fingerprint(), config.fingerprint());
        assert_eq!(again.policies.entries()[0].groups, ["reports"]);
    }

    #[test]
    fn group_and_policy_are_chosen_by_the_same_reading() {
        let config = crate::parse(FILE, "corsage.toml").unwrap();
        let groups = GroupTable::new(config.gateway.groups.clone());
        let policy = |path: &str, method: &str| {
            let entry = config.policies.select("x.reports.test", path, method).entry();
            entry.map(|entry| entry.name.clone())
        };
        let rows = [
            ("/Reports/a", "GET", Ok(Some(0)), Some("reports")),
            ("/Reports/a", "PUT", Ok(None), Some("rest")),
            ("/else", "GET", Ok(None), Some("rest")),
            // Letters are told apart on the way, and not by every server at its end.
            ("/reports/a", "GET", Ok(None), None),
            ("/Reports/..%2felse", "GET", Err(crate::AmbiguousPath), None),
            ("/Reports/../else", "PUT", Ok(None), Some("rest")),
            ("/%2525252525252541", "GET", Err(crate::AmbiguousPath), None),
            ("/%2525252525252541", "PUT", Ok(None), Some("rest")),
        ];
        for (path, method, group, chosen) in rows {
            assert_eq!(groups.position("x.reports.test", path, method), group, "{method} {path}");
            assert_eq!(policy(path, method).as_deref(), chosen, "{method} {path}");
        }
    }

    #[test]
    fn policies_name_groups_that_there_are_and_can_meet() {
        for (line, cause) in [
            ("groups = [\"report\"]", "there is no group of this name"),
            ("groups = [\"reports\"]\npaths = [\"/other\"]", "no request of this group"),
            ("groups = [\"reports\"]\nmethods = [\"PUT\"]", "no request of this group"),
        ] {
            let text = format!("{FILE}\n[[policy]]\nname = \"more\"\n{line}\n");
            let told = match crate::parse(&text, "corsage.toml") {
                Ok(config) => config.remarks.to_string(),
                Err(problems) => problems.to_string(),
            };
            assert!(told.contains(cause), "{line}: {told}");
        }
    }
}
