//! Origins that the caller gives: of a configuration, one for each way in which its patterns tell origins apart.

use crate::candidates::STRANGER;
use crate::class::Class;
use crate::origins::{CODE_HOSTS, host_of, is_shared_hosting, who};
use crate::session::Session;
use crate::severity::Who;
use crate::wire::Wire;

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    for origin in s.target.candidates.clone() {
        if s.is_wide_open() && origin != "null" {
            continue;
        }
        if s.answers.iter().any(|(asked, _)| *asked == origin) {
            continue;
        }
        let Some(probe) = s.probe(&origin, "an origin that the patterns tell apart").await else {
            continue;
        };
        if s.is_granted(&probe) {
            let mut class = class_of(s, &origin);
            if class == Class::SuffixMatch && !is_any_ending(s, &origin).await {
                class = Class::DotUnescaped;
            }
            s.report(class, &probe).await;
        }
    }
}

/// Whether whatever ends so is let in; where not, it is one character that stands for any.
async fn is_any_ending<W: Wire>(s: &mut Session<'_, W>, origin: &str) -> bool {
    let host = host_of(origin).unwrap_or_default();
    let scheme = origin.split("://").next().unwrap_or("https");
    let zone = s.seeds.zones.iter().find(|zone| host.ends_with(zone.as_str()));
    let Some(other) = zone.map(|zone| format!("{scheme}://zqcorsage{zone}")) else { return false };
    let probe = s.probe(&other, "only the end is compared?").await;
    probe.is_some_and(|probe| s.is_granted(&probe))
}

/// What it is that lets such an origin in, as far as the origin itself tells.
fn class_of<W: Wire>(s: &Session<'_, W>, origin: &str) -> Class {
    match who(origin, &s.target) {
        Who::Anyone => class_of_strange(s, origin),
        Who::Sibling => Class::AnySubdomain,
        Who::Partner => Class::PartnerSubdomain,
        Who::Network => Class::HttpOnHttps,
        Who::OtherPort => Class::PortIgnored,
        Who::LocalProgram => Class::LocalhostTrusted,
        Who::LocalNetwork => Class::PrivateIpTrusted,
        Who::Application => Class::AppScheme,
        Who::Owner | Who::Nobody => Class::PatternMatch,
    }
}

fn class_of_strange<W: Wire>(s: &Session<'_, W>, origin: &str) -> Class {
    let Some(host) = host_of(origin) else { return Class::NullOrigin };
    let begins = |name: &String| host.strip_prefix(name.as_str());
    if host == STRANGER {
        Class::ReflectAny
    } else if CODE_HOSTS.contains(&&*host) {
        Class::CodeHost
    } else if is_shared_hosting(&host) {
        Class::SharedHosting
    } else if host.starts_with("localhost") {
        Class::LocalhostPrefix
    } else if let Some(rest) = s.seeds.hosts.iter().find_map(begins) {
        if rest.starts_with(['-', '_']) { Class::SpecialCharacter } else { Class::PrefixMatch }
    } else if s.seeds.zones.iter().any(|zone| host.ends_with(zone.as_str())) {
        Class::SuffixMatch
    } else if s.seeds.zones.iter().any(|zone| begins_with_a_name_of(&host, zone)) {
        Class::PrefixMatch
    } else if s.seeds.zones.iter().any(|zone| host.contains(zone.as_str())) {
        Class::SubstringMatch
    } else if s.seeds.hosts.iter().any(|name| is_without_a_dot(name, &host)) {
        Class::DotUnescaped
    } else {
        Class::PatternMatch
    }
}

/// Whether it is a whole name of the domain, and goes on.
fn begins_with_a_name_of(host: &str, zone: &str) -> bool {
    let before = host.split(zone).next().unwrap_or_default();
    host.len() > before.len() && (before.is_empty() || before.ends_with('.'))
}

/// Whether it is the trusted name with another character for some of its dots.
fn is_without_a_dot(name: &str, host: &str) -> bool {
    name.len() == host.len()
        && name.bytes().zip(host.bytes()).all(|(wanted, is)| wanted == is || wanted == b'.')
}

#[cfg(test)]
mod tests {
    use super::{begins_with_a_name_of, is_without_a_dot};

    #[test]
    fn a_whole_name_that_goes_on_is_a_beginning() {
        assert!(begins_with_a_name_of("app.example.com.io", "example.com"));
        assert!(!begins_with_a_name_of("xexample.com.io", "example.com"));
        assert!(!begins_with_a_name_of("app.example.net", "example.com"));
    }

    #[test]
    fn a_dot_stands_for_any_character() {
        assert!(is_without_a_dot("app.example.com", "appxexample.com"));
        assert!(!is_without_a_dot("app.example.com", "apx.example.com"));
        assert!(!is_without_a_dot("app.example.com", "app.example.co"));
    }
}
