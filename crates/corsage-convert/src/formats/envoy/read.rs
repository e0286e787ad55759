//! From Envoy's documents to the model.

use super::model::{Action, Envoy, Level, PathMatch, Route, StringKind, VirtualHost};
use super::policy::{
    cors_policy, filter_config, flag, go_expression, header_changes, header_match, string_match,
};
use crate::document::{self, Fields, Node, Value};
use crate::{NotRead, Refused, Why};

/// Reads a bootstrap file with static listeners, or a route configuration alone.
pub(crate) fn read_text(text: &str) -> Result<Envoy, NotRead> {
    let documents = document::read_all(text)?;
    let mut managers = Vec::new();
    let mut alone = Vec::new();
    for document in &documents {
        find(document, &mut managers, &mut alone);
    }
    let missing = |what| NotRead::refused(Refused::new(0..text.len(), what, Why::NotModelled));
    match (managers.as_slice(), alone.as_slice()) {
        ([manager], _) => manager_of(manager),
        ([], [routes]) => {
            let mut envoy = Envoy { has_filter: true, ..Envoy::default() };
            routes_of(routes, &mut envoy)?;
            Ok(envoy)
        }
        ([], []) => Err(missing("no route configuration")),
        _ => Err(missing("more than one listener")),
    }
}

/// Finds connection managers and route configurations, wherever they stand.
fn find<'n>(node: &'n Node, managers: &mut Vec<&'n Node>, alone: &mut Vec<&'n Node>) {
    if let Some(kind) = node.get("@type").and_then(Node::as_str)
        && kind.ends_with(".HttpConnectionManager")
    {
        managers.push(node);
        return;
    }
    if node.get("virtual_hosts").is_some() {
        alone.push(node);
        return;
    }
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| find(item, managers, alone)),
        Value::Map(entries) => entries.iter().for_each(|entry| find(&entry.node, managers, alone)),
        _ => {}
    }
}

fn manager_of(node: &Node) -> Result<Envoy, NotRead> {
    let mut envoy = Envoy::default();
    for filter in node.get("http_filters").map_or(&[][..], Node::items) {
        let name = filter.get("name").and_then(Node::as_str).unwrap_or_default();
        let kind = filter.at(&["typed_config", "@type"]).and_then(Node::as_str).unwrap_or_default();
        if name == "envoy.filters.http.cors" || kind.ends_with(".cors.v3.Cors") {
            if flag(filter.get("disabled"))? == Some(true) {
                return Err(filter.refused("disabled"));
            }
            envoy.has_filter = true;
        } else if !(name == "envoy.filters.http.router"
            || kind.ends_with(".router.v3.Router")
            || ["envoy.filters.http.grpc_web", "envoy.filters.http.health_check"].contains(&name))
        {
            return Err(filter.refused(name));
        }
    }
    let Some(routes) = node.get("route_config") else { return Err(node.refused("rds")) };
    routes_of(routes, &mut envoy)?;
    Ok(envoy)
}

fn routes_of(node: &Node, envoy: &mut Envoy) -> Result<(), NotRead> {
    let mut fields = Fields::of(node, "route_config")?;
    fields.ignore(&[
        "name",
        "validate_clusters",
        "request_headers_to_add",
        "request_headers_to_remove",
        "@type",
    ]);
    envoy.level = level(&mut fields)?;
    for host in fields.take("virtual_hosts").map_or(&[][..], Node::items) {
        envoy.hosts.push(virtual_host(host)?);
    }
    fields.done()
}

fn level(fields: &mut Fields<'_>) -> Result<Level, NotRead> {
    let mut level = Level::default();
    filter_config(fields.take("typed_per_filter_config"), &mut level)?;
    if let Some(old) = fields.take("cors")
        && level.policy.is_none()
    {
        level.policy = Some(cors_policy(old)?);
    }
    header_changes(fields, &mut level)?;
    Ok(level)
}

fn virtual_host(node: &Node) -> Result<VirtualHost, NotRead> {
    let mut fields = Fields::of(node, "virtual host")?;
    fields.ignore(&[
        "name",
        "request_headers_to_add",
        "request_headers_to_remove",
        "retry_policy",
        "rate_limits",
    ]);
    let level = level(&mut fields)?;
    let domains = fields.take("domains").map_or(Ok(Vec::new()), |node| node.texts("domains"))?;
    // A port that may be any stands for the name alone too.
    let domains = domains.iter().map(|domain| domain.trim_end_matches(":*").to_owned()).collect();
    let mut routes = Vec::new();
    for route in fields.take("routes").map_or(&[][..], Node::items) {
        routes.push(route_of(route)?);
    }
    fields.done()?;
    Ok(VirtualHost { domains, level, routes })
}

fn route_of(node: &Node) -> Result<Route, NotRead> {
    let mut fields = Fields::of(node, "route")?;
    fields.ignore(&[
        "name",
        "metadata",
        "decorator",
        "request_headers_to_add",
        "request_headers_to_remove",
        "tracing",
        "stat_prefix",
    ]);
    let mut level = level(&mut fields)?;
    let Some(matched) = fields.take("match") else { return Err(node.rejected("match")) };
    let (path, headers) = match_of(matched)?;
    let action = if let Some(action) = fields.take("route") {
        forward(action, &mut level)?
    } else if let Some(redirect) = fields.take("redirect") {
        Action::Redirect { status: redirect_status(redirect)? }
    } else if let Some(direct) = fields.take("direct_response") {
        Action::Direct { status: status(direct.get("status"), direct)? }
    } else {
        return Err(node.refused("no action"));
    };
    fields.done()?;
    Ok(Route { path, headers, level, action })
}

fn forward(node: &Node, level: &mut Level) -> Result<Action, NotRead> {
    let mut fields = Fields::of(node, "route")?;
    fields.ignore(&[
        "cluster",
        "timeout",
        "idle_timeout",
        "retry_policy",
        "host_rewrite_literal",
        "auto_host_rewrite",
        "hash_policy",
        "upgrade_configs",
        "max_stream_duration",
        "priority",
        "append_x_forwarded_host",
        "rate_limits",
        "cluster_header",
        "metadata_match",
        "request_mirror_policies",
    ]);
    if let Some(clusters) = fields.take("weighted_clusters") {
        for cluster in clusters.get("clusters").map_or(&[][..], Node::items) {
            let mut fields = Fields::of(cluster, "cluster")?;
            fields.ignore(&["name", "weight", "metadata_match"]);
            fields.done()?;
        }
    }
    // The old place wins nothing over the new one, and stands where there is no new one.
    if let Some(old) = fields.take("cors")
        && level.policy.is_none()
    {
        level.policy = Some(cors_policy(old)?);
    }
    let rewrite =
        fields.take("prefix_rewrite").map(|node| node.text("prefix_rewrite")).transpose()?;
    fields.done()?;
    Ok(Action::Forward { rewrite })
}

fn redirect_status(node: &Node) -> Result<u16, NotRead> {
    match node.get("response_code").map(|code| (code, code.as_str())) {
        None | Some((_, Some("MOVED_PERMANENTLY"))) => Ok(301),
        Some((_, Some("FOUND"))) => Ok(302),
        Some((_, Some("SEE_OTHER"))) => Ok(303),
        Some((_, Some("TEMPORARY_REDIRECT"))) => Ok(307),
        Some((_, Some("PERMANENT_REDIRECT"))) => Ok(308),
        Some((code, _)) => Err(code.refused("response_code")),
    }
}

fn status(node: Option<&Node>, of: &Node) -> Result<u16, NotRead> {
    match node.map(|node| &node.value) {
        Some(Value::Integer(text)) => text.parse().map_err(|_| of.rejected("status")),
        _ => Err(of.rejected("status")),
    }
}

fn match_of(node: &Node) -> Result<(PathMatch, Vec<super::model::HeaderMatch>), NotRead> {
    let mut fields = Fields::of(node, "match")?;
    if flag(fields.take("case_sensitive"))? == Some(false) {
        return Err(node.refused("case_sensitive"));
    }
    let path = if let Some(prefix) = fields.take("prefix") {
        PathMatch::Prefix(prefix.text("prefix")?)
    } else if let Some(path) = fields.take("path") {
        PathMatch::Exact(path.text("path")?)
    } else if let Some(prefix) = fields.take("path_separated_prefix") {
        PathMatch::Segments(prefix.text("path_separated_prefix")?)
    } else if let Some(regex) = fields.take("safe_regex") {
        let text = regex.get("regex").ok_or_else(|| regex.rejected("safe_regex"))?;
        PathMatch::Regex(go_expression(&text.text("regex")?, text)?)
    } else {
        return Err(node.refused("match"));
    };
    let mut headers = Vec::new();
    for header in fields.take("headers").map_or(&[][..], Node::items) {
        headers.push(header_match(header)?);
    }
    fields.done()?;
    Ok((path, headers))
}

/// A path test from a matcher of texts.
pub(in crate::formats) fn path_from(node: &Node) -> Result<PathMatch, NotRead> {
    Ok(match string_match(node)?.kind {
        StringKind::Exact(text) => PathMatch::Exact(text),
        StringKind::Prefix(text) => PathMatch::Prefix(text),
        StringKind::Regex(matcher) => PathMatch::Regex(matcher),
        StringKind::Suffix(_) | StringKind::Contains(_) => return Err(node.refused("uri")),
    })
}
