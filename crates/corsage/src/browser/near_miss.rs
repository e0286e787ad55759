//! Near misses: differences so small that their author does not see them.

use url::Url;

use super::NearMiss;

/// How the seen value almost is the wanted origin.
pub(crate) fn near_miss(seen: &[u8], wanted: &str) -> Option<NearMiss> {
    let seen = std::str::from_utf8(seen).ok()?.trim();
    if wanted == "null" || seen == "null" {
        return Some(NearMiss::Null);
    }
    if seen.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/')) {
        return Some(NearMiss::TrailingSlash);
    }
    if seen.eq_ignore_ascii_case(wanted) {
        return Some(NearMiss::Case);
    }
    let (seen, wanted) = (Url::parse(seen).ok()?, Url::parse(wanted).ok()?);
    let (seen_host, wanted_host) = (seen.host_str()?, wanted.host_str()?);
    let (seen_port, wanted_port) = (seen.port_or_known_default(), wanted.port_or_known_default());
    if seen_host == wanted_host {
        if seen.scheme() != wanted.scheme() {
            return Some(NearMiss::Scheme);
        }
        return Some(if seen_port == wanted_port { NearMiss::Case } else { NearMiss::Port });
    }
    if seen.scheme() != wanted.scheme() || seen_port != wanted_port {
        return None;
    }
    let loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if loopback(seen_host) && loopback(wanted_host) {
        return Some(NearMiss::Loopback);
    }
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    (bare(seen_host) == bare(wanted_host)).then_some(NearMiss::Www)
}
