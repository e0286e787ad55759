//! `corsage.toml`

use corsage::server::PolicyDraft;
use corsage::terms::{BundledPublicSuffixes, PublicSuffixes};
use toml::{Table, Value};

use super::{Plan, Writer};
use crate::Depth;
use crate::neutral::Names;
use crate::origins::Pattern;

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let entries: Vec<Table> = plans
        .iter()
        .enumerate()
        .map(|(index, plan)| entry(plan, index, plans.len(), writer))
        .collect();
    let mut text = writer.comments("#");
    // The longest path first: the first policy that fits decides.
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(plans[index].path.len()));
    for index in order {
        text.push_str("\n[[policy]]\n");
        text.push_str(&toml::to_string(&entries[index]).unwrap_or_default());
    }
    text
}

fn entry(plan: &Plan, index: usize, count: usize, writer: &mut Writer) -> Table {
    let mut table = Table::new();
    let strings = |values: &[String]| {
        Value::Array(values.iter().map(|value| Value::String(value.clone())).collect())
    };
    if count > 1 {
        table.insert("name".to_owned(), Value::String(format!("policy-{}", index + 1)));
    }
    if let Some(host) = &plan.host {
        table.insert("hosts".to_owned(), strings(std::slice::from_ref(host)));
    }
    if plan.path != "/" {
        let path = plan.path.trim_end_matches('/').to_owned();
        table.insert("paths".to_owned(), strings(&[path]));
    }
    let patterns = plan.patterns(|origin| writer.left_out(&origin.written, &origin.span));
    let mut origins = Vec::new();
    for pattern in &patterns {
        match notation(pattern) {
            Some(origin) => origins.push(origin),
            None => writer.left_out(pattern.expression(), &(0..0)),
        }
    }
    table.insert("allow_origins".to_owned(), strings(&origins));
    let mut list = |key: &str, names: &Names| match names {
        Names::Listed(names) if names.is_empty() => {}
        Names::Listed(names) => {
            table.insert(key.to_owned(), strings(names));
        }
        Names::Star | Names::Mirrored => {
            table.insert(key.to_owned(), strings(&["*".to_owned()]));
        }
    };
    list("allow_methods", &plan.methods);
    list("allow_headers", &plan.headers);
    list("expose_headers", &plan.expose);
    if plan.credentials {
        table.insert("allow_credentials".to_owned(), Value::Boolean(true));
    }
    if let Some(max_age) = plan.max_age {
        // The core refuses what no browser remembers for so long.
        table.insert("max_age".to_owned(), Value::Integer(max_age.min(86_400)));
    }
    let waivers = waivers(plan, &origins);
    if !waivers.is_empty() {
        let mut tolerated = Table::new();
        for waiver in waivers {
            let reason = format!("as it was in {}: decide whether it has to be", writer.source);
            tolerated.insert(waiver.to_owned(), Value::String(reason));
        }
        table.insert("tolerate".to_owned(), Value::Table(tolerated));
    }
    table
}

fn notation(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::Any => Some("*".to_owned()),
        Pattern::Exact(text) => Some(text.clone()),
        Pattern::AnyPort(text) => Some(format!("{text}:*")),
        Pattern::Labels { scheme, host, depth: Depth::Any } => Some(format!("{scheme}://*.{host}")),
        Pattern::Labels { scheme, host, depth: Depth::One } => {
            let text = format!("{scheme}://?.{host}");
            PolicyDraft::new().origins([&text]).compile().is_ok().then_some(text)
        }
    }
}

/// What the core refuses without a reason.
fn waivers(plan: &Plan, origins: &[String]) -> Vec<&'static str> {
    let mut waivers = Vec::new();
    if plan.credentials {
        if origins.iter().any(|origin| origin == "*") {
            waivers.push("any-origin-with-credentials");
        }
        let is_insecure = |origin: &&String| {
            origin.starts_with("http://")
                && !["http://localhost", "http://127.", "http://[::1]"]
                    .iter()
                    .any(|local| origin.starts_with(local))
        };
        if origins.iter().any(|origin| is_insecure(&origin)) {
            waivers.push("insecure-origins");
        }
        let is_suffix = |origin: &String| {
            origin.split_once("*.").or_else(|| origin.split_once("?.")).is_some_and(|(_, host)| {
                let host = host.split(':').next().unwrap_or(host);
                BundledPublicSuffixes.is_public_suffix(host)
            })
        };
        if origins.iter().any(is_suffix) {
            waivers.push("public-suffix-subdomains");
        }
    }
    if origins.iter().any(|origin| origin == "null") {
        waivers.push("null-origin");
    }
    waivers
}
