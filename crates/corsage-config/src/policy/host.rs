//! Hosts that a policy is for.

use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::decode::{Reader, Setting};
use crate::tree::Node;

/// A host, or every host below one: `api.example.com`, `*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// In lower case, without port and final dot; with the leading dot if this is for what is below.
    text: String,
    below: bool,
}

impl HostPattern {
    /// Parses `host` or `*.host`.
    ///
    /// # Errors
    /// The cause, and the way out.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let fault = |cause: &str, way_out: String| Err((cause.to_owned(), way_out));
        let (below, host) = match text.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, text),
        };
        if let Some((_, host)) = host.split_once("://") {
            let host = host.split(['/', ':']).next().unwrap_or_default();
            return fault("a host has no scheme", format!("write \"{host}\""));
        }
        if text == "*" {
            return fault("every host is meant by leaving `hosts` out", "drop the key".to_owned());
        }
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if !bracketed && let Some((name, _)) = host.split_once(':') {
            return fault("hosts are compared without their port", format!("write \"{name}\""));
        }
        if let Some((name, _)) = host.split_once('/') {
            return fault(
                "a host has no path",
                format!("write \"{name}\", and put the path into `paths`"),
            );
        }
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let name = host.strip_suffix('.').unwrap_or(host);
        let good = if bracketed {
            host[1..host.len() - 1].parse::<std::net::Ipv6Addr>().is_ok()
        } else {
            name.split('.').all(|label| !label.is_empty()) && name.chars().all(named)
        };
        if !good {
            let way_out =
                "write a name in ASCII: \"api.example.com\"; \"*.example.com\" for all below it"
                    .to_owned();
            return fault("this is no host", way_out);
        }
        let name = name.to_ascii_lowercase();
        Ok(Self { text: if below { format!(".{name}") } else { name }, below })
    }

    /// Whether it is for this host: a `Host` header's value, with or without port, in any case.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let host = plain_host(host);
        if self.below {
            host.len() > self.text.len()
                && host
                    .as_bytes()
                    .get(host.len() - self.text.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(self.text.as_bytes()))
        } else {
            host.eq_ignore_ascii_case(&self.text)
        }
    }

    /// Whether it is for every host that `other` is for.
    pub(super) fn includes(&self, other: &Self) -> bool {
        self == other
            || (self.below
                && other.text.len() > self.text.len()
                && other.text.ends_with(&self.text))
    }
}

/// Without port and without the final dot.
fn plain_host(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    // The colons of an IPv6 address stand between brackets.
    let name = if host.ends_with(']') { host } else { name };
    name.strip_suffix('.').unwrap_or(name)
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.below {
            f.write_str("*")?;
        }
        f.write_str(&self.text)
    }
}

impl Setting for HostPattern {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        match Self::parse(&text) {
            Ok(pattern) => Some(pattern),
            Err((cause, way_out)) => {
                reader.error("wrong-value", node, cause, way_out);
                None
            }
        }
    }

    fn show(&self) -> serde_json::Value {
        self.to_string().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["api.example.com", "*.example.com"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_without_case_port_and_final_dot() {
        let rows = [
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "API.example.com:8443", true),
            ("api.example.com", "api.example.com.", true),
            ("api.example.com", "xapi.example.com", false),
            ("api.example.com", "api.example.com.evil.test", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "a.b.EXAMPLE.com:80", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "evilexample.com", false),
            ("[::1]", "[::1]:8080", true),
            ("[::1]", "[::1]", true),
            ("localhost", "", false),
        ];
        for (pattern, host, matches) in rows {
            assert_eq!(
                HostPattern::parse(pattern).unwrap().matches(host),
                matches,
                "{pattern} {host}"
            );
        }
    }

    #[test]
    fn what_is_no_host_is_told() {
        for text in [
            "",
            "*",
            "https://a.example",
            "a.example:80",
            "a.example/x",
            "a..example",
            "*.",
            "bücher.example",
            "[zz]",
        ] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }
}
