//! Places where pages are that are not the owner's: the user's own machine, the local network, hosting services.

use crate::candidates::STRANGE_DOMAIN;
use crate::class::Class;
use crate::origins::{CODE_HOSTS, who};
use crate::session::Session;
use crate::severity::Who;
use crate::target::Network;
use crate::wire::Wire;

/// Services at which anybody gets a name. They are only named, never asked.
const HOSTING: [&str; 6] =
    ["vercel.app", "netlify.app", "github.io", "pages.dev", "web.app", "herokuapp.com"];

/// Pages of the user's own machine, where people try their work out.
pub(super) async fn this_machine<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    let mut tries = vec!["http://localhost:3000"];
    if s.target.network == Network::Private {
        tries.push("http://127.0.0.1:3000");
    }
    if s.is_deep() {
        tries.extend([
            "http://localhost:8080",
            "http://127.0.0.1:3000",
            "https://localhost:3000",
            "http://localhost",
            "http://127.0.0.1",
            "https://localhost",
            "http://localhost:5173",
            "http://localhost:4200",
            "http://[::1]:3000",
        ]);
    }
    for local in tries {
        if who(local, &s.target) == Who::Owner {
            continue;
        }
        let Some(probe) = s.probe(local, "a page of the user's own machine").await else {
            continue;
        };
        if !s.is_granted(&probe) {
            continue;
        }
        let (_, host) = local.split_once("://").unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        if !begins_alike(s, Class::LocalhostPrefix, scheme, host).await {
            s.report(Class::LocalhostTrusted, &probe).await;
        }
        return;
    }
}

/// Pages of the local network.
pub(super) async fn private_addresses<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    let mut tries = vec!["http://192.168.1.10"];
    if s.is_deep() {
        tries.extend(["http://10.0.0.5", "http://172.16.3.4", "https://192.168.1.10"]);
    }
    for origin in tries {
        let Some(probe) = s.probe(origin, "a page of the local network").await else { continue };
        if !s.is_granted(&probe) {
            continue;
        }
        let (_, address) = origin.split_once("://").unwrap_or_default();
        if !begins_alike(s, Class::PrivateIpAsName, scheme, address).await {
            s.report(Class::PrivateIpTrusted, &probe).await;
        }
        return;
    }
}

/// Whether a name is let in that only begins as this host; reported, if it is.
async fn begins_alike<W: Wire>(
    s: &mut Session<'_, W>,
    class: Class,
    scheme: &str,
    host: &str,
) -> bool {
    let mut schemes = vec![scheme, "http"];
    schemes.dedup();
    for scheme in schemes {
        let origin = format!("{scheme}://{host}.{STRANGE_DOMAIN}");
        if let Some(other) = s.probe(&origin, "only its beginning is compared?").await
            && s.is_granted(&other)
        {
            s.report(class, &other).await;
            return true;
        }
    }
    false
}

/// Places where anybody can have a page.
pub(super) async fn hosting<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    let beside = s.seeds.beside_on_shared_hosting();
    first_let_in(s, Class::SharedHosting, scheme, &beside).await;
    if s.is_deep() {
        code_hosts(s, scheme, &CODE_HOSTS).await;
    }
    if s.is_deep() && !s.findings.has(Class::SharedHosting) {
        let names = HOSTING.map(|suffix| format!("zqcorsagewitness.{suffix}"));
        first_let_in(s, Class::SharedHosting, scheme, &names).await;
    }
}

/// Places where anybody runs a script at the host itself.
pub(super) async fn code_hosts<W: Wire>(s: &mut Session<'_, W>, scheme: &str, hosts: &[&str]) {
    if s.is_wide_open() || s.findings.has(Class::CodeHost) {
        return;
    }
    let hosts: Vec<String> = hosts.iter().map(|it| (*it).to_owned()).collect();
    first_let_in(s, Class::CodeHost, scheme, &hosts).await;
}

/// Reports the first of these hosts that is let in.
async fn first_let_in<W: Wire>(
    s: &mut Session<'_, W>,
    class: Class,
    scheme: &str,
    hosts: &[String],
) {
    for host in hosts {
        let origin = format!("{scheme}://{host}");
        if let Some(probe) = s.probe(&origin, "a host where anybody can have a page").await
            && s.is_granted(&probe)
        {
            s.report(class, &probe).await;
            return;
        }
    }
}
