//! From Kong's documents to routes.

use super::Kong;
use super::plugin::Cors;
use super::route::Route;
use crate::document::{self, Node};
use crate::formats::several::{self, Parts};
use crate::{NotRead, Program, Source};

/// Plugins that answer by themselves, or that touch the headers of responses in ways of their own.
const MEDDLING: &[&str] = &[
    "request-termination",
    "response-transformer",
    "response-transformer-advanced",
    "pre-function",
    "post-function",
    "proxy-cache",
    "proxy-cache-advanced",
];

pub(super) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents = document::read_all(source.text)?;
    let mut parts: Parts = Vec::new();
    for document in &documents {
        let kind = document.get("kind").and_then(Node::as_str).unwrap_or_default();
        match kind {
            "KongPlugin" | "KongClusterPlugin" => {
                let plugin = document.get("plugin").and_then(Node::as_str);
                if plugin == Some("cors") && is_enabled(document)? {
                    if let Some(node) = document.get("configFrom") {
                        return Err(node.refused("configFrom"));
                    }
                    let name = document.at(&["metadata", "name"]).and_then(Node::as_str);
                    let cors = Cors::of(document.get("config"))?;
                    parts.push((name.unwrap_or("cors").to_owned(), everywhere(cors)));
                }
            }
            // Other objects: which plugins stand on them is said by name.
            _ if document.get("apiVersion").is_some()
                && document.get("_format_version").is_none() => {}
            _ if document.get("name").and_then(Node::as_str) == Some("cors")
                && document.get("services").is_none() =>
            {
                parts.push(("cors".to_owned(), everywhere(Cors::of(document.get("config"))?)));
            }
            _ => {
                if let Some(program) = declarative(document, source.text)? {
                    parts.push(("kong".to_owned(), program));
                } else if let [plugin] = document.items()
                    && plugin.get("name").and_then(Node::as_str) == Some("cors")
                {
                    let cors = Cors::of(plugin.get("config"))?;
                    parts.push(("cors".to_owned(), everywhere(cors)));
                }
            }
        }
    }
    several::one_of(parts, source, "no cors plugin")
}

/// One plugin that stands on everything.
pub(crate) fn everywhere(cors: Cors) -> Box<dyn Program> {
    let route = Route { prefixes: vec!["/".to_owned()], ..Route::default() };
    Box::new(Kong { routes: vec![(route, Some(cors.clone()))], global: Some(cors) })
}

struct Reader<'d> {
    document: &'d Node,
    text: &'d str,
}

fn declarative(document: &Node, text: &str) -> Result<Option<Box<dyn Program>>, NotRead> {
    let reader = Reader { document, text };
    let global = reader.global()?;
    let mut routes: Vec<(Route, Option<Cors>)> = Vec::new();
    for service in document.get("services").map_or(&[][..], Node::items) {
        let on_service = reader.plugin(service, "service")?.or_else(|| global.clone());
        for route in reader.routes_of(service) {
            let cors = reader.plugin(route, "route")?.or_else(|| on_service.clone());
            routes.push((reader.route(route)?, cors));
        }
    }
    for route in document.get("routes").map_or(&[][..], Node::items) {
        if route.get("service").is_none() {
            let cors = reader.plugin(route, "route")?.or_else(|| global.clone());
            routes.push((reader.route(route)?, cors));
        }
    }
    if routes.is_empty() {
        return Ok(global.map(everywhere));
    }
    if routes.iter().all(|(_, cors)| cors.is_none()) {
        return Ok(None);
    }
    routes.sort_by_key(|(route, _)| route.rank());
    Ok(Some(Box::new(Kong { routes, global })))
}

impl<'d> Reader<'d> {
    /// The routes under a service, and those elsewhere that name it.
    fn routes_of(&self, service: &'d Node) -> Vec<&'d Node> {
        let mut routes: Vec<&Node> =
            service.get("routes").map_or(&[][..], Node::items).iter().collect();
        let name = service.get("name").and_then(Node::as_str);
        let named = self
            .document
            .get("routes")
            .map_or(&[][..], Node::items)
            .iter()
            .filter(|route| name.is_some() && refers(route, "service") == name);
        routes.extend(named);
        routes
    }

    /// The plugin that stands on a service or on a route.
    fn plugin(&self, owner: &'d Node, what: &str) -> Result<Option<Cors>, NotRead> {
        let own = owner.get("plugins").map_or(&[][..], Node::items).iter();
        let name = owner.get("name").and_then(Node::as_str);
        let named = self
            .document
            .get("plugins")
            .map_or(&[][..], Node::items)
            .iter()
            .filter(|plugin| name.is_some() && refers(plugin, what) == name);
        self.cors(own.chain(named))
    }

    /// The plugin that stands on everything.
    fn global(&self) -> Result<Option<Cors>, NotRead> {
        let plugins = self.document.get("plugins").map_or(&[][..], Node::items).iter();
        self.cors(
            plugins.filter(|plugin| {
                ["service", "route"].iter().all(|key| refers(plugin, key).is_none())
            }),
        )
    }

    fn cors(&self, plugins: impl Iterator<Item = &'d Node>) -> Result<Option<Cors>, NotRead> {
        let mut found = None;
        for plugin in plugins {
            let name = plugin.get("name").and_then(Node::as_str).unwrap_or_default();
            if !is_enabled(plugin)? {
                continue;
            }
            if name == "cors" {
                for key in ["consumer", "consumer_group"] {
                    if let Some(node) = plugin.get(key) {
                        return Err(node.refused(key));
                    }
                }
                found = Some(Cors::of(plugin.get("config"))?);
            } else if MEDDLING.contains(&name) && self.is_about_cors(plugin) {
                return Err(plugin.refused(name));
            }
        }
        Ok(found)
    }

    fn is_about_cors(&self, plugin: &Node) -> bool {
        let written = self.text.get(plugin.span.clone()).unwrap_or_default();
        let values = values(plugin);
        std::iter::once(written).chain(values.iter().map(String::as_str)).any(|text| {
            let text = text.to_ascii_lowercase();
            ["access-control-", "vary", "options", "origin"].iter().any(|part| text.contains(part))
        })
    }

    fn route(&self, node: &Node) -> Result<Route, NotRead> {
        let mut route = Route::default();
        for path in node.get("paths").map_or(&[][..], Node::items) {
            let text = path.text("paths")?;
            route.add_path(&text).ok_or_else(|| path.refused(&text))?;
        }
        let list = |key: &str| node.get(key).map_or(Ok(Vec::new()), |node| node.texts(key));
        route.hosts = list("hosts")?;
        route.methods = list("methods")?;
        if let Some(priority) = node.get("regex_priority") {
            route.regex_priority = priority.integer("regex_priority")?;
        }
        for key in ["headers", "expression", "snis"] {
            if let Some(node) =
                node.get(key).filter(|node| !node.entries().is_empty() || node.as_str().is_some())
            {
                return Err(node.refused(key));
            }
        }
        Ok(route)
    }
}

/// The name of what a plugin or a route says that it belongs to.
fn refers<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    let node = node.get(key)?;
    node.as_str().or_else(|| node.get("name")?.as_str())
}

fn is_enabled(plugin: &Node) -> Result<bool, NotRead> {
    let disabled = plugin.get("disabled").map_or(Ok(false), |node| node.boolean("disabled"))?;
    let enabled = plugin.get("enabled").map_or(Ok(true), |node| node.boolean("enabled"))?;
    Ok(enabled && !disabled)
}

/// Every text within a node.
fn values(node: &Node) -> Vec<String> {
    let mut found: Vec<String> = node.as_str().map(str::to_owned).into_iter().collect();
    for item in node.items() {
        found.extend(values(item));
    }
    for entry in node.entries() {
        found.push(entry.key.clone());
        found.extend(values(&entry.node));
    }
    found
}
