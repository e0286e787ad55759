//! Who can have an origin, as this target's owner must see it.

use corsage::terms::{BundledPublicSuffixes, Origin, PublicSuffixes, TupleOrigin, site};

use super::severity::Who;
use super::target::Target;

/// Places where anybody runs a script of their own at the host itself.
pub(crate) const CODE_HOSTS: [&str; 7] = [
    "jsfiddle.net",
    "fiddle.jshell.net",
    "codepen.io",
    "cdpn.io",
    "s.codepen.io",
    "jsbin.com",
    "repl.it",
];

/// The registrable domain of a host; `None` for addresses and for public suffixes themselves.
pub(crate) fn registrable(host: &str) -> Option<&str> {
    let address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if address { None } else { BundledPublicSuffixes.registrable_domain(host) }
}

/// Whether anybody gets a name below its suffix: a hosting service's, not a registry's.
pub(crate) fn is_shared_hosting(host: &str) -> bool {
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.typ() == Some(psl::Type::Private))
}

/// Who can run a script at this origin.
pub(crate) fn who(text: &str, target: &Target) -> Who {
    if text == "null" {
        return Who::Anyone;
    }
    if text == target.origin.to_string() || target.intended.iter().any(|it| covers(it, text)) {
        return Who::Owner;
    }
    if is_of_application(text) {
        return Who::Application;
    }
    let Ok(Origin::Tuple(origin)) = Origin::parse(text) else { return Who::Nobody };
    // What a browser sends is what it has parsed, written out again.
    if origin.to_string() != text || !matches!(origin.scheme(), "http" | "https") {
        return Who::Nobody;
    }
    let host = origin.host();
    if host == "localhost" || host.ends_with(".localhost") {
        return Who::LocalProgram;
    }
    if let Ok(ip) = host.parse::<std::net::Ipv4Addr>() {
        return match ip {
            ip if ip.is_loopback() || ip.is_unspecified() => Who::LocalProgram,
            ip if ip.is_private() || ip.is_link_local() => Who::LocalNetwork,
            _ => Who::Anyone,
        };
    }
    if host == "[::1]" {
        return Who::LocalProgram;
    }
    if host.starts_with('[') {
        return Who::LocalNetwork;
    }
    who_named(&origin, target)
}

/// Whether a browser's extension has such an origin, or a page within an application.
fn is_of_application(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_made_of =
        |length: usize, made: fn(u8) -> bool| host.len() == length && host.bytes().all(made);
    match scheme {
        "chrome-extension" => is_made_of(32, |byte| matches!(byte, b'a'..=b'p')),
        "moz-extension" | "safari-web-extension" => {
            is_made_of(36, |byte| byte == b'-' || byte.is_ascii_hexdigit())
        }
        "capacitor" | "ionic" | "tauri" => host == "localhost",
        _ => false,
    }
}

fn who_named(origin: &TupleOrigin, target: &Target) -> Who {
    let host = origin.host();
    // Chromium's resolver takes these and no other characters.
    let is_resolved =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let bare = host.strip_suffix('.').unwrap_or(host);
    let labels_are = bare.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    if !bare.bytes().all(is_resolved) || !labels_are {
        return Who::Nobody;
    }
    let Some(domain) = registrable(bare) else { return Who::Nobody };
    let own = own_hosts(target);
    if own.iter().any(|it| it == bare) && origin.scheme() == "https" {
        // The trailing dot leads to the same servers; another port does not.
        return if host != bare { Who::Owner } else { Who::OtherPort };
    }
    if CODE_HOSTS.contains(&bare) || is_shared_hosting(bare) {
        return Who::Anyone;
    }
    let trusted = own.iter().filter_map(|it| registrable(it)).any(|it| it == domain);
    if !trusted {
        return Who::Anyone;
    }
    if origin.scheme() == "http" {
        let preloaded = target
            .hsts_preload
            .iter()
            .any(|it| bare == it || bare.strip_suffix(it).is_some_and(|rest| rest.ends_with('.')));
        return if preloaded { Who::Owner } else { Who::Network };
    }
    match registrable(target.host()) {
        Some(zone) if zone != domain => Who::Partner,
        _ => Who::Sibling,
    }
}

/// Hosts that are the owner's, or trusted by the owner.
fn own_hosts(target: &Target) -> Vec<String> {
    let intended = target.intended.iter().filter_map(|it| host_of(&it.replace('*', "x")));
    let mut hosts: Vec<String> = intended.collect();
    hosts.push(target.host().to_owned());
    hosts
}

/// The host of an origin.
pub(crate) fn host_of(origin: &str) -> Option<String> {
    match Origin::parse(origin) {
        Ok(Origin::Tuple(origin)) => Some(origin.host().to_owned()),
        _ => None,
    }
}

/// Whether what the owner means to allow has this origin in it.
fn covers(intended: &str, origin: &str) -> bool {
    if intended == origin {
        return true;
    }
    let Some((before, after)) = intended.split_once('*') else { return false };
    let middle = origin.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|middle| !middle.is_empty() && !middle.contains([':', '/']))
}

/// Whether cookies of the target go with requests of a page there, whatever their `SameSite`.
pub(crate) fn is_same_site(text: &str, target: &Target) -> bool {
    Origin::parse(text)
        .is_ok_and(|origin| site::is_same_site(&origin, &target.origin, &BundledPublicSuffixes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_have_an_origin() {
        let mut target = Target::new("https://api.shop.example.com/me").unwrap();
        target.intended = vec![
            "https://app.example.com".into(),
            "https://*.static.example.com".into(),
            "https://partner.example.org".into(),
            "https://site-1.vercel.app".into(),
        ];
        target.hsts_preload = vec!["safe.example.com".into()];
        for (origin, expected) in [
            ("null", Who::Anyone),
            ("https://app.example.com", Who::Owner),
            ("https://api.shop.example.com", Who::Owner),
            ("https://a.static.example.com", Who::Owner),
            ("https://static.example.com", Who::Sibling),
            ("https://zq.example.com", Who::Sibling),
            ("http://app.example.com", Who::Network),
            ("http://x.safe.example.com", Who::Owner),
            ("https://app.example.com:8443", Who::OtherPort),
            ("https://x.example.org", Who::Partner),
            ("https://evil.example", Who::Anyone),
            ("https://app.example.com.evil.example", Who::Anyone),
            ("https://app.example.com_.evil.example", Who::Anyone),
            ("https://app.example.com`.evil.example", Who::Nobody),
            ("https://app.example.com/", Who::Nobody),
            ("https://APP.example.com", Who::Nobody),
            ("ftp://app.example.com", Who::Nobody),
            ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", Who::Application),
            ("chrome-extension://abcdefghijklmnopqrstuvwxyzabcdef", Who::Nobody),
            ("capacitor://localhost", Who::Application),
            ("file://", Who::Nobody),
            ("https://com", Who::Nobody),
            ("https://site-2.vercel.app", Who::Anyone),
            ("https://x.github.io", Who::Anyone),
            ("https://jsfiddle.net", Who::Anyone),
            ("http://localhost:3000", Who::LocalProgram),
            ("http://[::1]:3000", Who::LocalProgram),
            ("http://192.168.1.10", Who::LocalNetwork),
            ("https://192.168.1.10.evil.example", Who::Anyone),
        ] {
            assert_eq!(who(origin, &target), expected, "{origin}");
        }
    }

    #[test]
    fn hosting_services_are_told_from_registries() {
        for shared in
            ["a.github.io", "a.vercel.app", "a.netlify.app", "a.pages.dev", "a.herokuapp.com"]
        {
            assert!(is_shared_hosting(shared), "{shared}");
        }
        for own in ["a.example.com", "example.co.uk", "shop.example.com.au", "localhost"] {
            assert!(!is_shared_hosting(own), "{own}");
        }
    }
}
