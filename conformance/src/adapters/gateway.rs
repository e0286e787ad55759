//! The gateway, in front of the axum application without its policy.

use std::sync::Mutex;

use corsage::server::Policy;
use corsage_config::{Config, GroupTable, PolicyTable};
use corsage_gateway::Gateway;

use super::application::Application;
use super::server::{Options, Server, public_policy};

const FILE: &str = r#"
[gateway]
listen = "127.0.0.1:0"
upstreams = "http://UPSTREAM"
threads = 1
admin.listen = "off"

[gateway.log]
access = "off"

[[policy]]
name = "public"
paths = ["/public"]
allow_origins = ["*"]

[[policy]]
name = "rest"
allow_origins = ["https://app.example"]
"#;

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let Application { address: upstream, stage } = Application::start()?;
    let text = FILE.replace("UPSTREAM", &upstream.to_string());
    let config = corsage_config::parse(&text, "gateway.toml").map_err(|error| error.to_string())?;
    let first = with_policy(config.clone(), options.policy.clone())?;
    let gateway = Gateway::start(&first).map_err(|error| error.to_string())?;
    let address = *gateway.local_addrs().first().ok_or("it listens nowhere")?;
    let gateway = Mutex::new(gateway);
    let replace = Box::new(move |policy| {
        let gateway = gateway.lock().map_err(|error| error.to_string())?;
        gateway.reload(&with_policy(config.clone(), policy)?).map_err(|error| error.to_string())
    });
    Ok(Server { address, stage, replace })
}

/// The file, with a policy that was not read from it.
fn with_policy(mut config: Config, policy: Policy) -> Result<Config, String> {
    let mut entries = config.policies.entries().to_vec();
    entries[0].policy = public_policy()?;
    entries[1].policy = policy;
    let groups = GroupTable::new(config.gateway.groups.clone());
    config.policies = PolicyTable::new(entries, groups);
    Ok(config)
}
