//! Rules and their matches, in the order that the standard gives them.

use std::collections::{HashMap, HashSet};

use super::translate::{self, Controller};
use crate::NotRead;
use crate::document::{Fields, Node, Value};
use crate::formats::envoy::go_expression;
use crate::formats::envoy::model::{
    Action, AddedHeader, Append, HeaderMatch, HeaderValue, Level, PathMatch, Piece, Policy, Route,
    StringKind, StringMatch, VirtualHost,
};

pub(super) fn virtual_host(
    route: &Node,
    controller: Controller,
    inherited: Option<&Policy>,
) -> Result<VirtualHost, NotRead> {
    let spec = route.get("spec").ok_or_else(|| route.rejected("spec"))?;
    let mut fields = Fields::of(spec, "spec")?;
    fields.ignore(&["parentRefs"]);
    let mut domains =
        fields.take("hostnames").map_or(Ok(Vec::new()), |node| node.texts("hostnames"))?;
    if domains.is_empty() {
        domains.push("*".to_owned());
    }
    let mut routes = Vec::new();
    for rule in fields.take("rules").map_or(&[][..], Node::items) {
        rule_of(rule, controller, inherited, &mut routes)?;
    }
    fields.done()?;
    sort(&mut routes, controller);
    Ok(VirtualHost { domains, level: Level::default(), routes })
}

/// One virtual host for each name: routes of the same one are tried together, whatever object they are from.
pub(in crate::formats) fn merged(
    hosts: Vec<VirtualHost>,
    controller: Controller,
) -> Vec<VirtualHost> {
    let mut seen = HashSet::new();
    let is_apart = hosts.iter().flat_map(|host| &host.domains).all(|domain| seen.insert(domain));
    if is_apart {
        return hosts;
    }
    let mut order: Vec<String> = Vec::new();
    let mut by_domain: HashMap<String, Vec<Route>> = HashMap::new();
    for host in hosts {
        for domain in host.domains {
            let routes = by_domain.entry(domain.clone()).or_insert_with(|| {
                order.push(domain);
                Vec::new()
            });
            routes.extend(host.routes.iter().cloned());
        }
    }
    let of = |domain: String| {
        let mut routes = by_domain.remove(&domain).unwrap_or_default();
        sort(&mut routes, controller);
        VirtualHost { domains: vec![domain], level: Level::default(), routes }
    };
    order.into_iter().map(of).collect()
}

/// Rules that were cut out of their routes, with something behind them.
pub(super) fn of_pieces(rules: &[Node], controller: Controller) -> Result<VirtualHost, NotRead> {
    let mut routes = Vec::new();
    for rule in rules {
        let mut level = Level::default();
        let mut action = Action::Forward { rewrite: None };
        for filter in rule.get("filters").map_or(&[][..], Node::items) {
            filter_of(filter, controller, &mut level, &mut action)?;
        }
        let path = PathMatch::Prefix("/".to_owned());
        routes.push(Route { path, headers: Vec::new(), level, action });
    }
    Ok(VirtualHost { domains: vec!["*".to_owned()], level: Level::default(), routes })
}

/// What is tried first, as each controller orders it. Where all is equal, what is written first.
fn sort(routes: &mut [Route], controller: Controller) {
    routes.sort_by_key(|route| std::cmp::Reverse(weight(route, controller)));
}

fn weight(route: &Route, controller: Controller) -> (u8, usize, [usize; 4]) {
    let (kind, length) = match &route.path {
        PathMatch::Exact(path) => (3, path.len()),
        // The standard leaves it open where expressions stand.
        PathMatch::Regex(matcher) => {
            (if controller == Controller::EnvoyGateway { 2 } else { 0 }, matcher.written().len())
        }
        PathMatch::Segments(path) | PathMatch::Prefix(path) => (1, path.len()),
    };
    let is_query = |header: &&HeaderMatch| header.name == ":path";
    let is_method = |header: &&HeaderMatch| header.name == ":method";
    let is_exact = |header: &&HeaderMatch| {
        matches!(&header.value, HeaderValue::Is(StringMatch { kind: StringKind::Exact(_), .. }))
    };
    let headers = || route.headers.iter();
    let queries = headers().filter(is_query).count();
    let others = headers().count() - queries;
    let rest = match controller {
        Controller::EnvoyGateway => {
            let exact = headers().filter(|header| !is_query(header)).filter(is_exact).count();
            [others, exact, queries, 0]
        }
        Controller::Istio => {
            let methods = headers().filter(is_method).count();
            [methods, others - methods, queries, 0]
        }
    };
    (kind, length, rest)
}

fn rule_of(
    rule: &Node,
    controller: Controller,
    inherited: Option<&Policy>,
    routes: &mut Vec<Route>,
) -> Result<(), NotRead> {
    let mut fields = Fields::of(rule, "rule")?;
    fields.ignore(&["name", "timeouts", "retry", "sessionPersistence"]);
    let mut level = Level::default();
    let mut action = Action::Forward { rewrite: None };
    for filter in fields.take("filters").map_or(&[][..], Node::items) {
        filter_of(filter, controller, &mut level, &mut action)?;
    }
    let own_policy = level.policy.clone();
    if level.policy.is_none() {
        level.policy = inherited.cloned();
    }
    let backends = fields.take("backendRefs").map_or(&[][..], Node::items);
    let has_no_weight = |backend: &Node| matches!(backend.get("weight").map(|node| &node.value), Some(Value::Integer(text)) if text == "0");
    if backends.iter().all(has_no_weight) && matches!(action, Action::Forward { .. }) {
        // Nothing stands behind such a rule: both controllers answer for it.
        action = Action::Direct { status: 500 };
    }
    for backend in backends {
        if backend.get("filters").is_some() {
            return Err(backend.refused("filters"));
        }
    }
    let matches = fields.take("matches").map_or(&[][..], Node::items);
    fields.done()?;
    if matches.is_empty() {
        let path = PathMatch::Prefix("/".to_owned());
        routes.push(Route { path, headers: Vec::new(), level, action });
        return Ok(());
    }
    for matched in matches {
        let (path, headers) = match_of(matched)?;
        let mut own = own_policy.iter().filter(|_| controller == Controller::EnvoyGateway);
        if let (Some(policy), Some(preflights)) = (own.next(), preflights(&headers, matched)?) {
            let level = Level { policy: Some(policy.clone()), ..Level::default() };
            let action = Action::Forward { rewrite: None };
            routes.push(Route { path: path.clone(), headers: preflights, level, action });
        }
        routes.push(Route { path, headers, level: level.clone(), action: action.clone() });
    }
    Ok(())
}

/// Envoy Gateway adds a way for the preflights of a route that has a CORS filter of its own and takes one method.
fn preflights(
    headers: &[HeaderMatch],
    matched: &Node,
) -> Result<Option<Vec<HeaderMatch>>, NotRead> {
    let is_taken = |header: &HeaderMatch| matches!(&header.value, HeaderValue::Is(matcher) if !matcher.is_match("OPTIONS"));
    if !headers.iter().any(|header| header.name == ":method" && is_taken(header)) {
        return Ok(None);
    }
    let others = headers.iter().filter(|header| header.name != ":method");
    let mut preflights: Vec<HeaderMatch> = others.cloned().collect();
    preflights.push(method("OPTIONS", matched));
    for name in ["origin", "access-control-request-method"] {
        preflights.push(HeaderMatch {
            name: name.to_owned(),
            value: HeaderValue::Is(StringMatch {
                kind: StringKind::Regex(go_expression(".*", matched)?),
                ignore_case: false,
                span: matched.span.clone(),
            }),
            inverted: false,
        });
    }
    Ok(Some(preflights))
}

fn method(name: &str, node: &Node) -> HeaderMatch {
    let value = HeaderValue::Is(StringMatch::exact(name, node.span.clone()));
    HeaderMatch { name: ":method".to_owned(), value, inverted: false }
}

fn match_of(node: &Node) -> Result<(PathMatch, Vec<HeaderMatch>), NotRead> {
    let mut fields = Fields::of(node, "match")?;
    let path = match fields.take("path") {
        None => PathMatch::Prefix("/".to_owned()),
        Some(path) => {
            let value =
                path.get("value").map_or(Ok("/".to_owned()), |value| value.text("value"))?;
            match path.get("type").and_then(Node::as_str).unwrap_or("PathPrefix") {
                "PathPrefix" if value == "/" => PathMatch::Prefix(value),
                "PathPrefix" => PathMatch::Segments(value.trim_end_matches('/').to_owned()),
                "Exact" => PathMatch::Exact(value),
                "RegularExpression" => PathMatch::Regex(go_expression(&value, path)?),
                _ => return Err(path.refused("type")),
            }
        }
    };
    let mut headers = Vec::new();
    if let Some(value) = fields.take("method") {
        headers.push(method(&value.text("method")?, value));
    }
    for header in fields.take("headers").map_or(&[][..], Node::items) {
        let name = header.get("name").ok_or_else(|| header.rejected("name"))?.text("name")?;
        let value = header.get("value").ok_or_else(|| header.rejected("value"))?;
        let text = value.text("value")?;
        let kind = match header.get("type").and_then(Node::as_str).unwrap_or("Exact") {
            "Exact" => StringKind::Exact(text),
            "RegularExpression" => StringKind::Regex(go_expression(&text, value)?),
            _ => return Err(header.refused("type")),
        };
        let matcher = StringMatch { kind, ignore_case: false, span: value.span.clone() };
        headers.push(HeaderMatch {
            name: name.to_ascii_lowercase(),
            value: HeaderValue::Is(matcher),
            inverted: false,
        });
    }
    for parameter in fields.take("queryParams").map_or(&[][..], Node::items) {
        headers.push(parameter_of(parameter)?);
    }
    fields.done()?;
    Ok((path, headers))
}

/// A parameter of the query, as a test on the path with its query.
fn parameter_of(node: &Node) -> Result<HeaderMatch, NotRead> {
    let name = node.get("name").ok_or_else(|| node.rejected("name"))?.text("name")?;
    let value = node.get("value").ok_or_else(|| node.rejected("value"))?;
    let text = value.text("value")?;
    let text = match node.get("type").and_then(Node::as_str).unwrap_or("Exact") {
        "Exact" => crate::regexes::escaped(&text),
        "RegularExpression" => format!("(?:{text})"),
        _ => return Err(node.refused("type")),
    };
    let name = crate::regexes::escaped(&name);
    let expression = go_expression(&format!(r"[^?]*\?(?:.*&)?{name}={text}(?:&.*)?"), value)?;
    let matcher = StringMatch {
        kind: StringKind::Regex(expression),
        ignore_case: false,
        span: value.span.clone(),
    };
    Ok(HeaderMatch { name: ":path".to_owned(), value: HeaderValue::Is(matcher), inverted: false })
}

fn filter_of(
    filter: &Node,
    controller: Controller,
    level: &mut Level,
    action: &mut Action,
) -> Result<(), NotRead> {
    match filter.get("type").and_then(Node::as_str) {
        Some("CORS") => {
            let cors = filter.get("cors").ok_or_else(|| filter.rejected("cors"))?;
            level.policy = Some(translate::policy(cors, controller)?);
        }
        Some("RequestHeaderModifier" | "RequestMirror") => {}
        Some("ResponseHeaderModifier") => {
            let changes =
                filter.get("responseHeaderModifier").ok_or_else(|| filter.rejected("type"))?;
            let mut fields = Fields::of(changes, "responseHeaderModifier")?;
            for (field, append) in [("set", Append::Overwrite), ("add", Append::Add)] {
                for header in fields.take(field).map_or(&[][..], Node::items) {
                    let name =
                        header.get("name").ok_or_else(|| header.rejected("name"))?.text("name")?;
                    let value = header
                        .get("value")
                        .ok_or_else(|| header.rejected("value"))?
                        .text("value")?;
                    if value.contains('%') {
                        return Err(header.refused(&value));
                    }
                    level.to_add.push(AddedHeader {
                        name: name.to_ascii_lowercase(),
                        value: vec![Piece::Text(value)],
                        action: append,
                        keep_empty: false,
                    });
                }
            }
            for name in fields.take("remove").map_or(Ok(Vec::new()), |node| node.texts("remove"))? {
                level.to_remove.push(name.to_ascii_lowercase());
            }
            fields.done()?;
        }
        Some("RequestRedirect") => {
            let redirect = filter.get("requestRedirect").ok_or_else(|| filter.rejected("type"))?;
            let status = match redirect.get("statusCode").map(|node| &node.value) {
                None => 302,
                Some(Value::Integer(text)) => {
                    text.parse().map_err(|_| redirect.rejected("statusCode"))?
                }
                Some(_) => return Err(redirect.rejected("statusCode")),
            };
            *action = Action::Redirect { status };
        }
        Some("URLRewrite") => {
            let rewrite = filter.get("urlRewrite").ok_or_else(|| filter.rejected("type"))?;
            if let Some(path) = rewrite.get("path") {
                let new = path.get("replacePrefixMatch").or_else(|| path.get("replaceFullPath"));
                let new = new.ok_or_else(|| path.rejected("path"))?.text("path")?;
                if path.get("replaceFullPath").is_some() {
                    return Err(path.refused("replaceFullPath"));
                }
                *action = Action::Forward { rewrite: Some(new) };
            }
        }
        _ => return Err(filter.refused("type")),
    }
    Ok(())
}
