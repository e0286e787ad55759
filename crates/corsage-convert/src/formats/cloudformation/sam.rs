//! SAM's APIs: `Cors` makes a mock that answers `OPTIONS` on every path, `CorsConfiguration` an HTTP API's CORS.

use super::api;
use super::resources::{known, not_modelled};
use crate::document::{Node, Value};
use crate::formats::cloud::{Fixed, Gateway, Mock, MockPath, Names, Product, gateway, quoted};
use crate::{NotRead, Program, Span};

/// What `any` stands for.
const ANY: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT";

/// What APIs take from around them.
pub(super) struct Template<'n> {
    pub(super) globals: Option<&'n Node>,
    pub(super) resources: &'n [(&'n str, &'n Node)],
}

/// A path of a function, and its method.
struct Event<'n> {
    path: &'n str,
    method: String,
    span: Span,
    api: Option<&'n Node>,
}

impl<'n> Template<'n> {
    fn global(&self, kind: &str, key: &str) -> Result<Option<&'n Node>, NotRead> {
        match self.globals.and_then(|globals| globals.get(kind)) {
            Some(kind) => known(kind, key),
            None => Ok(None),
        }
    }

    /// The events of a type of all functions.
    fn events(&self, kind: &str) -> Vec<Event<'n>> {
        let functions = self.resources.iter().filter(|(_, resource)| {
            resource.get("Type").and_then(Node::as_str) == Some("AWS::Serverless::Function")
        });
        let events = functions
            .filter_map(|(_, resource)| resource.at(&["Properties", "Events"]))
            .flat_map(Node::entries);
        events
            .filter(|event| event.node.get("Type").and_then(Node::as_str) == Some(kind))
            .filter_map(|event| {
                let properties = event.node.get("Properties")?;
                let method = properties.get("Method").and_then(Node::as_str).unwrap_or("any");
                let key = if kind == "Api" { "RestApiId" } else { "ApiId" };
                Some(Event {
                    path: properties.get("Path")?.as_str()?,
                    method: method.to_ascii_uppercase(),
                    span: event.key_span.clone(),
                    api: properties.get(key),
                })
            })
            .collect()
    }
}

/// A resource `AWS::Serverless::HttpApi`.
pub(super) fn http_api(
    properties: &Node,
    template: &Template<'_>,
) -> Result<Option<Box<dyn Program>>, NotRead> {
    let own = known(properties, "CorsConfiguration")?;
    let cors = match own {
        Some(cors) => Some(cors),
        None => template.global("HttpApi", "CorsConfiguration")?,
    };
    match cors {
        Some(cors) => http_cors(cors),
        None => properties.get("DefinitionBody").map_or(Ok(None), api::definition),
    }
}

/// The HTTP API that functions share which name none.
pub(super) fn implicit_http_api(
    template: &Template<'_>,
) -> Result<Option<Box<dyn Program>>, NotRead> {
    let cors = template.global("HttpApi", "CorsConfiguration")?;
    match cors {
        Some(cors) if template.events("HttpApi").iter().any(|event| event.api.is_none()) => {
            http_cors(cors)
        }
        _ => Ok(None),
    }
}

fn http_cors(cors: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    match &cors.value {
        Value::Boolean(false) => Ok(None),
        // By itself this opens the API to every origin, and grants no method and no header.
        Value::Boolean(true) => {
            let origins = vec![("*".to_owned(), cors.span.clone())];
            Ok(Some(Box::new(Gateway {
                product: Product::HttpApi,
                origins,
                methods: Vec::new(),
                headers: Vec::new(),
                expose: Vec::new(),
                max_age: None,
                credentials: false,
            })))
        }
        _ => Ok(Some(Box::new(gateway(cors, &Names::PASCAL, Product::HttpApi)?))),
    }
}

/// A resource `AWS::Serverless::Api`.
pub(super) fn api(
    properties: &Node,
    template: &Template<'_>,
) -> Result<Option<Box<dyn Program>>, NotRead> {
    let cors = match known(properties, "Cors")? {
        Some(cors) => Some(cors),
        None => template.global("Api", "Cors")?,
    };
    let Some(cors) = cors else {
        return properties.get("DefinitionBody").map_or(Ok(None), api::definition);
    };
    if let Some(body) = properties.get("DefinitionBody") {
        if matches!(body.value, Value::Unread(_)) {
            return Err(not_modelled(body, "DefinitionBody"));
        }
        let paths: Vec<(String, Vec<String>, Span)> = body
            .get("paths")
            .map_or(&[][..], Node::entries)
            .iter()
            .map(|path| {
                let methods = path.node.entries().iter().map(|one| one.key.to_ascii_uppercase());
                (path.key.clone(), methods.collect(), path.key_span.clone())
            })
            .collect();
        // Where the definition answers `OPTIONS` itself, nothing is put in its place.
        let has_options =
            |path: &(String, Vec<String>, Span)| path.1.iter().any(|method| method == "OPTIONS");
        let (own, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(has_options);
        let mut made = api::mock_paths(body)?;
        made.retain(|path| own.iter().any(|(other, ..)| *other == path.path));
        if !others.is_empty() || made.is_empty() {
            made.extend(mocks(cors, others)?);
        }
        return Ok(Some(Box::new(Mock { paths: made })));
    }
    // References are not followed: an event that names an API is taken for one of this.
    let events = template.events("Api");
    mock(cors, grouped(events.iter().filter(|event| event.api.is_some()))).map(Some)
}

/// The API that functions share which name none.
pub(super) fn implicit_api(template: &Template<'_>) -> Result<Option<Box<dyn Program>>, NotRead> {
    let Some(cors) = template.global("Api", "Cors")? else { return Ok(None) };
    let events = template.events("Api");
    let paths = grouped(events.iter().filter(|event| event.api.is_none()));
    if paths.is_empty() { Ok(None) } else { mock(cors, paths).map(Some) }
}

/// Paths with their methods.
fn grouped<'e>(events: impl Iterator<Item = &'e Event<'e>>) -> Vec<(String, Vec<String>, Span)> {
    let mut paths: Vec<(String, Vec<String>, Span)> = Vec::new();
    for event in events {
        match paths.iter_mut().find(|(path, ..)| path == event.path) {
            Some((_, methods, _)) => methods.push(event.method.clone()),
            None => {
                let method = vec![event.method.clone()];
                paths.push((event.path.to_owned(), method, event.span.clone()));
            }
        }
    }
    paths
}

fn mock(cors: &Node, paths: Vec<(String, Vec<String>, Span)>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(Mock { paths: mocks(cors, paths)? }))
}

fn mocks(cors: &Node, paths: Vec<(String, Vec<String>, Span)>) -> Result<Vec<MockPath>, NotRead> {
    const KEYS: &[&str] =
        &["AllowOrigin", "AllowMethods", "AllowHeaders", "MaxAge", "AllowCredentials"];
    if let Some(entry) = cors.entries().iter().find(|entry| !KEYS.contains(&entry.key.as_str())) {
        return Err(entry.node.rejected(&entry.key));
    }
    let part = |key: &str| match cors.get(key) {
        None | Some(Node { value: Value::Null, .. }) => Ok(None),
        Some(node) => quoted(node).map(Some),
    };
    let (origin, methods) = match cors.as_str() {
        Some(_) => (Some(quoted(cors)?), None),
        None if !cors.entries().is_empty() => (part("AllowOrigin")?, part("AllowMethods")?),
        None => return Err(not_modelled(cors, "Cors")),
    };
    let credentials = match cors.get("AllowCredentials") {
        Some(node) => node.boolean("AllowCredentials")?,
        None => false,
    };
    if credentials && origin.as_deref().is_none_or(|origin| origin == "*") {
        return Err(cors.rejected("AllowCredentials with every origin"));
    }
    let (headers, max_age) = (part("AllowHeaders")?, part("MaxAge")?);
    // Where no path is in the text, the mock stands on whatever there is.
    let paths = if paths.is_empty() {
        let span = cors.span.clone();
        vec![("/{proxy+}".to_owned(), Vec::new(), span)]
    } else {
        paths
    };
    let paths = paths.into_iter().map(|(path, on_path, span)| {
        let methods = match &methods {
            Some(methods) => methods.clone(),
            None if on_path.is_empty() => return Err(not_modelled(cors, "no AllowMethods")),
            None if on_path.iter().any(|one| one == "ANY" || one == "*") => ANY.to_owned(),
            None => {
                let mut all = on_path;
                all.push("OPTIONS".to_owned());
                all.sort();
                all.dedup();
                all.join(",")
            }
        };
        let mut fixed: Fixed = vec![(
            "Access-Control-Allow-Origin".to_owned(),
            origin.clone().unwrap_or_else(|| "*".to_owned()),
        )];
        fixed.push(("Access-Control-Allow-Methods".to_owned(), methods));
        if let Some(headers) = &headers {
            fixed.push(("Access-Control-Allow-Headers".to_owned(), headers.clone()));
        }
        if let Some(max_age) = &max_age {
            fixed.push(("Access-Control-Max-Age".to_owned(), max_age.clone()));
        }
        if credentials {
            fixed.push(("Access-Control-Allow-Credentials".to_owned(), "true".to_owned()));
        }
        Ok(MockPath { path, options: Some((200, fixed)), span, ..MockPath::default() })
    });
    paths.collect()
}
