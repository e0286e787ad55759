//! Origins to try, derived from those that the owner trusts.

use super::origins::{host_of, is_shared_hosting, registrable};
use super::target::Target;

/// A domain that nobody owns, and that no filter takes for an attacker's: for witnesses. It is of letters alone, which
/// more expressions take than digits and dashes.
pub(crate) const STRANGER: &str = "zq7k.corsagewitness.example";
/// The registrable domain of it.
pub(crate) const STRANGE_DOMAIN: &str = "corsagewitness.example";

/// Hosts whose pages the owner means to let read, the target's own among them.
#[derive(Clone, Debug)]
pub(crate) struct Seeds {
    /// Hosts.
    pub(crate) hosts: Vec<String>,
    /// Their registrable domains, where those are the owner's own.
    pub(crate) zones: Vec<String>,
    /// The target's own.
    pub(crate) own_zone: Option<String>,
}

impl Seeds {
    pub(crate) fn of(target: &Target) -> Self {
        let mut hosts: Vec<String> = Vec::new();
        let is_name = |host: &str| registrable(host).is_some();
        let own = target.host().to_owned();
        let intended = target.intended.iter().filter(|it| !it.contains('*'));
        for host in intended.filter_map(|it| host_of(it)).chain([own.clone()]) {
            if is_name(&host) && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let mut zones: Vec<String> = Vec::new();
        for host in hosts.iter().filter(|host| !is_shared_hosting(host)) {
            if let Some(zone) = registrable(host)
                && !zones.iter().any(|it| it == zone)
            {
                zones.push(zone.to_owned());
            }
        }
        let own_zone = registrable(&own).map(str::to_owned);
        Self { hosts, zones, own_zone }
    }

    /// The one that everything is derived from first.
    pub(crate) fn first(&self) -> Option<&str> {
        self.hosts.first().map(String::as_str)
    }

    /// One besides the first: of another domain, if there is one, else the last, which is the target's own.
    pub(crate) fn other(&self) -> Option<&str> {
        let zone = self.first().and_then(registrable);
        let rest = &self.hosts[self.hosts.len().min(1)..];
        let elsewhere = rest.iter().find(|host| registrable(host) != zone);
        elsewhere.or(rest.last()).map(String::as_str)
    }

    /// The seeds, so many of them, with each of their dots replaced, but for that of the domain's suffix.
    pub(crate) fn without_dots(&self, seeds: usize) -> Vec<String> {
        let mut found = Vec::new();
        for host in self.hosts.iter().take(seeds) {
            let suffix = registrable(host).map_or(0, |zone| zone.len());
            let name = host.len() - suffix;
            for (at, _) in host.match_indices('.').filter(|(at, _)| *at < name) {
                found.push(format!("{}x{}", &host[..at], &host[at + 1..]));
            }
        }
        found
    }

    /// The seed without its last label: what stands within a list of origins.
    pub(crate) fn cut_short(&self) -> Vec<String> {
        let cut = |host: &String| {
            let (name, _) = host.rsplit_once('.')?;
            registrable(name).is_some().then(|| name.to_owned())
        };
        self.hosts.iter().filter_map(cut).collect()
    }

    /// Names beside those on a hosting service.
    pub(crate) fn beside_on_shared_hosting(&self) -> Vec<String> {
        let mut found = Vec::new();
        for host in self.hosts.iter().filter(|host| is_shared_hosting(host)) {
            let Some((label, rest)) = host.split_once('.') else { continue };
            if let Some((project, _)) = label.split_once('-') {
                found.push(format!("{project}-zq7k.{rest}"));
            }
            found.push(format!("zq7k.{rest}"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_what_the_owner_trusts() {
        let mut target = Target::new("https://shop.v2.example.net/me").unwrap();
        target.intended = vec!["https://app.example.org".into(), "https://*.example.net".into()];
        let seeds = Seeds::of(&target);
        assert_eq!(seeds.hosts, ["app.example.org", "shop.v2.example.net"]);
        assert_eq!(seeds.zones, ["example.org", "example.net"]);
        assert_eq!(
            seeds.without_dots(3),
            ["appxexample.org", "shopxv2.example.net", "shop.v2xexample.net"]
        );
        assert_eq!(seeds.other(), Some("shop.v2.example.net"));
        assert_eq!(seeds.cut_short(), ["app.example", "shop.v2.example"]);
    }
}
