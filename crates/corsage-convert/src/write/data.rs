//! Traefik, Kong, Vercel and Netlify.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::kubernetes::documents;
use super::{Plan, Writer};
use crate::neutral::Names;
use crate::origins::Pattern;

fn names(names: &Names) -> Option<Vec<String>> {
    match names {
        Names::Listed(names) if names.is_empty() => None,
        Names::Listed(names) => Some(names.clone()),
        Names::Star | Names::Mirrored => Some(vec!["*".to_owned()]),
    }
}

pub(super) fn traefik(plans: &[Plan], writer: &mut Writer) -> String {
    let (mut routers, mut middlewares) = (json!({}), json!({}));
    for (index, plan) in plans.iter().enumerate() {
        let name = if plans.len() == 1 { "cors".to_owned() } else { format!("cors-{}", index + 1) };
        let (mut exact, mut expressions) = (Vec::new(), Vec::new());
        for origin in &plan.origins {
            let all_exact = origin.is_whole
                && origin
                    .patterns
                    .iter()
                    .all(|other| matches!(other, Pattern::Exact(_) | Pattern::Any));
            if all_exact {
                exact.extend(origin.patterns.iter().map(|pattern| match pattern {
                    Pattern::Exact(text) => text.clone(),
                    _ => "*".to_owned(),
                }));
            } else if let Some(expression) = origin.as_expression() {
                expressions.push(format!("^{expression}$"));
            } else {
                writer.left_out(&origin.written, &origin.span);
            }
        }
        // Here `*` with credentials reflects in one release and does not in another.
        if plan.credentials && exact.iter().any(|origin| origin == "*") {
            exact.retain(|origin| origin != "*");
            expressions.push("^.*$".to_owned());
        }
        let mut headers = json!({ "addVaryHeader": true });
        if !exact.is_empty() {
            headers["accessControlAllowOriginList"] = json!(exact);
        }
        if !expressions.is_empty() {
            headers["accessControlAllowOriginListRegex"] = json!(expressions);
        }
        headers["accessControlAllowMethods"] =
            json!(plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()]));
        if let Some(names) = names(&plan.headers) {
            headers["accessControlAllowHeaders"] = json!(names);
        }
        if let Some(names) = names(&plan.expose) {
            headers["accessControlExposeHeaders"] = json!(names);
        }
        if plan.credentials {
            headers["accessControlAllowCredentials"] = json!(true);
        }
        if let Some(max_age) = plan.max_age {
            headers["accessControlMaxAge"] = json!(max_age);
        }
        middlewares[&name] = json!({ "headers": headers });
        let mut rule = format!("PathPrefix(`{}`)", plan.path);
        if let Some(host) = &plan.host {
            rule = format!("Host(`{host}`) && {rule}");
        }
        routers[format!("api-{}", index + 1)] =
            json!({ "rule": rule, "service": "api", "middlewares": [name] });
    }
    let document = json!({
        "http": {
            "routers": routers,
            "middlewares": middlewares,
            "services": { "api": { "loadBalancer": { "servers": [{ "url": "http://127.0.0.1:9000" }] } } },
        },
    });
    documents(&[document], writer)
}

pub(super) fn kong(plans: &[Plan], writer: &mut Writer) -> String {
    let mut routes = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let mut origins = Vec::new();
        for origin in &plan.origins {
            for pattern in &origin.patterns {
                match pattern {
                    Pattern::Any => origins.push("*".to_owned()),
                    Pattern::Exact(text) => origins.push(text.clone()),
                    other => origins.push(other.expression()),
                }
            }
            if !origin.is_whole {
                match &origin.expression {
                    Some(expression) => origins.push(expression.clone()),
                    None => writer.left_out(&origin.written, &origin.span),
                }
            }
        }
        let mut config = json!({ "origins": origins, "credentials": plan.credentials });
        config["methods"] = json!(plan.all_methods().unwrap_or_else(|| {
            ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
                .map(str::to_owned)
                .to_vec()
        }));
        if let Names::Listed(headers) = &plan.headers {
            // An empty list is no list here: every header would be granted. No page can set this one.
            let none = vec!["Origin".to_owned()];
            config["headers"] = json!(if headers.is_empty() { &none } else { headers });
        }
        if let Some(names) = names(&plan.expose) {
            config["exposed_headers"] = json!(names);
        }
        if let Some(max_age) = plan.max_age {
            config["max_age"] = json!(max_age);
        }
        let mut route = json!({
            "name": format!("api-{}", index + 1),
            "paths": [plan.path],
            "strip_path": false,
            "plugins": [{ "name": "cors", "config": config }],
        });
        if let Some(host) = &plan.host {
            route["hosts"] = json!([host]);
        }
        routes.push(route);
    }
    let document = json!({
        "_format_version": "3.0",
        "services": [{ "name": "api", "url": "http://127.0.0.1:9000", "routes": routes }],
    });
    documents(&[document], writer)
}

/// A path, and the headers for all below it.
struct Block {
    path: String,
    headers: Vec<(&'static str, String)>,
}

/// Static headers: one origin, or all of them.
fn blocks(plans: &[Plan], writer: &mut Writer) -> Vec<Block> {
    let mut blocks = Vec::new();
    for plan in plans {
        let patterns = plan.patterns(|origin| writer.left_out(&origin.written, &origin.span));
        let origin = match patterns.as_slice() {
            [Pattern::Exact(text), rest @ ..] => {
                for other in rest {
                    writer.left_out(other.expression(), &(0..0));
                }
                text.clone()
            }
            patterns if patterns.contains(&Pattern::Any) && !plan.credentials => "*".to_owned(),
            _ => {
                writer.left_out(format!("all origins of {}", plan.path), &(0..0));
                continue;
            }
        };
        let mut headers = vec![("Access-Control-Allow-Origin", origin)];
        if plan.credentials {
            headers.push(("Access-Control-Allow-Credentials", "true".to_owned()));
        }
        for (name, list) in [
            ("Access-Control-Allow-Methods", &plan.methods),
            ("Access-Control-Allow-Headers", &plan.headers),
            ("Access-Control-Expose-Headers", &plan.expose),
        ] {
            if let Some(names) = names(list) {
                headers.push((name, names.join(", ")));
            }
        }
        if let Some(max_age) = plan.max_age {
            headers.push(("Access-Control-Max-Age", max_age.to_string()));
        }
        blocks.push(Block { path: plan.path.trim_end_matches('/').to_owned(), headers });
    }
    blocks
}

pub(super) fn vercel(plans: &[Plan], writer: &mut Writer) -> String {
    let blocks: Vec<Value> = blocks(plans, writer)
        .into_iter()
        .map(|block| {
            let headers: Vec<Value> = block
                .headers
                .iter()
                .map(|(name, value)| json!({ "key": name, "value": value }))
                .collect();
            json!({ "source": format!("{}/(.*)", block.path), "headers": headers })
        })
        .collect();
    format!("{:#}\n", json!({ "headers": blocks }))
}

/// `netlify.toml`. A basic string of TOML is written as one of JSON.
pub(super) fn netlify(plans: &[Plan], writer: &mut Writer) -> String {
    let blocks = blocks(plans, writer);
    let mut text = writer.comments("#");
    for block in blocks {
        let path = json!(format!("{}/*", block.path));
        let _ = write!(text, "\n[[headers]]\n  for = {path}\n  [headers.values]\n");
        for (name, value) in block.headers {
            let _ = writeln!(text, "    {name} = {}", json!(value));
        }
    }
    text
}
