//! Rules that send names elsewhere than the system's resolver would.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// One rule: `PATTERN=ADDRESS`. A pattern is a host, or `*.` and a suffix, or `*`, with a port if only that
/// port is meant; an address has a port if it is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    host: String,
    port: Option<u16>,
    address: IpAddr,
    to_port: Option<u16>,
}

/// A rule that is none.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "resolve rule {rule:?}: {cause}; write it as *.test=127.0.0.1 or api.test:80=127.0.0.1:8080"
)]
pub struct ResolveError {
    rule: String,
    cause: &'static str,
}

impl FromStr for Resolve {
    type Err = ResolveError;

    fn from_str(rule: &str) -> Result<Self, ResolveError> {
        let fail = |cause| ResolveError { rule: rule.to_owned(), cause };
        let (pattern, address) = rule.split_once('=').ok_or_else(|| fail("it has no ="))?;
        let (host, port) = match pattern.rsplit_once(':') {
            Some((host, port)) => {
                (host, Some(port.parse().map_err(|_| fail("the pattern's port is no number"))?))
            }
            None => (pattern, None),
        };
        if host.is_empty() || host.trim_start_matches("*.").contains('*') && host != "*" {
            return Err(fail("the pattern is no host, no *.suffix and no *"));
        }
        let (address, to_port) = match address.parse::<SocketAddr>() {
            Ok(address) => (address.ip(), Some(address.port())),
            Err(_) => {
                let bare = address.trim_start_matches('[').trim_end_matches(']');
                (bare.parse().map_err(|_| fail("what follows = is no IP address"))?, None)
            }
        };
        Ok(Self { host: host.to_ascii_lowercase(), port, address, to_port })
    }
}

impl Resolve {
    /// The address for a host and port, if the rule matches.
    #[must_use]
    pub fn apply(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.strip_suffix('.').unwrap_or(host);
        let matches = match self.host.strip_prefix('*') {
            Some("") => true,
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => host == self.host,
        };
        let port_matches = self.port.is_none_or(|wanted| wanted == port);
        (matches && port_matches)
            .then(|| SocketAddr::new(self.address, self.to_port.unwrap_or(port)))
    }
}

#[cfg(test)]
mod tests {
    use super::Resolve;

    #[test]
    fn rules_match_hosts_suffixes_and_ports() {
        let rule: Resolve = "*.test=127.0.0.1".parse().unwrap();
        assert_eq!(rule.apply("a.b.test", 80).unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(rule.apply("test", 80), None);
        let rule: Resolve = "api.test:80=[::1]:8080".parse().unwrap();
        assert_eq!(rule.apply("api.test.", 80).unwrap().to_string(), "[::1]:8080");
        assert_eq!(rule.apply("api.test", 81), None);
        for broken in ["api.test", "=127.0.0.1", "a.*.test=127.0.0.1", "a=b", "a:x=127.0.0.1"] {
            assert!(broken.parse::<Resolve>().is_err(), "{broken}");
        }
    }
}
