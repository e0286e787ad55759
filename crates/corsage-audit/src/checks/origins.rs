//! Which origins are let in that should not be.
//!
//! One probe stands for many: an origin that begins as a trusted one, holds it, and goes on with a special character is
//! let in by any policy that compares carelessly, and refused by all others. Only what is let in is taken apart.

use super::{names, places};
use crate::candidates::{STRANGE_DOMAIN, STRANGER};
use crate::class::Class;
use crate::origins::{is_shared_hosting, registrable, who};
use crate::session::{Probe, Session};
use crate::severity::{Severity, Who};
use crate::target::Network;
use crate::wire::Wire;

/// Where nothing is secret, one stranger tells all that matters.
pub(super) async fn check_public<W: Wire>(s: &mut Session<'_, W>) {
    let stranger = format!("{}://{STRANGER}", s.page_scheme());
    if let Some(probe) = s.probe(&stranger, "a stranger's page").await {
        report_stranger(s, &probe).await;
    }
}

async fn report_stranger<W: Wire>(s: &mut Session<'_, W>, probe: &Probe) -> Option<Severity> {
    let star = probe.answer.allow_origin().as_deref() == Some("*");
    let class = if star { Class::Wildcard } else { Class::ReflectAny };
    s.report(class, probe).await
}

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let scheme = s.page_scheme();
    let seed = s.seeds.first().unwrap_or("app.example.org").to_owned();
    let careless = format!("{scheme}://{seed}_.{STRANGER}");
    let Some(first) = s.probe(&careless, "begins as a trusted origin").await else { return };
    if s.is_constant() {
        return constant(s, &first).await;
    }
    if let Some(named) = first.answer.allow_origin().filter(|named| *named != careless) {
        named_alone(s, &named).await;
    }
    let mut is_open = false;
    if s.is_granted(&first) {
        is_open = taken_apart(s, scheme, &seed, &first).await >= Some(Severity::Low);
        if s.is_wide_open() && !is_open {
            return same_site(s, &seed).await;
        }
    } else if first.without.is_something() {
        // Nobody reads with credentials, whoever is let in: there is nothing to read without.
        report_stranger(s, &first).await;
        return;
    }
    if !s.findings.has(Class::Wildcard) {
        null(s).await;
    }
    if is_open && s.is_wide_open() {
        return;
    }
    encryption(s, &seed).await;
    names_of_the_domain(s, &seed).await;
    ports(s).await;
    other_seeds(s, scheme).await;
    super::given::check(s).await;
    if !s.is_wide_open() {
        endings(s, scheme).await;
        // Otherwise the preflight of a stranger tells of it.
        let is_told = !s.is_deep() && s.target.has_cookie() && s.seeds.other().is_some();
        if is_cut_off_unknown(s) && !is_told {
            dash(s, scheme, &seed).await;
        }
        lists(s, scheme).await;
        places::this_machine(s, scheme).await;
        places::private_addresses(s, scheme).await;
        places::hosting(s, scheme).await;
        names::check(s, scheme).await;
    }
}

/// Everybody is let in, and has nothing of it: the cookies go with pages of the same site alone.
async fn same_site<W: Wire>(s: &mut Session<'_, W>, seed: &str) {
    names_of_the_domain(s, seed).await;
    ports(s).await;
}

/// Everybody is told the same.
async fn constant<W: Wire>(s: &mut Session<'_, W>, first: &Probe) {
    match first.answer.allow_origin().as_deref() {
        Some("*") if s.target.network == Network::Private => {
            let stranger = format!("{}://{STRANGER}", s.page_scheme());
            if let Some(probe) = s.probe(&stranger, "a stranger's page").await {
                s.report(Class::Wildcard, &probe).await;
            }
        }
        Some("null") => null(s).await,
        Some(named) if named != "*" => {
            named_alone(s, named).await;
        }
        _ => {}
    }
}

/// An origin is named to others than itself: is it one that not only its owner has?
async fn named_alone<W: Wire>(s: &mut Session<'_, W>, named: &str) -> bool {
    let class = match who(named, &s.target) {
        Who::LocalProgram => Class::LocalhostTrusted,
        Who::LocalNetwork => Class::PrivateIpTrusted,
        Who::Owner => return false,
        _ if s.target.is_https() && named.starts_with("http://") => Class::HttpOnHttps,
        _ => return false,
    };
    match s.probe(named, "the origin that is named").await {
        Some(probe) if s.is_granted(&probe) => s.report(class, &probe).await.is_some(),
        _ => false,
    }
}

/// The careless origin is let in: why?
pub(super) async fn taken_apart<W: Wire>(
    s: &mut Session<'_, W>,
    scheme: &str,
    seed: &str,
    first: &Probe,
) -> Option<Severity> {
    let stranger = format!("{scheme}://{STRANGER}");
    if let Some(probe) = s.probe(&stranger, "a stranger's page").await
        && s.is_granted(&probe)
    {
        return report_stranger(s, &probe).await;
    }
    let label = seed.split('.').next().unwrap_or(seed);
    let mut tries = Vec::new();
    for zone in s.seeds.zones.clone() {
        tries.push((Class::SubstringMatch, format!("{scheme}://x{zone}.{STRANGE_DOMAIN}")));
    }
    tries.push((Class::SubstringMatch, format!("{scheme}://x{seed}.{STRANGE_DOMAIN}")));
    tries.push((Class::FirstLabelMatch, format!("{scheme}://{label}.{STRANGE_DOMAIN}")));
    tries.push((Class::PrefixMatch, format!("{scheme}://{seed}.{STRANGE_DOMAIN}")));
    for (class, origin) in tries {
        if let Some(probe) = s.probe(&origin, "which part of it is compared?").await
            && s.is_granted(&probe)
        {
            return s.report(class, &probe).await;
        }
    }
    s.report(Class::SpecialCharacter, first).await
}

async fn null<W: Wire>(s: &mut Session<'_, W>) {
    if let Some(probe) = s.probe("null", "a sandboxed frame").await
        && s.is_granted(&probe)
    {
        s.report(Class::NullOrigin, &probe).await;
    }
}

/// Pages without encryption: of the trusted hosts, and of strangers.
async fn encryption<W: Wire>(s: &mut Session<'_, W>, seed: &str) {
    if !s.target.is_https() {
        return;
    }
    let stranger = format!("http://{STRANGER}");
    let plain = format!("http://{seed}");
    if s.is_deep()
        && let Some(zone) = registrable(seed).filter(|zone| *zone != seed)
        && let Some(probe) =
            s.probe(&format!("http://{zone}"), "the domain itself, without encryption").await
        && s.is_granted(&probe)
    {
        s.report(Class::HttpOnHttps, &probe).await;
    }
    let trusted = who(&plain, &s.target) == Who::Owner;
    let first = if trusted { stranger.clone() } else { plain };
    let Some(probe) = s.probe(&first, "a page without encryption").await else { return };
    if !s.is_granted(&probe) {
        return;
    }
    if trusted {
        report_stranger(s, &probe).await;
    } else if let Some(other) = s.probe(&stranger, "any page without encryption?").await
        && s.is_granted(&other)
    {
        report_stranger(s, &other).await;
    } else {
        s.report(Class::HttpOnHttps, &probe).await;
    }
}

/// Other names of the owner's domain, and of a partner's.
async fn names_of_the_domain<W: Wire>(s: &mut Session<'_, W>, seed: &str) {
    let own = s.seeds.own_zone.clone();
    let zones = s.seeds.zones.clone();
    for zone in zones {
        let is_own = own.as_deref() == Some(&*zone) || own.is_none();
        let of_seed = registrable(seed) == Some(&zone) && seed != zone && !is_shared_hosting(seed);
        let tries = match of_seed {
            // Ends as the trusted host without a dot between, and is one label of the domain.
            true if !s.is_deep() => vec![format!("https://zq{seed}")],
            true => vec![
                format!("https://zq{seed}"),
                format!("https://zq.{seed}"),
                format!("https://zq.{zone}"),
            ],
            false => vec![format!("https://zq.{zone}")],
        };
        for origin in tries {
            if who(&origin, &s.target) == Who::Owner {
                continue;
            }
            if let Some(probe) = s.probe(&origin, "another name of the domain").await
                && s.is_granted(&probe)
            {
                let class = if is_own { Class::AnySubdomain } else { Class::PartnerSubdomain };
                s.report(class, &probe).await;
                break;
            }
        }
    }
}

/// Each entry of a list can be careless by itself.
async fn other_seeds<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    if s.is_wide_open() || s.findings.has(Class::SubstringMatch) {
        return;
    }
    let first_zone = s.seeds.first().and_then(registrable).map(str::to_owned);
    let mut others: Vec<String> = s.seeds.hosts.iter().skip(1).take(5).cloned().collect();
    if !s.is_deep() {
        // One list, one comparison; and one of the others stands in the preflight of a stranger.
        let other = s.seeds.other().map(str::to_owned);
        others.retain(|it| Some(it) != other.as_ref() && registrable(it) != first_zone.as_deref());
        others.truncate(2);
    }
    for seed in others {
        careless(s, &format!("{scheme}://{seed}_.{STRANGER}"), scheme, &seed).await;
        if s.is_deep() {
            encryption(s, &seed).await;
        }
    }
    if !s.is_deep()
        && let Some(other) = s.seeds.other().map(str::to_owned)
        && registrable(&other) != s.seeds.own_zone.as_deref()
        && !is_shared_hosting(&other)
    {
        encryption(s, &other).await;
    }
}

/// Whether this origin is let in, which begins as this host; and why.
pub(super) async fn careless<W: Wire>(
    s: &mut Session<'_, W>,
    origin: &str,
    scheme: &str,
    seed: &str,
) {
    if let Some(first) = s.probe(origin, "begins as another trusted origin").await
        && s.is_granted(&first)
    {
        taken_apart(s, scheme, seed, &first).await;
    }
}

/// Names that end as a trusted one, or have another character where it has a dot.
async fn endings<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    // The target's own host is on few lists, but for where nobody else is.
    let seeds = if s.is_deep() { 3 } else { 1 };
    let mut tries = s.seeds.without_dots(seeds);
    for zone in s.seeds.zones.clone() {
        let is_covered =
            tries.iter().any(|it| it.ends_with(&zone) && !it.ends_with(&format!(".{zone}")));
        if !is_covered && (s.is_deep() || s.seeds.first().and_then(registrable) == Some(&*zone)) {
            tries.push(format!("zq{zone}"));
        }
        if s.is_deep() {
            tries.push(format!("zq-{zone}"));
        }
    }
    for host in tries {
        let origin = format!("{scheme}://{host}");
        let Some(probe) = s.probe(&origin, "a dot that stands for anything").await else {
            continue;
        };
        if !s.is_granted(&probe) {
            continue;
        }
        let zone = s.seeds.zones.iter().find(|zone| host.ends_with(zone.as_str())).cloned();
        match (who(&origin, &s.target), zone) {
            (Who::Sibling, _) if !s.findings.has(Class::AnySubdomain) => {
                s.report(Class::DotUnescapedInZone, &probe).await;
            }
            (Who::Anyone, Some(zone)) => {
                let ending = format!("{scheme}://zq{zone}");
                match s.probe(&ending, "only the end is compared?").await {
                    Some(other) if s.is_granted(&other) => {
                        s.report(Class::SuffixMatch, &other).await;
                    }
                    _ => drop(s.report(Class::DotUnescaped, &probe).await),
                }
            }
            (Who::Anyone, None) => drop(s.report(Class::DotUnescaped, &probe).await),
            _ => {}
        }
    }
}

/// Whether nothing is known yet of what follows a trusted name.
pub(super) fn is_cut_off_unknown<W: Wire>(s: &Session<'_, W>) -> bool {
    !s.findings.has(Class::PrefixMatch) && !s.findings.has(Class::SpecialCharacter)
}

async fn dash<W: Wire>(s: &mut Session<'_, W>, scheme: &str, seed: &str) {
    let mut tries =
        vec![(Class::SpecialCharacter, format!("{scheme}://{seed}-x.{STRANGE_DOMAIN}"))];
    if s.is_deep() {
        tries.push((Class::PrefixMatch, format!("{scheme}://{seed}.{STRANGE_DOMAIN}")));
        tries.push((Class::SpecialCharacter, format!("{scheme}://{seed}.-.{STRANGE_DOMAIN}")));
    }
    for (class, origin) in tries {
        if let Some(probe) = s.probe(&origin, "cut off at a dash, or at a dot?").await
            && s.is_granted(&probe)
        {
            s.report(class, &probe).await;
            return;
        }
    }
}

/// The trusted origin cut short: found within a text that holds it.
async fn lists<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    for host in s.seeds.cut_short().into_iter().take(1) {
        let origin = format!("{scheme}://{host}");
        if let Some(probe) = s.probe(&origin, "a part of the list?").await
            && s.is_granted(&probe)
        {
            s.report(Class::ListSubstring, &probe).await;
        }
    }
}

async fn ports<W: Wire>(s: &mut Session<'_, W>) {
    if !s.is_deep() && !s.is_wide_open() {
        return;
    }
    for seed in s.seeds.hosts.clone().into_iter().take(2) {
        let origin = format!("https://{seed}:8443");
        if who(&origin, &s.target) != Who::OtherPort {
            continue;
        }
        if let Some(probe) = s.probe(&origin, "another port of a trusted host").await
            && s.is_granted(&probe)
        {
            s.report(Class::PortIgnored, &probe).await;
            return;
        }
    }
}
