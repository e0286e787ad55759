//! Server cases through Envoy: one process, whose policies are told apart by path.

use std::net::SocketAddr;
use std::sync::OnceLock;

use corsage::server::Policy;
use http::Request;
use serde_json::{Value, json};

use super::{Bootstrap, Envoy, Route};
use crate::adapters::{Application, Stage, raw_http};
use crate::server_cases::{Answer, Engine, Handler};

/// How Envoy is given a policy file.
pub struct Worn {
    /// The filters that do it.
    pub filters: Vec<Value>,
    /// The clusters that they need.
    pub clusters: Vec<Value>,
    /// What has to live as long.
    pub beside: Box<dyn Send + Sync>,
}

/// From a policy file's text.
type Wear = fn(file: &str) -> Result<Worn, String>;

/// Envoy in front of the application. Its policies are known before it starts.
pub struct EnvoyEngine {
    name: &'static str,
    wear: Wear,
    running: OnceLock<Result<Running, String>>,
}

struct Running {
    address: SocketAddr,
    application: Application,
    /// As shown, each at its place.
    policies: Vec<Value>,
    _envoy: Envoy,
    _beside: Box<dyn Send + Sync>,
}

impl EnvoyEngine {
    /// One that is not started yet.
    #[must_use]
    pub fn new(name: &'static str, wear: Wear) -> Self {
        Self { name, wear, running: OnceLock::new() }
    }

    fn start(&self, policies: &[Policy]) -> Result<Running, String> {
        let mut shown: Vec<Value> = Vec::new();
        for policy in policies.iter().filter(|policy| self.takes(policy)) {
            let policy = show(policy)?;
            if !shown.contains(&policy) {
                shown.push(policy);
            }
        }
        let placed: Vec<Value> =
            shown.iter().enumerate().map(|(place, policy)| at(place, policy)).collect();
        let file = json!({ "policy": placed }).to_string();
        let Worn { filters, clusters, beside } = (self.wear)(&file)?;
        let application = Application::start()?;
        // The place is cut off, so that the application sees one path.
        let route = |place| Route {
            rewrite: Some("/stage".to_owned()),
            ..Route::to(&format!("/stage/{place}/"), application.address)
        };
        let routes = (0..shown.len()).map(route).collect();
        let bootstrap = Bootstrap { filters, routes, clusters };
        let envoy = Envoy::start(&bootstrap)?;
        let address = envoy.address;
        Ok(Running { address, application, policies: shown, _envoy: envoy, _beside: beside })
    }
}

impl Engine for EnvoyEngine {
    fn name(&self) -> &'static str {
        self.name
    }

    /// A predicate cannot be written into a file.
    fn takes(&self, policy: &Policy) -> bool {
        policy.draft().dynamic_origins.is_none()
    }

    fn prepare(&self, policies: &[Policy]) {
        self.running.get_or_init(|| self.start(policies));
    }

    fn answer(
        &self,
        policy: &Policy,
        mut request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let running = self.running.get().ok_or("it was not prepared")?;
        let running = running.as_ref().map_err(Clone::clone)?;
        let shown = show(policy)?;
        let place = running.policies.iter().position(|own| *own == shown);
        let place = place.ok_or("this policy was not told before")?;
        *running.application.stage() =
            Stage { status: handler.status, headers: handler.headers.clone(), reached: false };
        *request.uri_mut() = format!("/stage/{place}/").parse().map_err(|_| "no path")?;
        let (head, body) = raw_http::send(running.address, &request)?.into_parts();
        let reached = running.application.stage().reached;
        Ok(Answer { status: head.status, headers: head.headers, body, reached })
    }
}

/// A policy as a file has it.
fn show(policy: &Policy) -> Result<Value, String> {
    let file = "[[policy]]\nallow_origins = ['https://app.example']\n";
    let mut config =
        corsage_config::parse(file, "case.toml").map_err(|problems| problems.to_string())?;
    let mut entries = config.policies.entries().to_vec();
    entries[0].policy = policy.clone();
    let groups = corsage_config::GroupTable::new(config.gateway.groups.clone());
    config.policies = corsage_config::PolicyTable::new(entries, groups);
    Ok(config.show()["policy"][0].take())
}

/// The same, for a path alone.
fn at(place: usize, policy: &Value) -> Value {
    let mut policy = policy.clone();
    policy["name"] = format!("at-{place}").into();
    policy["paths"] = json!([format!("/stage/{place}")]);
    policy
}
