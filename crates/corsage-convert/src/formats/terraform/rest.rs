//! API Gateway's REST APIs: responses of integrations with fixed headers.

use crate::document::{Node, Value};
use crate::formats::cloud::{Fixed, Mock, MockPath, quoted};
use crate::{NotRead, Program, Refused};

const KIND: &str = "aws_api_gateway_integration_response";
/// What stands before a header's name.
const BEFORE: &str = "method.response.header.";

/// The REST API of a text; nothing where none sets a header of CORS.
pub(super) fn read(document: &Node, text: &str) -> Result<Option<Box<dyn Program>>, NotRead> {
    let mut paths: Vec<(String, MockPath)> = Vec::new();
    for resource in document.each("resource") {
        let Some(of_kind) = resource.get(KIND) else { continue };
        for entry in of_kind.entries() {
            let Some(headers) = fixed(&entry.node)? else { continue };
            let method = method(document, &entry.node, text)?;
            let status = entry.node.get("status_code").and_then(Node::as_str);
            let status = status.and_then(|text| text.parse().ok()).unwrap_or(200);
            let owner = written(entry.node.get("resource_id"), text);
            let at = paths.iter().position(|(other, _)| *other == owner).unwrap_or_else(|| {
                let path = path(document, &owner, text);
                let span = entry.node.span.clone();
                paths.push((owner, MockPath { path, span, ..MockPath::default() }));
                paths.len() - 1
            });
            let found = &mut paths[at].1;
            if method == "OPTIONS" {
                found.options = Some((status, headers));
            } else {
                found.responses.push((method, headers));
            }
        }
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let paths = paths.into_iter().map(|(_, path)| path).collect();
    Ok(Some(Box::new(Mock { paths })))
}

/// The fixed headers of a response; nothing where it sets none of CORS.
fn fixed(node: &Node) -> Result<Option<Fixed>, NotRead> {
    let Some(parameters) = node.get("response_parameters") else { return Ok(None) };
    if let Value::Unread(why) = parameters.value {
        let span = parameters.span.clone();
        return Err(NotRead::refused(Refused::new(span, "response_parameters", why)));
    }
    let headers = parameters
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.key.strip_prefix(BEFORE)?, &entry.node)))
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.starts_with("access-control-") || name == "vary"
        })
        .map(|(name, node)| Ok((name.to_owned(), quoted(node)?)))
        .collect::<Result<Fixed, NotRead>>()?;
    Ok((!headers.is_empty()).then_some(headers))
}

/// The method of a response: said, or that of the method that is referred to.
fn method(document: &Node, node: &Node, text: &str) -> Result<String, NotRead> {
    let Some(http_method) = node.get("http_method") else {
        return Err(node.rejected("http_method"));
    };
    if let Some(method) = http_method.as_str() {
        return Ok(method.to_owned());
    }
    let reference = written(Some(http_method), text);
    let mut words = reference.trim_matches(['"', '$', '{', '}']).split('.');
    let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let name = name.split('[').next().unwrap_or_default();
    let found = document
        .each("resource")
        .into_iter()
        .find_map(|resource| resource.at(&[kind, name, "http_method"])?.as_str());
    found.map(str::to_owned).ok_or_else(|| http_method.refused("http_method"))
}

fn written(node: Option<&Node>, text: &str) -> String {
    let written = node.and_then(|node| text.get(node.span.clone())).unwrap_or_default();
    written.trim().to_owned()
}

/// The path of a resource, as far as the text says it; its name where it does not.
fn path(document: &Node, reference: &str, text: &str) -> String {
    let name_of = |reference: &str| {
        let mut words = reference.trim_matches(['"', '$', '{', '}']).split('.');
        let kind = words.next()?;
        let name = words.next()?.split('[').next()?.to_owned();
        (kind == "aws_api_gateway_resource").then_some(name)
    };
    let mut parts = Vec::new();
    let mut at = name_of(reference);
    while let Some(name) = at.take() {
        if parts.len() > 32 {
            break;
        }
        let resource = document
            .each("resource")
            .into_iter()
            .find_map(|resource| resource.at(&["aws_api_gateway_resource", name.as_str()]));
        match resource.and_then(|resource| resource.get("path_part")).and_then(Node::as_str) {
            Some(part) => parts.push(part.to_owned()),
            None => parts.push(name),
        }
        at = resource.and_then(|resource| name_of(&written(resource.get("parent_id"), text)));
    }
    parts.reverse();
    format!("/{}", parts.join("/"))
}
