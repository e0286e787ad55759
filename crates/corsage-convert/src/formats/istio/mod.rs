//! Istio's `VirtualService`: what its control plane makes of it is Envoy's.

use super::envoy::model::{
    Action, AddedHeader, Append, Envoy, HeaderMatch, HeaderValue, Level, PathMatch, Piece, Policy,
    Route, StringMatch, VirtualHost,
};
use super::envoy::{read::path_from, string_match};
use super::kubernetes;
use crate::document::{Fields, Node, Value};
use crate::{NotRead, Program, Source};

/// Reads every `VirtualService` of a text.
///
/// # Errors
/// A field that decides answers and has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut envoy = Envoy { has_filter: true, ..Envoy::default() };
    let pieces = kubernetes::pieces(source, &["spec", "http"]);
    let services =
        if pieces.is_empty() { kubernetes::objects(source, &["VirtualService"])? } else { pieces };
    for service in services {
        let spec = service.get("spec").ok_or_else(|| service.rejected("spec"))?;
        envoy.hosts.push(virtual_host(spec)?);
    }
    Ok(Box::new(envoy))
}

fn virtual_host(spec: &Node) -> Result<VirtualHost, NotRead> {
    let mut fields = Fields::of(spec, "spec")?;
    fields.ignore(&["gateways", "exportTo", "tcp", "tls"]);
    let hosts = fields.take("hosts").map_or(Ok(Vec::new()), |node| node.texts("hosts"))?;
    // A short name is a service of the mesh, under names that only the cluster knows.
    let domains: Vec<String> = hosts
        .into_iter()
        .map(|host| if host.contains('.') { host } else { "*".to_owned() })
        .collect();
    // A piece of one may say none.
    let domains = if domains.is_empty() { vec!["*".to_owned()] } else { domains };
    let mut routes = Vec::new();
    for rule in fields.take("http").map_or(&[][..], Node::items) {
        rule_of(rule, &mut routes)?;
    }
    fields.done()?;
    Ok(VirtualHost { domains, level: Level::default(), routes })
}

fn rule_of(rule: &Node, routes: &mut Vec<Route>) -> Result<(), NotRead> {
    let mut fields = Fields::of(rule, "http")?;
    fields.ignore(&[
        "name",
        "timeout",
        "retries",
        "mirror",
        "mirrors",
        "mirrorPercentage",
        "mirrorPercent",
    ]);
    let mut level = Level::default();
    if let Some(policy) = fields.take("corsPolicy") {
        level.policy = Some(policy_of(policy)?);
    }
    if let Some(headers) = fields.take("headers") {
        headers_of(headers, &mut level)?;
    }
    let rewrite = match fields.take("rewrite") {
        Some(rewrite) => {
            let mut fields = Fields::of(rewrite, "rewrite")?;
            fields.ignore(&["authority"]);
            let uri = fields.take("uri").map(|uri| uri.text("uri")).transpose()?;
            fields.done()?;
            uri
        }
        None => None,
    };
    let action = if let Some(redirect) = fields.take("redirect") {
        Action::Redirect { status: number(redirect.get("redirectCode"))?.unwrap_or(301) }
    } else if let Some(direct) = fields.take("directResponse") {
        Action::Direct { status: number(direct.get("status"))?.unwrap_or(200) }
    } else {
        for destination in fields.take("route").map_or(&[][..], Node::items) {
            let mut fields = Fields::of(destination, "route")?;
            fields.ignore(&["destination", "weight"]);
            fields.done()?;
        }
        Action::Forward { rewrite }
    };
    let matches = fields.take("match").map_or(&[][..], Node::items);
    fields.done()?;
    if matches.is_empty() {
        let path = PathMatch::Prefix("/".to_owned());
        routes.push(Route {
            path,
            headers: Vec::new(),
            level: level.clone(),
            action: action.clone(),
        });
    }
    for matched in matches {
        let (path, headers) = match_of(matched)?;
        routes.push(Route { path, headers, level: level.clone(), action: action.clone() });
    }
    Ok(())
}

fn match_of(node: &Node) -> Result<(PathMatch, Vec<HeaderMatch>), NotRead> {
    let mut fields = Fields::of(node, "match")?;
    fields.ignore(&["name", "gateways", "sourceLabels", "sourceNamespace", "statPrefix", "port"]);
    let path = match fields.take("uri") {
        Some(uri) => path_from(uri)?,
        None => PathMatch::Prefix("/".to_owned()),
    };
    let mut headers = Vec::new();
    for (field, name) in [("method", ":method"), ("authority", ":authority")] {
        if let Some(value) = fields.take(field) {
            let value = HeaderValue::Is(string_match(value)?);
            headers.push(HeaderMatch { name: name.to_owned(), value, inverted: false });
        }
    }
    if let Some(own) = fields.take("headers") {
        for entry in own.entries() {
            let value = if entry.node.entries().is_empty() {
                HeaderValue::Present
            } else {
                HeaderValue::Is(string_match(&entry.node)?)
            };
            headers.push(HeaderMatch {
                name: entry.key.to_ascii_lowercase(),
                value,
                inverted: false,
            });
        }
    }
    fields.done()?;
    Ok((path, headers))
}

/// `corsPolicy`.
fn policy_of(node: &Node) -> Result<Policy, NotRead> {
    let mut fields = Fields::of(node, "corsPolicy")?;
    let old =
        fields.take("allowOrigin").map_or(Ok(Vec::new()), |node| node.texts("allowOrigin"))?;
    let origins = match fields.take("allowOrigins") {
        Some(origins) if !origins.items().is_empty() => {
            origins.items().iter().map(string_match).collect::<Result<_, _>>()?
        }
        _ => old.into_iter().map(|origin| StringMatch::exact(origin, node.span.clone())).collect(),
    };
    let mut policy = Policy { origins, ..Policy::default() };
    let mut list =
        |key| fields.take(key).map_or(Ok(String::new()), |node| Ok(node.texts(key)?.join(",")));
    policy.methods = list("allowMethods")?;
    policy.headers = list("allowHeaders")?;
    policy.expose = list("exposeHeaders")?;
    policy.credentials =
        fields.take("allowCredentials").map(|node| node.boolean("allowCredentials")).transpose()?;
    if let Some(age) = fields.take("maxAge") {
        let text = age.text("maxAge")?;
        policy.max_age =
            kubernetes::seconds(&text).ok_or_else(|| age.refused("maxAge"))?.to_string();
    }
    policy.forward_unmatched = match fields.take("unmatchedPreflights") {
        None => Some(true),
        Some(node) => match node.as_str() {
            Some("FORWARD" | "UNSPECIFIED") => Some(true),
            Some("IGNORE") => Some(false),
            _ => return Err(node.rejected("unmatchedPreflights")),
        },
    };
    fields.done()?;
    Ok(policy)
}

fn headers_of(node: &Node, level: &mut Level) -> Result<(), NotRead> {
    let mut fields = Fields::of(node, "headers")?;
    fields.ignore(&["request"]);
    if let Some(response) = fields.take("response") {
        let mut response = Fields::of(response, "response")?;
        for (field, action) in [("set", Append::Overwrite), ("add", Append::Add)] {
            for entry in response.take(field).map_or(&[][..], Node::entries) {
                let text = entry.node.text(field)?;
                if text.contains('%') {
                    return Err(entry.node.refused(&text));
                }
                level.to_add.push(AddedHeader {
                    name: entry.key.to_ascii_lowercase(),
                    value: vec![Piece::Text(text)],
                    action,
                    keep_empty: false,
                });
            }
        }
        if let Some(names) = response.take("remove") {
            level.to_remove =
                names.texts("remove")?.iter().map(|name| name.to_ascii_lowercase()).collect();
        }
        response.done()?;
    }
    fields.done()
}

fn number(node: Option<&Node>) -> Result<Option<u16>, NotRead> {
    match node.map(|node| (&node.value, node)) {
        None => Ok(None),
        Some((Value::Integer(text), node)) => {
            text.parse().map(Some).map_err(|_| node.rejected("status"))
        }
        Some((_, node)) => Err(node.rejected("status")),
    }
}
