//! The Gateway API, Envoy Gateway and Istio.

use serde_json::{Value, json};

use super::{Plan, Writer};
use crate::Depth;
use crate::neutral::Names;
use crate::origins::Pattern;

pub(super) fn gateway_api(plans: &[Plan], writer: &mut Writer) -> String {
    let routes: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let cors = cors(plan, writer);
            let mut spec = json!({
                "parentRefs": [{ "name": "gateway" }],
                "rules": [{
                    "matches": [{ "path": { "type": "PathPrefix", "value": path(plan) } }],
                    "filters": [{ "type": "CORS", "cors": cors }],
                    "backendRefs": [{ "name": "api", "port": 9000 }],
                }],
            });
            if let Some(host) = &plan.host {
                spec["hostnames"] = json!([host]);
            }
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "HTTPRoute",
                "metadata": { "name": "api" },
                "spec": spec,
            })
        })
        .collect();
    documents(&numbered(routes), writer)
}

pub(super) fn envoy_gateway(plans: &[Plan], writer: &mut Writer) -> String {
    let policies: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut cors = cors(plan, writer);
            // The same number, as a duration.
            if let Some(seconds) = cors["maxAge"].as_i64() {
                cors["maxAge"] = json!(format!("{seconds}s"));
            }
            json!({
                "apiVersion": "gateway.envoyproxy.io/v1alpha1",
                "kind": "SecurityPolicy",
                "metadata": { "name": "cors" },
                "spec": {
                    "targetRefs": [{
                        "group": "gateway.networking.k8s.io",
                        "kind": "HTTPRoute",
                        "name": "api",
                    }],
                    "cors": cors,
                },
            })
        })
        .collect();
    documents(&numbered(policies), writer)
}

pub(super) fn agentgateway(plans: &[Plan], writer: &mut Writer) -> String {
    let policies: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut cors = cors(plan, writer);
            if let Some(seconds) = cors["maxAge"].as_i64() {
                cors["maxAge"] = json!(format!("{seconds}s"));
            }
            json!({
                "apiVersion": "agentgateway.dev/v1alpha1",
                "kind": "AgentgatewayPolicy",
                "metadata": { "name": "cors" },
                "spec": {
                    "targetRefs": [{
                        "group": "gateway.networking.k8s.io",
                        "kind": "HTTPRoute",
                        "name": "api",
                    }],
                    "traffic": { "cors": cors },
                },
            })
        })
        .collect();
    documents(&numbered(policies), writer)
}

pub(super) fn istio(plans: &[Plan], writer: &mut Writer) -> String {
    let services: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut origins = Vec::new();
            for origin in &plan.origins {
                let exact: Option<Vec<&String>> = origin
                    .patterns
                    .iter()
                    .map(|pattern| match pattern {
                        Pattern::Exact(text) => Some(text),
                        _ => None,
                    })
                    .collect();
                match (exact, origin.as_expression()) {
                    (Some(exact), _) if origin.is_whole => {
                        origins.extend(exact.into_iter().map(|text| json!({ "exact": text })));
                    }
                    (_, Some(expression)) => origins.push(json!({ "regex": expression })),
                    (_, None) => writer.left_out(&origin.written, &origin.span),
                }
            }
            let mut policy = json!({
                "allowOrigins": origins,
                "allowMethods": methods(plan),
                "allowCredentials": plan.credentials,
            });
            fill(&mut policy, plan, "allowHeaders", "exposeHeaders");
            if let Some(max_age) = plan.max_age {
                policy["maxAge"] = json!(format!("{max_age}s"));
            }
            json!({
                "apiVersion": "networking.istio.io/v1",
                "kind": "VirtualService",
                "metadata": { "name": "api" },
                "spec": {
                    "hosts": [plan.host.as_deref().unwrap_or("*")],
                    "http": [{
                        "match": [{ "uri": { "prefix": path(plan) } }],
                        "corsPolicy": policy,
                        "route": [{ "destination": { "host": "api", "port": { "number": 9000 } } }],
                    }],
                },
            })
        })
        .collect();
    documents(&numbered(services), writer)
}

/// The filter that the Gateway API and Envoy Gateway share.
fn cors(plan: &Plan, writer: &mut Writer) -> Value {
    let mut origins = Vec::new();
    for pattern in plan.patterns(|origin| writer.left_out(&origin.written, &origin.span)) {
        match &pattern {
            Pattern::Any => origins.push("*".to_owned()),
            Pattern::Exact(text) if text != "null" => origins.push(text.clone()),
            Pattern::Labels { scheme, host, depth: Depth::Any } => {
                origins.push(format!("{scheme}://*.{host}"));
            }
            other => writer.left_out(other.expression(), &(0..0)),
        }
    }
    let mut cors = json!({
        "allowOrigins": origins,
        "allowMethods": methods(plan),
    });
    if plan.credentials {
        cors["allowCredentials"] = json!(true);
    }
    fill(&mut cors, plan, "allowHeaders", "exposeHeaders");
    if let Some(max_age) = plan.max_age.filter(|age| *age > 0) {
        cors["maxAge"] = json!(max_age);
    }
    cors
}

fn methods(plan: &Plan) -> Vec<String> {
    plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()])
}

fn fill(object: &mut Value, plan: &Plan, headers: &str, expose: &str) {
    match &plan.headers {
        Names::Listed(names) if names.is_empty() => {}
        Names::Listed(names) => object[headers] = json!(names),
        Names::Star | Names::Mirrored => object[headers] = json!(["*"]),
    }
    if !plan.expose.is_empty() {
        object[expose] = json!(plan.listed_expose());
    }
}

fn path(plan: &Plan) -> &str {
    match plan.path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// Names that are not given twice.
fn numbered(mut documents: Vec<Value>) -> Vec<Value> {
    if documents.len() > 1 {
        for (index, document) in documents.iter_mut().enumerate() {
            let name = document["metadata"]["name"].as_str().unwrap_or("api").to_owned();
            document["metadata"]["name"] = json!(format!("{name}-{}", index + 1));
        }
    }
    documents
}

pub(super) fn documents(documents: &[Value], writer: &Writer) -> String {
    let mut text = writer.comments("#");
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        yaml(document, 0, &mut text);
    }
    text
}

/// YAML in blocks, with every text in quotes that could be taken for anything else.
pub(super) fn yaml(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                text.push_str(&" ".repeat(indent));
                text.push_str(&scalar(&Value::String(key.clone())));
                text.push(':');
                below(value, indent, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&" ".repeat(indent));
                let mut inner = String::new();
                if is_block(item) {
                    yaml(item, indent + 2, &mut inner);
                    text.push_str("- ");
                    text.push_str(inner.trim_start());
                } else {
                    text.push_str(&format!("- {}\n", scalar(item)));
                }
            }
        }
        other => text.push_str(&format!("{}\n", scalar(other))),
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    if is_block(value) {
        text.push('\n');
        yaml(value, indent + 2, text);
    } else {
        text.push_str(&format!(" {}\n", scalar(value)));
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn scalar(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let is_plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'/')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.clone() } else { value.to_string() }
}
