//! What the page's owner and its user have decided, as far as they say so: the page's response
//! headers, HSTS, and the local network.

use clap::ValueEnum;
use corsage::browser::{
    AddressSpace, Client, ContentSecurityPolicy, Destination, EmbedderPolicy, HstsHost,
    InsecureRequests, LocalNetworkPermission, ReferrerPolicy,
};
use corsage::terms::{OpaqueOrigin, Origin};

/// Arguments about the page that no request shows.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "The page's own rules")]
pub(crate) struct PolicyArgs {
    /// The page's Content-Security-Policy
    #[arg(long, value_name = "POLICY")]
    pub(super) csp: Vec<String>,

    /// A header that the page itself was served with: Content-Security-Policy,
    /// Cross-Origin-Embedder-Policy, Integrity-Policy, Permissions-Policy, Referrer-Policy
    #[arg(long, value_name = "NAME: VALUE")]
    pub(super) page_header: Vec<String>,

    /// A host that the browser reaches over https only; `.example.com` means the hosts below it too
    #[arg(long, value_name = "HOST")]
    pub(super) hsts: Vec<String>,

    /// Where the page comes from (assumed from its name unless given)
    #[arg(long, value_enum, value_name = "SPACE")]
    pub(super) page_space: Option<SpaceArg>,

    /// What the visitor answers when asked for the local network
    #[arg(long, value_enum, value_name = "ANSWER")]
    pub(super) local_network: Option<LocalNetworkArg>,
}

/// Address spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpaceArg {
    /// This machine
    Loopback,
    /// The local network
    Local,
    /// The internet
    Public,
}

/// The visitor's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LocalNetworkArg {
    Granted,
    Denied,
    /// Nobody has been asked yet
    Prompt,
}

impl PolicyArgs {
    /// Puts what is given into the page.
    pub(super) fn apply(&self, client: &mut Client) -> Result<(), String> {
        for policy in &self.csp {
            content_security_policy(policy, client);
        }
        for line in &self.page_header {
            let (name, value) = line.split_once(':').ok_or_else(|| {
                format!("--page-header \"{line}\" has no colon; write --page-header 'name: value'")
            })?;
            header(name.trim(), value.trim(), client)?;
        }
        for host in &self.hsts {
            let (host, include_subdomains) = match host.strip_prefix('.') {
                Some(host) => (host, true),
                None => (host.as_str(), false),
            };
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            if host.is_empty() || host.contains(['/', ':']) {
                return Err(format!(
                    "--hsts \"{host}\" is not a host; write it without scheme and port"
                ));
            }
            client.policies.hsts_hosts.push(HstsHost { host, include_subdomains });
        }
        if self.decides_local_network() {
            // Unless the visitor has answered, the browser asks.
            if client.policies.local_network != LocalNetworkPermission::DisallowedByPolicy {
                client.policies.local_network = match self.local_network {
                    Some(LocalNetworkArg::Granted) => LocalNetworkPermission::Granted,
                    Some(LocalNetworkArg::Denied) => LocalNetworkPermission::Denied,
                    Some(LocalNetworkArg::Prompt) | None => LocalNetworkPermission::Prompt,
                };
            }
        }
        Ok(())
    }

    /// Whether the local network is told about, not assumed: then it decides.
    pub(super) fn decides_local_network(&self) -> bool {
        self.page_space.is_some()
            || self.local_network.is_some()
            || self.page_header.iter().any(|line| {
                line.split(':').next().is_some_and(|name| {
                    name.trim().eq_ignore_ascii_case("permissions-policy")
                        && forbids_local_network(line)
                })
            })
    }

    /// Where the page comes from, if that is told.
    pub(super) fn page_space(&self) -> Option<AddressSpace> {
        self.page_space.map(|space| match space {
            SpaceArg::Loopback => AddressSpace::Loopback,
            SpaceArg::Local => AddressSpace::Local,
            SpaceArg::Public => AddressSpace::Public,
        })
    }

    /// The options that say the same again.
    pub(super) fn options(&self) -> Vec<(&'static str, String)> {
        let mut options = Vec::new();
        options.extend(self.csp.iter().map(|value| ("--csp", value.clone())));
        options.extend(self.page_header.iter().map(|value| ("--page-header", value.clone())));
        options.extend(self.hsts.iter().map(|value| ("--hsts", value.clone())));
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned())
        };
        let space = self.page_space.and_then(|value| name(value.to_possible_value()));
        options.extend(space.map(|value| ("--page-space", value)));
        let answer = self.local_network.and_then(|value| name(value.to_possible_value()));
        options.extend(answer.map(|value| ("--local-network", value)));
        options
    }
}

fn header(name: &str, value: &str, client: &mut Client) -> Result<(), String> {
    match name.to_ascii_lowercase().as_str() {
        "content-security-policy" => {
            for policy in value.split(',') {
                content_security_policy(policy, client);
            }
        }
        "cross-origin-embedder-policy" => {
            client.embedder_policy = EmbedderPolicy::from_header(value);
        }
        "referrer-policy" => {
            // The last one that is known counts.
            let known = value
                .split(',')
                .rev()
                .find_map(|name| ReferrerPolicy::from_name(&name.trim().to_ascii_lowercase()));
            client.referrer_policy = known.unwrap_or_default();
        }
        "permissions-policy" => {
            if forbids_local_network(value) {
                client.policies.local_network = LocalNetworkPermission::DisallowedByPolicy;
            }
        }
        "integrity-policy" => {
            let blocks = |destination: &str| {
                value.split("blocked-destinations=").nth(1).is_some_and(|list| {
                    let list = list.split(')').next().unwrap_or_default();
                    list.trim_start_matches('(').split_whitespace().any(|name| name == destination)
                })
            };
            let known = [("script", Destination::Script), ("style", Destination::Style)];
            let blocked = known.into_iter().filter(|(name, _)| blocks(name));
            client.policies.integrity_blocked.extend(blocked.map(|(_, destination)| destination));
        }
        _ => {
            return Err(format!(
                "--page-header {name}: this header of a page decides about no request; known are \
                 Content-Security-Policy, Cross-Origin-Embedder-Policy, Integrity-Policy, \
                 Permissions-Policy and Referrer-Policy"
            ));
        }
    }
    Ok(())
}

fn content_security_policy(text: &str, client: &mut Client) {
    let policy = ContentSecurityPolicy::parse(text);
    if policy.directive("upgrade-insecure-requests").is_some() {
        client.policies.insecure_requests = InsecureRequests::Upgraded;
    }
    let sandbox = policy.directive("sandbox");
    if sandbox.is_some_and(|flags| {
        !flags.split_ascii_whitespace().any(|flag| flag.eq_ignore_ascii_case("allow-same-origin"))
    }) {
        client.origin = Origin::Opaque(OpaqueOrigin(0));
    }
    client.policies.content_security.push(policy);
}

/// Whether a Permissions-Policy keeps the page itself from the local network.
fn forbids_local_network(value: &str) -> bool {
    ["local-network-access", "local-network", "loopback-network"].iter().any(|feature| {
        value
            .split([',', ':'])
            .any(|item| item.trim().strip_prefix(feature).is_some_and(|rest| rest.trim() == "=()"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(args: &PolicyArgs) -> Client {
        let mut client = Client::page(Origin::parse("https://app.example").expect("an origin"));
        args.apply(&mut client).expect("policies");
        client
    }

    #[test]
    fn a_policy_upgrades_and_sandboxes() {
        let csp = vec!["upgrade-insecure-requests; sandbox allow-scripts".to_owned()];
        let client = page(&PolicyArgs { csp, ..PolicyArgs::default() });
        assert_eq!(client.policies.insecure_requests, InsecureRequests::Upgraded);
        assert_eq!(client.origin.to_string(), "null");
    }

    #[test]
    fn headers_are_read_and_unknown_ones_named() {
        let page_header = [
            "Cross-Origin-Embedder-Policy: require-corp",
            "integrity-policy: blocked-destinations=(script), endpoints=(a)",
            "permissions-policy: geolocation=(), local-network-access=()",
            "referrer-policy: origin, no-referrer, future-one",
        ]
        .map(str::to_owned)
        .to_vec();
        let client = page(&PolicyArgs { page_header, ..PolicyArgs::default() });
        assert_eq!(client.embedder_policy, EmbedderPolicy::RequireCorp);
        assert_eq!(client.policies.integrity_blocked, [Destination::Script]);
        assert_eq!(client.policies.local_network, LocalNetworkPermission::DisallowedByPolicy);
        assert_eq!(client.referrer_policy, ReferrerPolicy::NoReferrer);
        let wrong =
            PolicyArgs { page_header: vec!["server: x".to_owned()], ..PolicyArgs::default() };
        let mut client = Client::page(Origin::parse("https://app.example").expect("an origin"));
        assert!(wrong.apply(&mut client).is_err());
    }
}
