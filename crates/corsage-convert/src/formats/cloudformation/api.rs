//! API Gateway's own words: the extensions of OpenAPI, and methods as resources.

use crate::document::{Node, Value};
use crate::formats::cloud::{Fixed, Mock, MockPath, Names, Product, gateway, quoted};
use crate::{NotRead, Program, Refused, Why};

const EXTENSION: &str = "x-amazon-apigateway-cors";
const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// What stands before a header's name.
const BEFORE: &str = "method.response.header.";
/// How deep the extension is looked for.
const MAX_DEPTH: usize = 12;

/// The HTTP API of a definition; nothing where it says nothing of CORS.
pub(crate) fn cors(definition: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    let Some(cors) = find(definition, 0) else { return Ok(None) };
    if let Value::Unread(why) = cors.value {
        return Err(NotRead::refused(Refused::new(cors.span.clone(), EXTENSION, why)));
    }
    Ok(Some(Box::new(gateway(cors, &Names::CAMEL, Product::HttpApi)?)))
}

fn find(node: &Node, depth: usize) -> Option<&Node> {
    if let Some(found) = node.get(EXTENSION) {
        return Some(found);
    }
    if depth > MAX_DEPTH {
        return None;
    }
    node.entries().iter().find_map(|entry| find(&entry.node, depth + 1))
}

/// The REST API of a definition whose integrations set headers of CORS.
pub(crate) fn mocks(definition: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    mock_paths(definition).map(program)
}

/// The paths of a definition whose integrations set headers of CORS.
pub(super) fn mock_paths(definition: &Node) -> Result<Vec<MockPath>, NotRead> {
    let mut paths = Vec::new();
    for path in definition.get("paths").map_or(&[][..], Node::entries) {
        let mut made =
            MockPath { path: path.key.clone(), span: path.key_span.clone(), ..MockPath::default() };
        for method in path.node.entries() {
            let Some(integration) = method.node.get(INTEGRATION) else { continue };
            let name = method.key.to_ascii_uppercase();
            let name =
                if name == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { name };
            let responses = integration.get("responses").map_or(&[][..], Node::entries);
            let response = |node: &Node| {
                let status = node.get("statusCode").and_then(scalar);
                let status = status.and_then(|text| text.parse().ok()).unwrap_or(200);
                Ok::<_, NotRead>((status, fixed(node.get("responseParameters"))?))
            };
            let default = responses.iter().find(|one| one.key == "default").or(responses.first());
            let Some(default) = default else { continue };
            let (status, headers) = response(&default.node)?;
            add(&mut made, name, status, headers);
        }
        if made.options.is_some() || !made.responses.is_empty() {
            paths.push(made);
        }
    }
    Ok(paths)
}

/// The REST API that methods make which are resources of their own.
pub(super) fn methods(resources: &[(&str, &Node)]) -> Result<Option<Box<dyn Program>>, NotRead> {
    let mut paths: Vec<MockPath> = Vec::new();
    for (name, resource) in resources {
        if resource.get("Type").and_then(Node::as_str) != Some("AWS::ApiGateway::Method") {
            continue;
        }
        let Some(properties) = resource.get("Properties") else { continue };
        let responses = properties.at(&["Integration", "IntegrationResponses"]);
        let Some(response) = responses.and_then(|list| list.items().first()) else { continue };
        let headers = fixed(response.get("ResponseParameters"))?;
        let method = properties
            .get("HttpMethod")
            .map_or(Ok("ANY".to_owned()), |node| node.text("HttpMethod"))?;
        let status = response.get("StatusCode").and_then(scalar);
        let status = status.and_then(|text| text.parse().ok()).unwrap_or(200);
        let mut made = MockPath {
            path: format!("/{name}"),
            span: resource.span.clone(),
            ..MockPath::default()
        };
        add(&mut made, method, status, headers);
        if made.options.is_some() || !made.responses.is_empty() {
            paths.push(made);
        }
    }
    Ok(program(paths))
}

fn program(paths: Vec<MockPath>) -> Option<Box<dyn Program>> {
    if paths.is_empty() { None } else { Some(Box::new(Mock { paths })) }
}

fn add(path: &mut MockPath, method: String, status: u16, headers: Fixed) {
    if headers.is_empty() {
        return;
    }
    if method == "OPTIONS" {
        path.options = Some((status, headers));
    } else {
        path.responses.push((method, headers));
    }
}

/// The headers of CORS among the parameters of a response.
fn fixed(parameters: Option<&Node>) -> Result<Fixed, NotRead> {
    parameters
        .map_or(&[][..], Node::entries)
        .iter()
        .filter_map(|entry| Some((entry.key.strip_prefix(BEFORE)?, &entry.node)))
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.starts_with("access-control-") || name == "vary"
        })
        .map(|(name, node)| Ok((name.to_owned(), quoted(node)?)))
        .collect()
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Value::String(text) | Value::Integer(text) => Some(text),
        _ => None,
    }
}

/// The program of a definition, whichever kind of API it is for.
pub(super) fn definition(node: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    if matches!(node.value, Value::Unread(_)) {
        return Err(NotRead::refused(Refused::new(
            node.span.clone(),
            "DefinitionBody",
            Why::Elsewhere,
        )));
    }
    match cors(node)? {
        Some(program) => Ok(Some(program)),
        None => mocks(node),
    }
}
