//! `[[gateway.upstreams]]`, and how their health is watched.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::decode::{Reader, Setting, choice, record, settings};
use crate::tree::Node;

record! {
    /// A server that requests are sent on to. Its short form is the URL alone:
    /// `upstreams = "http://127.0.0.1:3000"`.
    pub struct Upstream, short form url {
        /// Scheme, host and port.
        pub url: UpstreamUrl,
        /// Its share among several: a server of weight 2 gets twice as much as one of weight 1. 0 drains it: it gets no
        /// new requests, and those under way end.
        pub weight: u16 = 1,
        /// The version of HTTP that it is spoken to.
        pub protocol: UpstreamProtocol = UpstreamProtocol::Http1,
        /// The `Host` that it sees.
        pub host: HostHeader = HostHeader::Client,
        /// TLS towards it, if the URL says https.
        pub tls: UpstreamTls = UpstreamTls::default(),
    }
}

settings! {
    /// TLS towards an upstream.
    pub struct UpstreamTls {
        /// Roots that its certificate must lead to: PEM files. Empty for the system's.
        pub roots: Vec<PathBuf> = Vec::new(),
        /// The name its certificate must carry, if that is not the URL's host.
        pub server_name: Option<String> = None,
        /// The certificate to show it: a PEM file.
        pub certificate: Option<PathBuf> = None,
        /// That certificate's private key: a PEM file.
        pub key: Option<PathBuf> = None,
    }
}

settings! {
    /// Asking every upstream from time to time.
    pub struct ActiveHealth {
        /// What to ask for: a path that answers 2xx or 3xx when all is well. Nothing is asked without it.
        pub path: Option<String> = None,
        /// How often.
        pub interval: Duration = Duration::from_secs(5),
        /// How long an answer may take.
        pub timeout: Duration = Duration::from_secs(2),
        /// After how many failures in a row an upstream is left out.
        pub unhealthy_after: u32 = 3,
        /// After how many successes in a row it is taken back.
        pub healthy_after: u32 = 2,
    }
}

settings! {
    /// Leaving an upstream out for a while when it cannot be reached.
    pub struct PassiveHealth {
        /// After how many failures in a row: no connection, or one that broke before an answer.
        /// `"off"`: never.
        pub failures: Option<u32> = Some(5),
        /// For how long. The last upstream is never left out.
        pub eject_for: Duration = Duration::from_secs(10),
    }
}

choice! {
    /// How a server is chosen among several.
    pub enum Balance {
        /// The less loaded of two drawn at random.
        LeastLoaded = "least-loaded",
        /// Each in turn.
        RoundRobin = "round-robin",
    }
}

choice! {
    /// The version of HTTP spoken to an upstream.
    pub enum UpstreamProtocol {
        /// HTTP/1.1.
        Http1 = "http1",
        /// HTTP/2: by ALPN over TLS, by prior knowledge (h2c) without.
        Http2 = "http2",
    }
}

choice! {
    /// The `Host` that an upstream sees.
    pub enum HostHeader {
        /// The one the client sent.
        Client = "client",
        /// The one in the upstream's URL; the client's goes into `X-Forwarded-Host`.
        Upstream = "upstream",
    }
}

/// Scheme, host and port of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamUrl {
    /// `http` or `https`.
    pub scheme: UpstreamScheme,
    /// A name or an IP address; IPv6 without brackets.
    pub host: String,
    /// The port, from the URL or the scheme's own.
    pub port: u16,
}

/// Whether the connection to an upstream is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpstreamScheme {
    /// Not encrypted.
    Http,
    /// TLS.
    Https,
}

impl UpstreamUrl {
    /// Parses `scheme://host[:port]`.
    ///
    /// # Errors
    /// The cause, and the way out.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let fault = |cause: &str, way_out: String| Err((cause.to_owned(), way_out));
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                (UpstreamScheme::Http, rest)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                (UpstreamScheme::Https, rest)
            }
            Some(_) => {
                return fault(
                    "an upstream speaks http or https",
                    "write \"http://127.0.0.1:3000\"".to_owned(),
                );
            }
            None => return fault("the scheme is missing", format!("write \"http://{text}\"")),
        };
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        if !path.is_empty() && path != "/" {
            let way_out =
                format!("write \"{scheme}://{authority}\"; the request's own path is sent on");
            return fault("an upstream ends after host and port", way_out);
        }
        if authority.contains('@') {
            let way_out =
                "drop what stands before the @; clients send their own credentials".to_owned();
            return fault("an upstream has no user name and no password", way_out);
        }
        let (host, port) = host_and_port(scheme, authority)?;
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    /// Host and port as a `Host` header has them: without the scheme's own port.
    #[must_use]
    pub fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.scheme, self.port) {
            (UpstreamScheme::Http, 80) | (UpstreamScheme::Https, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

/// Of what stands behind the scheme.
fn host_and_port(scheme: UpstreamScheme, authority: &str) -> Result<(&str, u16), (String, String)> {
    let fault = |cause: &str, way_out: &str| Err((cause.to_owned(), way_out.to_owned()));
    let bracketed = "write \"http://[::1]:3000\"";
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return fault("the bracket is not closed", bracketed);
        };
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return fault("no IPv6 address stands between the brackets", bracketed);
        }
        (address, port.strip_prefix(':').or(port.is_empty().then_some("")))
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        }
    };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    if host.is_empty() || !host.chars().all(named) {
        let way_out = "write a name or an IP address: \"http://api.internal:3000\"";
        return fault("the host is missing or has a character that no host has", way_out);
    }
    let port = match (port, scheme) {
        (Some(""), UpstreamScheme::Http) => Some(80),
        (Some(""), UpstreamScheme::Https) => Some(443),
        (port, _) => port.and_then(|port| port.parse().ok()).filter(|port| *port != 0),
    };
    match port {
        Some(port) => Ok((host, port)),
        None => {
            let way_out = format!("write \"{scheme}://{host}:3000\"");
            fault("a port is a number from 1 to 65535", &way_out)
        }
    }
}

impl fmt::Display for UpstreamScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

impl Setting for UpstreamUrl {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        match Self::parse(&text) {
            Ok(url) => Some(url),
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
        json_schema!({ "type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "examples": ["http://127.0.0.1:3000"] })
    }
}
