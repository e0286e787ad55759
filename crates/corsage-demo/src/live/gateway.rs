//! The demo's gateways: real ones, in this process, in front of the sample API.

use std::net::SocketAddr;

use corsage_config::Config;
use corsage_gateway::{Gateway, RunningGateway};

use crate::prediction::rules::Rules;

/// A gateway whose policies can be changed while it runs.
pub(crate) struct Running {
    gateway: RunningGateway,
    /// Everything but policies.
    settings: Config,
    address: SocketAddr,
}

impl Running {
    /// Starts a gateway on a free port of this machine.
    ///
    /// # Errors
    /// Told: what the system refused.
    pub(crate) fn start(rules: &Rules, upstream: SocketAddr) -> Result<Self, String> {
        let settings = settings(upstream)?;
        let config = with_policies(&settings, rules);
        let gateway = Gateway::start(&config).map_err(|error| error.to_string())?;
        let address =
            gateway.local_addrs().first().copied().ok_or("the gateway listens nowhere")?;
        Ok(Self { gateway, settings, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Puts other policies in force. Of a text, nothing but its policies is taken: a page must not
    /// be able to make this process listen, or write, anywhere else.
    ///
    /// # Errors
    /// Told: why the policies cannot be put to work.
    pub(crate) fn install(&self, rules: &Rules) -> Result<(), String> {
        self.gateway
            .reload(&with_policies(&self.settings, rules))
            .map_err(|error| error.to_string())
    }
}

fn settings(upstream: SocketAddr) -> Result<Config, String> {
    let text = format!(
        r#"
        [gateway]
        listen = "127.0.0.1:0"
        upstreams = "http://{upstream}"
        threads = 1
        admin = {{ listen = "off" }}
        log = {{ access = "off" }}
        "#
    );
    corsage_config::parse(&text, "corsage demo").map_err(|problems| problems.to_string())
}

fn with_policies(settings: &Config, rules: &Rules) -> Config {
    let mut config = settings.clone();
    config.policies = rules.config().policies.clone();
    config
}
