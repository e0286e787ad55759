//! The text that the controller makes of Ingress objects, as far as answers depend on it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use super::annotations::{self, Cors};
use crate::document::Node;
use crate::{NotRead, Span};

/// Annotations that change what is answered in ways that have no model here.
const DECIDING: &[&str] = &[
    "auth-url",
    "auth-signin",
    "auth-tls-secret",
    "whitelist-source-range",
    "denylist-source-range",
    "permanent-redirect",
    "temporal-redirect",
    "app-root",
    "custom-http-errors",
    "default-backend",
    "custom-headers",
    "server-snippet",
    "fastcgi-params-configmap",
    "mirror-target",
    "from-to-www-redirect",
    "auth-snippet",
    "satisfy",
];

/// One location of a server.
struct Place {
    path: String,
    body: String,
    /// The annotations that it follows.
    span: Span,
}

/// A server, with what it serves alike.
struct Server {
    locations: String,
    names: Vec<String>,
    /// Where each location begins, and the annotations that it follows.
    places: Vec<(usize, Span)>,
}

/// What the controller writes.
pub(super) struct Rendered {
    /// nginx's configuration, one server for all hosts that are served alike.
    pub(super) text: String,
    /// Those hosts, each with the number of its server; none where the text looks at the host.
    pub(super) alike: BTreeMap<String, usize>,
    /// Where each location begins in that text, in order, and the annotations that it follows.
    pub(super) places: Vec<(usize, Span)>,
}

/// Writes the servers.
pub(super) fn render(ingresses: &[&Node]) -> Result<Rendered, NotRead> {
    let mut hosts: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    let mut with_expressions = BTreeSet::new();
    for ingress in ingresses {
        let annotations = super::annotations(ingress)?;
        for (name, node, _) in &annotations {
            if DECIDING.contains(name) {
                return Err(node.refused(name));
            }
        }
        let value = |wanted: &str| {
            annotations.iter().find(|(name, ..)| *name == wanted).map(|(.., text)| *text)
        };
        let mut body = match annotations::cors(&annotations) {
            Some(cors) => cors_block(&cors),
            None => String::new(),
        };
        if let Some(snippet) = value("configuration-snippet") {
            body.push_str(snippet);
            body.push('\n');
        }
        if value("auth-type") == Some("basic") {
            body.push_str("auth_basic \"\";\n");
        }
        body.push_str("proxy_pass http://upstream;\n");
        let expressions = value("use-regex") == Some("true") || value("rewrite-target").is_some();
        let span = super::place(ingress, super::ADMITTING);
        let rules = ingress.at(&["spec", "rules"]).map_or(&[][..], Node::items);
        // A piece that was cut out of an Ingress stands for all of its paths.
        let default = ingress.at(&["spec", "defaultBackend"]).is_some()
            || ingress.get("kind").is_none() && ingress.get("spec").is_none();
        if rules.is_empty() && !default {
            return Err(ingress.refused("no rules"));
        }
        if default {
            hosts.entry("_".to_owned()).or_default().push(Place {
                path: "/".to_owned(),
                body: body.clone(),
                span: span.clone(),
            });
        }
        for rule in rules {
            let host = rule.get("host").and_then(Node::as_str).unwrap_or("_").to_owned();
            if expressions {
                with_expressions.insert(host.clone());
            }
            let places = hosts.entry(host).or_default();
            for path in rule.at(&["http", "paths"]).map_or(&[][..], Node::items) {
                let written = path.get("path").and_then(Node::as_str).unwrap_or("/");
                if written.contains(['{', '}', ';', '"', '$', ' ']) && !expressions {
                    return Err(path.refused(written));
                }
                let kind =
                    path.get("pathType").and_then(Node::as_str).unwrap_or("ImplementationSpecific");
                for path in locations(written, kind) {
                    places.push(Place { path, body: body.clone(), span: span.clone() });
                }
            }
        }
    }
    let mut servers: Vec<Server> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (host, mut places) in hosts {
        // A backend for what no rule takes.
        if !places.iter().any(|place| place.path == "/") {
            let span = places.first().map_or(0..0, |place| place.span.clone());
            places.push(Place { path: "/".to_owned(), body: "return 404;\n".to_owned(), span });
        }
        let (mut text, mut begun) = (String::new(), Vec::new());
        let mut seen = BTreeSet::new();
        if with_expressions.contains(&host) {
            // All paths of the host become expressions, the longest first.
            places.sort_by_key(|place| std::cmp::Reverse(place.path.len()));
        }
        for place in places {
            if !seen.insert(place.path.clone()) {
                continue;
            }
            let path = match place.path.strip_prefix("= ") {
                _ if with_expressions.contains(&host) => {
                    format!("~* \"^{}\"", place.path.trim_start_matches("= ").replace('"', "\\\""))
                }
                Some(exact) => format!("= {exact}"),
                None => place.path,
            };
            begun.push((text.len(), place.span));
            let _ = writeln!(text, "location {path} {{\n{}}}", place.body);
        }
        let number = *numbers.entry(text.clone()).or_insert(servers.len());
        match servers.get_mut(number) {
            Some(server) => server.names.push(host),
            None => servers.push(Server { locations: text, names: vec![host], places: begun }),
        }
    }
    Ok(written(&servers))
}

fn written(servers: &[Server]) -> Rendered {
    let (mut text, mut alike, mut places) = (String::new(), BTreeMap::new(), Vec::new());
    for (number, server) in servers.iter().enumerate() {
        let _ = writeln!(text, "server {{\nserver_name {};", server.names.join(" "));
        let start = text.len();
        places.extend(server.places.iter().map(|(at, span)| (start + at, span.clone())));
        let _ = writeln!(text, "{}}}", server.locations);
        let names = server.names.iter().filter(|name| !name.contains(['*', '~']));
        alike.extend(names.map(|name| (name.clone(), number)));
    }
    // Snippets may say what they like.
    if ["$host", "$http_host", "$server_name"].iter().any(|variable| text.contains(variable)) {
        alike.clear();
    }
    Rendered { text, alike, places }
}

/// The locations that stand for a path.
fn locations(path: &str, kind: &str) -> Vec<String> {
    match kind {
        "Exact" => vec![format!("= {path}")],
        "Prefix" if path != "/" => {
            let path = path.trim_end_matches('/');
            vec![format!("{path}/"), format!("= {path}")]
        }
        _ => vec![path.to_owned()],
    }
}

fn cors_block(cors: &Cors) -> String {
    let mut text = String::new();
    match cors.origins.as_slice() {
        [] => {}
        [any] if any == "*" => text.push_str("set $http_origin *;\nset $cors 'true';\n"),
        origins => {
            let origins: Vec<String> = origins.iter().map(|origin| expression(origin)).collect();
            let _ = writeln!(
                text,
                "if ($http_origin ~* ({})$ ) {{ set $cors 'true'; }}",
                origins.join("|"),
            );
        }
    }
    text.push_str("if ($request_method = 'OPTIONS') { set $cors ${cors}options; }\n");
    let mut headers = "more_set_headers 'Access-Control-Allow-Origin: $http_origin';\n".to_owned();
    if cors.credentials {
        headers.push_str("more_set_headers 'Access-Control-Allow-Credentials: true';\n");
    }
    let _ = writeln!(headers, "more_set_headers 'Access-Control-Allow-Methods: {}';", cors.methods);
    let _ = writeln!(headers, "more_set_headers 'Access-Control-Allow-Headers: {}';", cors.headers);
    if !cors.expose.is_empty() {
        let _ =
            writeln!(headers, "more_set_headers 'Access-Control-Expose-Headers: {}';", cors.expose);
    }
    let _ = writeln!(headers, "more_set_headers 'Access-Control-Max-Age: {}';", cors.max_age);
    let _ = writeln!(text, "if ($cors = \"true\") {{\n{headers}}}");
    let _ = writeln!(text, "if ($cors = \"trueoptions\") {{\n{headers}return 204;\n}}");
    text
}

/// One origin as the controller writes it: a star stands for the characters of one label.
fn expression(origin: &str) -> String {
    let mut quoted = String::new();
    for char in origin.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    format!("({})", quoted.replacen(r"\*", r"[A-Za-z0-9\-]+", 1))
}
