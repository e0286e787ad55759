//! By which name the admin listener was asked.
//!
//! A page can make a name of its own point to this machine (DNS rebinding), and read what is answered as if it came
//! from its own server. Addresses, and names that nobody can register, are no such names.

use std::net::IpAddr;

use http::{Request, header};

/// Ends of names that only a local network or a cluster has.
const LOCAL_ENDS: [&str; 7] =
    [".localhost", ".local", ".internal", ".home.arpa", ".svc", ".lan", ".test"];

/// Whether a request names this listener by an address, by a local name, or by one of `known`.
pub(super) fn is_local<B>(request: &Request<B>, known: &[String]) -> bool {
    // A page's own request says where it comes from; nobody else does.
    if request.headers().contains_key(header::ORIGIN) {
        return false;
    }
    let named = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => match request.headers().get(header::HOST) {
            Some(host) => host.to_str().ok(),
            // HTTP/1.0, which no browser speaks.
            None => return true,
        },
    };
    named.is_some_and(|named| is_local_name(named, known))
}

fn is_local_name(named: &str, known: &[String]) -> bool {
    let host = match named.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => named.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_known = |name: &String| name.trim_end_matches('.').eq_ignore_ascii_case(&host);
    host.parse::<IpAddr>().is_ok()
        || (!host.is_empty() && !host.contains('.'))
        || LOCAL_ENDS.iter().any(|end| host.ends_with(end))
        || known.iter().any(is_known)
}

#[cfg(test)]
mod tests {
    use super::is_local_name;

    #[test]
    fn names_that_somebody_can_register_are_asked_for_by_name() {
        let known = ["metrics.example.com".to_owned()];
        for local in [
            "127.0.0.1:9090",
            "10.1.2.3",
            "[::1]:9090",
            "localhost:9090",
            "corsage",
            "corsage.prod.svc:9090",
            "corsage.prod.svc.cluster.local",
            "metrics.EXAMPLE.com:9090",
        ] {
            assert!(is_local_name(local, &known), "{local}");
        }
        for foreign in ["evil.example", "127.0.0.1.evil.example:9090", "localhost.evil.example", ""]
        {
            assert!(!is_local_name(foreign, &known), "{foreign}");
        }
    }
}
