//! Envoy's own configuration, as JSON.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// What Envoy is to do.
#[derive(Clone, Debug, Default)]
pub struct Bootstrap {
    /// The filters before the router.
    pub filters: Vec<Value>,
    /// In the order in which they are tried.
    pub routes: Vec<Route>,
    /// Further clusters, whole.
    pub clusters: Vec<Value>,
}

/// Where requests go whose path begins so.
#[derive(Clone, Debug)]
pub struct Route {
    /// The beginning of the path.
    pub prefix: String,
    /// What it becomes.
    pub rewrite: Option<String>,
    /// Where it goes.
    pub upstream: SocketAddr,
    /// What holds there instead, by the filter's name.
    pub per_filter: Value,
}

impl Route {
    /// Everything below a path.
    #[must_use]
    pub fn to(prefix: &str, upstream: SocketAddr) -> Self {
        let prefix = prefix.to_owned();
        Self { prefix, rewrite: None, upstream, per_filter: json!({}) }
    }

    fn show(&self) -> Value {
        let mut route = json!({ "cluster": name(self.upstream), "timeout": "2s" });
        if let Some(rewrite) = &self.rewrite {
            route["prefix_rewrite"] = rewrite.clone().into();
        }
        json!({
            "match": { "prefix": self.prefix },
            "route": route,
            "typed_per_filter_config": self.per_filter,
        })
    }
}

impl Bootstrap {
    /// As a file, with the addresses to listen on.
    #[must_use]
    pub fn show(&self, listen: SocketAddr, admin: SocketAddr) -> Value {
        json!({
            // A control plane wants to know whom it talks to, be it a file.
            "node": { "id": "conformance", "cluster": "conformance" },
            "admin": { "address": address(admin) },
            "static_resources": { "listeners": [self.listener(listen)], "clusters": self.all_clusters() },
        })
    }

    /// The listener alone: what a control plane replaces.
    #[must_use]
    pub fn listener(&self, listen: SocketAddr) -> Value {
        let routes: Vec<Value> = self.routes.iter().map(Route::show).collect();
        let router = http_filter("envoy.filters.http.router", "router.v3.Router", json!({}));
        let filters: Vec<Value> = self.filters.iter().cloned().chain([router]).collect();
        json!({
            "name": "http",
            "address": address(listen),
            "filter_chains": [{ "filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    "stat_prefix": "http",
                    "generate_request_id": false,
                    // Whoever asks for the connection's end waits for it.
                    "delayed_close_timeout": "0s",
                    "route_config": {
                        "name": "all",
                        "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": routes }],
                    },
                    "http_filters": filters,
                },
            }] }],
        })
    }

    fn all_clusters(&self) -> Vec<Value> {
        let mut names = Vec::new();
        let mut clusters = self.clusters.clone();
        for route in &self.routes {
            let name = name(route.upstream);
            if !names.contains(&name) {
                clusters.push(json!({
                    "name": name,
                    "connect_timeout": "1s",
                    "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [
                        { "endpoint": { "address": address(route.upstream) } }
                    ] }] },
                }));
                names.push(name);
            }
        }
        clusters
    }
}

fn name(upstream: SocketAddr) -> String {
    format!("to-{upstream}")
}

fn address(addr: SocketAddr) -> Value {
    json!({ "socket_address": { "address": addr.ip().to_string(), "port_value": addr.port() } })
}

/// A filter of Envoy's own, by the end of its type's name.
#[must_use]
pub fn http_filter(name: &str, kind: &str, mut settings: Value) -> Value {
    settings["@type"] = format!("type.googleapis.com/envoy.extensions.filters.http.{kind}").into();
    json!({ "name": name, "typed_config": settings })
}

/// Envoy's own filter of CORS: what it allows stands with the routes.
#[must_use]
pub fn cors_filter() -> Value {
    http_filter("envoy.filters.http.cors", "cors.v3.Cors", json!({}))
}

/// Corsage's module, with a policy file as text.
#[must_use]
pub fn module_filter(text: &str) -> Value {
    let settings = json!({
        "dynamic_module_config": { "name": "corsage_envoy" },
        "filter_name": "cors",
        "filter_config": string_value(text),
    });
    http_filter("corsage", "dynamic_modules.v3.DynamicModuleFilter", settings)
}

/// The same for a route alone: a value for [`Route::per_filter`].
#[must_use]
pub fn module_route(text: &str) -> Value {
    json!({ "corsage": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute",
        "dynamic_module_config": { "name": "corsage_envoy" },
        "per_route_config_name": "cors",
        "filter_config": string_value(text),
    } })
}

/// A text where Envoy wants a message.
fn string_value(text: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": text })
}
