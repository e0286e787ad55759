//! Terraform's configuration: the resources that say CORS, and modules that hand the same on.
//!
//! A resource is known by its own words: `cors_rule` with `allowed_origins`, `cors_configuration` with
//! `allow_origins`. So pieces of a file, `.tfvars` and modules are read like the resources themselves. Each is a
//! program of its own.

mod rest;
mod shapes;

use crate::document::{self, Node, Value};
use crate::formats::several::{self, Parts};
use crate::{NotRead, Program, Source};

/// Blocks that only declare, or that belong to the tool.
const DECLARATIONS: &[&str] = &["variable", "locals", "output", "provider", "terraform", "data"];
/// Keys under which CORS is said.
const KEYS: &[&str] =
    &["cors", "cors_rule", "cors_rules", "cors_configuration", "cors_config", "cors_policy"];

/// Reads Terraform's configuration, in its own syntax or as JSON.
///
/// # Errors
/// What is not understood: values that come from variables, functions or other resources among it.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let document = if source.text.trim_start().starts_with('{') {
        let mut documents = document::read_all(source.text)?;
        if documents.is_empty() {
            Node { value: Value::Null, span: 0..source.text.len() }
        } else {
            documents.remove(0)
        }
    } else {
        document::read_hcl(source.text)?
    };
    let mut walk = Walk { parts: Vec::new() };
    for entry in document.entries() {
        if !DECLARATIONS.contains(&entry.key.as_str()) {
            walk.entry(&document, entry, "")?;
        }
    }
    if let Some(program) = rest::read(&document, source.text)? {
        walk.parts.push(("rest-api".to_owned(), program));
    }
    several::one_of(walk.parts, source, "no CORS that is known here")
}

/// Resources whose words alone say too little.
fn special(kind: &str, entry: &document::Entry) -> Result<Option<Parts>, NotRead> {
    let mut parts: Parts = Vec::new();
    for named in entry.node.entries() {
        let program = match kind {
            "konnect_gateway_plugin_cors"
            | "konnect_gateway_plugin"
            | "kong-gateway_plugin_cors" => named.node.get("config").map(shapes::kong),
            "cloudflare_r2_bucket_cors" => Some(shapes::r2(&named.node.each("rules"))),
            _ => return Ok(None),
        };
        if let Some(program) = program {
            parts.push((named.key.clone(), program?));
        }
    }
    Ok((!parts.is_empty()).then_some(parts))
}

struct Walk {
    parts: Parts,
}

impl Walk {
    /// Looks into one entry of a map; `name` is what stands around it.
    fn entry(&mut self, around: &Node, entry: &document::Entry, name: &str) -> Result<(), NotRead> {
        let key = entry.key.as_str();
        if KEYS.contains(&key) {
            // Blocks of one name are one list, which is read where the first of them stands.
            let is_first = around
                .entries()
                .iter()
                .find(|other| other.key == key)
                .is_some_and(|first| first.key_span == entry.key_span);
            if !is_first || entry.node.value == Value::Null {
                return Ok(());
            }
            if let Some(program) = shapes::program(key, around, entry)? {
                let name = if name.is_empty() { "cors" } else { name };
                self.parts.push((name.to_owned(), program));
                return Ok(());
            }
        }
        if let Some(program) = special(key, entry)? {
            self.parts.extend(program);
            return Ok(());
        }
        if key == "dynamic"
            && let Some(inner) =
                entry.node.entries().iter().find(|one| KEYS.contains(&one.key.as_str()))
        {
            let each = inner.node.get("for_each").unwrap_or(&inner.node);
            return Err(each.refused(&format!("dynamic {}", inner.key)));
        }
        self.within(&entry.node, if matches!(key, "resource" | "module") { name } else { key })
    }

    fn within(&mut self, node: &Node, name: &str) -> Result<(), NotRead> {
        for entry in node.entries() {
            self.entry(node, entry, name)?;
        }
        for item in node.items() {
            self.within(item, name)?;
        }
        Ok(())
    }
}
