//! Envoy's own configuration.

use serde_json::{Value, json};

use super::kubernetes::documents;
use super::{Plan, Writer};
use crate::neutral::Names;
use crate::origins::Pattern;

const CORS: &str = "envoy.filters.http.cors";
const POLICY: &str = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let mut plans: Vec<&Plan> = plans.iter().collect();
    plans.sort_by_key(|plan| std::cmp::Reverse(plan.path.len()));
    let mut hosts: Vec<Option<&str>> = Vec::new();
    for plan in &plans {
        if !hosts.contains(&plan.host.as_deref()) {
            hosts.push(plan.host.as_deref());
        }
    }
    let virtual_hosts: Vec<Value> = hosts
        .iter()
        .enumerate()
        .map(|(index, host)| {
            let routes: Vec<Value> = plans
                .iter()
                .filter(|plan| plan.host.as_deref() == *host)
                .map(|plan| {
                    json!({
                        "match": { "prefix": plan.path },
                        "route": { "cluster": "api" },
                        "typed_per_filter_config": { CORS: policy(plan, writer) },
                    })
                })
                .collect();
            json!({
                "name": format!("api-{}", index + 1),
                "domains": [host.unwrap_or("*")],
                "routes": routes,
            })
        })
        .collect();
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "route_config": { "name": "local", "virtual_hosts": virtual_hosts },
        "http_filters": [
            { "name": CORS, "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors" } },
            { "name": "envoy.filters.http.router", "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } },
        ],
    });
    let document = json!({
        "static_resources": {
            "listeners": [{
                "name": "http",
                "address": { "socket_address": { "address": "127.0.0.1", "port_value": 8080 } },
                "filter_chains": [{ "filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": manager,
                }] }],
            }],
            "clusters": [{
                "name": "api",
                "type": "STATIC",
                "load_assignment": {
                    "cluster_name": "api",
                    "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": { "socket_address": {
                        "address": "127.0.0.1", "port_value": 9000,
                    } } } }] }],
                },
            }],
        },
    });
    documents(&[document], writer)
}

fn policy(plan: &Plan, writer: &mut Writer) -> Value {
    let mut matches = Vec::new();
    for origin in &plan.origins {
        let all_exact = origin.is_whole
            && origin.patterns.iter().all(|pattern| matches!(pattern, Pattern::Exact(_)));
        if all_exact {
            for pattern in &origin.patterns {
                if let Pattern::Exact(text) = pattern {
                    matches.push(json!({ "exact": text }));
                }
            }
            continue;
        }
        match origin.as_expression() {
            // Any matcher that takes the text `*` admits every origin, as this one does.
            Some(expression) => matches.push(json!({ "safe_regex": { "regex": expression } })),
            None => writer.left_out(&origin.written, &origin.span),
        }
    }
    let mut policy = json!({ "@type": POLICY, "allow_origin_string_match": matches });
    policy["allow_methods"] = match &plan.methods {
        Names::Listed(names) => {
            let mut all = vec!["GET".to_owned()];
            all.extend(names.iter().cloned());
            json!(all.join(","))
        }
        Names::Star | Names::Mirrored => json!("*"),
    };
    match &plan.headers {
        Names::Listed(names) if names.is_empty() => {}
        Names::Listed(names) => policy["allow_headers"] = json!(names.join(",")),
        Names::Star | Names::Mirrored => policy["allow_headers"] = json!("*"),
    }
    if !plan.expose.is_empty() {
        policy["expose_headers"] = json!(plan.listed_expose().join(","));
    }
    if plan.credentials {
        policy["allow_credentials"] = json!(true);
    }
    if let Some(max_age) = plan.max_age {
        policy["max_age"] = json!(max_age.to_string());
    }
    // A preflight of a page that gets nothing is answered here: nothing behind has to know CORS.
    policy["forward_not_matching_preflights"] = json!(false);
    policy
}
