//! The policy beside Envoy, as a service that it asks.

use corsage_ext_proc::{Address, Service};
use corsage_gateway::{Gateway, RunningGateway};
use serde_json::{Value, json};

use super::http_filter;

/// A running service. It ends when dropped.
pub struct ExtProc {
    gateway: RunningGateway,
    address: Value,
}

/// The interface by which Envoy asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// About the request, and about the response.
    ExtProc,
    /// About the request alone.
    ExtAuthz,
}

impl ExtProc {
    /// Starts one with a policy file.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn start(file: &str, address: &Address) -> Result<Self, String> {
        let service = Service::bind(address).map_err(|error| error.to_string())?;
        let gateway =
            Gateway::builder().judging().run(&read(file)?).map_err(|error| error.to_string())?;
        service.start(&gateway).map_err(|error| error.to_string())?;
        let address = match service.address().map_err(|error| error.to_string())? {
            Address::Tcp(at) => {
                json!({ "socket_address": { "address": at.ip().to_string(), "port_value": at.port() } })
            }
            Address::Unix(path) => json!({ "pipe": { "path": path } }),
        };
        Ok(Self { gateway, address })
    }

    /// Puts another file in force.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn reload(&self, file: &str) -> Result<(), String> {
        self.gateway.reload(&read(file)?).map_err(|error| error.to_string())
    }

    /// Where Envoy reaches it.
    #[must_use]
    pub fn cluster(&self) -> Value {
        json!({
            "name": "corsage",
            "type": "STATIC",
            "connect_timeout": "5s",
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": { "http2_protocol_options": {} },
                },
            },
            "load_assignment": { "cluster_name": "corsage", "endpoints": [{ "lb_endpoints": [
                { "endpoint": { "address": self.address } }
            ] }] },
        })
    }
}

impl By {
    /// The filter that asks it.
    #[must_use]
    pub fn filter(self) -> Value {
        let grpc = json!({ "envoy_grpc": { "cluster_name": "corsage" }, "timeout": "5s" });
        match self {
            Self::ExtProc => http_filter(
                "corsage",
                "ext_proc.v3.ExternalProcessor",
                json!({
                    "grpc_service": grpc,
                    "message_timeout": "5s",
                    "processing_mode": { "request_header_mode": "SEND", "response_header_mode": "SEND" },
                    // Without this nobody may set `Access-Control-Allow-Origin` on an answer of the service's own.
                    "mutation_rules": { "allow_all_routing": true },
                }),
            ),
            Self::ExtAuthz => http_filter(
                "corsage",
                "ext_authz.v3.ExtAuthz",
                json!({ "grpc_service": grpc, "transport_api_version": "V3", "encode_raw_headers": true }),
            ),
        }
    }
}

fn read(file: &str) -> Result<corsage_config::Config, String> {
    let loader = corsage_config::Loader::new().text(file, "corsage.json");
    loader
        .argument("--admin", "gateway.admin.listen", ["off"])
        .argument("--threads", "gateway.threads", ["1"])
        .load()
        .map_err(|problems| problems.to_string())
}
