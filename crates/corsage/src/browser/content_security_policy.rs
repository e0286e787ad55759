//! [Should request be blocked by Content Security Policy?](https://w3c.github.io/webappsec-csp/#should-block-request)
//! as far as source lists of URLs decide: `connect-src` for a script's fetches, its siblings for other
//! destinations, `default-src` where they are absent.

use percent_encoding::percent_decode_str;
use url::Url;

use super::Destination;
use crate::terms::Origin;

/// One enforced policy of a page, from one element of a `Content-Security-Policy` header.
///
/// ```
/// use corsage::browser::ContentSecurityPolicy;
/// let policy = ContentSecurityPolicy::parse("default-src 'self'; connect-src https://api.example");
/// assert_eq!(policy.directive("connect-src"), Some("https://api.example"));
/// assert_eq!(policy.directive("img-src"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentSecurityPolicy {
    directives: Vec<(String, String)>,
}

impl ContentSecurityPolicy {
    /// [Parse a serialized CSP](https://w3c.github.io/webappsec-csp/#parse-serialized-policy). What cannot be
    /// understood is left out, as browsers do; of a repeated directive the first counts.
    #[must_use]
    pub fn parse(serialized: &str) -> Self {
        let mut directives: Vec<(String, String)> = Vec::new();
        for directive in serialized.split(';').map(str::trim_ascii) {
            let (name, value) =
                directive.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((directive, ""));
            let name = name.to_ascii_lowercase();
            if !name.is_empty() && !directives.iter().any(|(known, _)| *known == name) {
                directives.push((name, value.trim_ascii().to_owned()));
            }
        }
        Self { directives }
    }

    /// The value of a directive.
    #[must_use]
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The directive that a URL violates, as it was written.
    pub(crate) fn violated_by(
        &self,
        url: &Url,
        destination: Destination,
        page: &Origin,
        hop: usize,
    ) -> Option<String> {
        let (name, list) = fallbacks(destination)
            .iter()
            .find_map(|name| self.directive(name).map(|list| (*name, list)))?;
        let allowed = list
            .split_ascii_whitespace()
            .any(|expression| matches_expression(expression, url, page, hop));
        (!allowed).then(|| format!("{name} {list}").trim_end().to_owned())
    }
}

/// [Fetch directive fallback list](https://w3c.github.io/webappsec-csp/#directive-fallback-list)
const fn fallbacks(destination: Destination) -> &'static [&'static str] {
    match destination {
        Destination::Empty | Destination::Json | Destination::Text | Destination::WebSocket => {
            &["connect-src", "default-src"]
        }
        Destination::Audio | Destination::Video | Destination::Track => {
            &["media-src", "default-src"]
        }
        Destination::Document | Destination::Iframe => &["frame-src", "child-src", "default-src"],
        Destination::Object | Destination::Embed => &["object-src", "default-src"],
        Destination::Font => &["font-src", "default-src"],
        Destination::Image => &["img-src", "default-src"],
        Destination::Manifest => &["manifest-src", "default-src"],
        Destination::Script | Destination::AudioWorklet => {
            &["script-src-elem", "script-src", "default-src"]
        }
        Destination::Style => &["style-src-elem", "style-src", "default-src"],
        Destination::Worker | Destination::SharedWorker | Destination::ServiceWorker => {
            &["worker-src", "child-src", "script-src", "default-src"]
        }
    }
}

/// [Does url match expression in origin with redirect count?](https://w3c.github.io/webappsec-csp/#match-url-to-source-expression)
fn matches_expression(expression: &str, url: &Url, page: &Origin, hop: usize) -> bool {
    let page_scheme = match page {
        Origin::Tuple(tuple) => tuple.scheme(),
        Origin::Opaque(_) => "",
    };
    if expression == "*" {
        return matches!(url.scheme(), "http" | "https" | "ws" | "wss")
            || scheme_part_matches(page_scheme, url.scheme());
    }
    if expression.eq_ignore_ascii_case("'self'") {
        return matches_self(url, page);
    }
    if expression.starts_with('\'') {
        return false;
    }
    if let Some(scheme) = expression.strip_suffix(':') {
        return scheme_part_matches(&scheme.to_ascii_lowercase(), url.scheme());
    }
    let (scheme, rest) = match expression.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (page_scheme.to_owned(), expression),
    };
    if !scheme_part_matches(&scheme, url.scheme()) {
        return false;
    }
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let (host, port) = split_port(authority);
    host_part_matches(&host.to_ascii_lowercase(), url)
        && port_part_matches(port, url)
        && (hop > 0 || path_part_matches(path, url.path()))
}

fn split_port(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    }
}

/// The same origin, or the same host where ports are the schemes' own and the scheme is no weaker.
fn matches_self(url: &Url, page: &Origin) -> bool {
    let Some(target) = Origin::from_url(url) else { return false };
    if target.is_same_origin(page) {
        return true;
    }
    let (Origin::Tuple(target), Origin::Tuple(page)) = (&target, page) else { return false };
    let default_ports = target.port().is_none() && page.port().is_none();
    target.host() == page.host()
        && (default_ports || target.port() == page.port())
        && (matches!(target.scheme(), "https" | "wss")
            || page.scheme() == "http" && target.scheme() == "ws")
}

/// [scheme-part matches](https://w3c.github.io/webappsec-csp/#scheme-part-match): a stronger scheme matches.
fn scheme_part_matches(expected: &str, scheme: &str) -> bool {
    expected == scheme
        || match expected {
            "http" => matches!(scheme, "https" | "ws" | "wss"),
            "ws" => matches!(scheme, "wss" | "http" | "https"),
            "wss" => scheme == "https",
            _ => false,
        }
}

/// [host-part matches](https://w3c.github.io/webappsec-csp/#host-part-match)
fn host_part_matches(pattern: &str, url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    match pattern.strip_prefix("*.") {
        Some(parent) => {
            host.strip_suffix(parent).is_some_and(|left| left.len() > 1 && left.ends_with('.'))
        }
        None => pattern == "*" || pattern == host,
    }
}

/// [port-part matches](https://w3c.github.io/webappsec-csp/#port-part-matches)
fn port_part_matches(pattern: &str, url: &Url) -> bool {
    match pattern {
        "" => url.port().is_none(),
        "*" => true,
        digits => {
            let wanted = digits.parse::<u16>().ok();
            wanted == url.port_or_known_default()
                || wanted == Some(80) && url.port_or_known_default() == Some(443)
        }
    }
}

/// [path-part matches](https://w3c.github.io/webappsec-csp/#path-part-match)
fn path_part_matches(pattern: &str, path: &str) -> bool {
    if pattern.is_empty() || pattern == "/" {
        return true;
    }
    let exact = !pattern.ends_with('/');
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (pattern, path) = (decoded(pattern), decoded(path));
    if exact { pattern == path } else { path.starts_with(&pattern) }
}
