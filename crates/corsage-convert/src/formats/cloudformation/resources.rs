//! Resources by their types.

use super::{api, sam};
use crate::document::{Node, Value};
use crate::formats::cloud::{Names, Product, gateway};
use crate::formats::several::Parts;
use crate::formats::{cloudfront, s3};
use crate::{NotRead, Program, Refused, Why};

/// How deep resources are looked for.
const MAX_DEPTH: usize = 12;

/// Every program in some documents.
pub(super) fn all(documents: &[Node]) -> Result<Parts, NotRead> {
    let mut resources = Vec::new();
    let mut globals = None;
    for document in documents {
        collect(document, "", &mut resources, 0);
        globals = globals.or_else(|| document.get("Globals"));
    }
    let template = sam::Template { globals, resources: &resources };
    let mut parts: Parts = Vec::new();
    for (name, node) in &resources {
        if let Some(program) = program(node, &template)? {
            parts.push(((*name).to_owned(), program));
        }
    }
    if let Some(program) = sam::implicit_api(&template)? {
        parts.push(("ServerlessRestApi".to_owned(), program));
    }
    if let Some(program) = sam::implicit_http_api(&template)? {
        parts.push(("ServerlessHttpApi".to_owned(), program));
    }
    if let Some(program) = api::methods(&resources)? {
        parts.push(("rest-api".to_owned(), program));
    }
    // Pieces of a template may hold a definition without the resource around it.
    if parts.is_empty() {
        for document in documents {
            if let Some(program) = api::cors(document)? {
                parts.push(("api".to_owned(), program));
            }
        }
    }
    Ok(parts)
}

/// Maps that say what type of resource they are.
fn collect<'n>(node: &'n Node, name: &'n str, found: &mut Vec<(&'n str, &'n Node)>, depth: usize) {
    let kind = node.get("Type").and_then(Node::as_str);
    if kind.is_some_and(|kind| kind.starts_with("AWS::")) {
        found.push((name, node));
        return;
    }
    if depth < MAX_DEPTH {
        for entry in node.entries() {
            collect(&entry.node, &entry.key, found, depth + 1);
        }
    }
}

fn program(
    resource: &Node,
    template: &sam::Template<'_>,
) -> Result<Option<Box<dyn Program>>, NotRead> {
    let Some(properties) = resource.get("Properties") else { return Ok(None) };
    let kind = resource.get("Type").and_then(Node::as_str).unwrap_or_default();
    match kind {
        "AWS::S3::Bucket" => {
            let Some(cors) = known(properties, "CorsConfiguration")? else { return Ok(None) };
            known(cors, "CorsRules")?;
            s3::cloudformation(&cors.each("CorsRules")).map(Some)
        }
        "AWS::ApiGatewayV2::Api" => match known(properties, "CorsConfiguration")? {
            Some(cors) => Ok(Some(Box::new(gateway(cors, &Names::PASCAL, Product::HttpApi)?))),
            None => properties.get("Body").map_or(Ok(None), api::cors),
        },
        "AWS::ApiGateway::RestApi" => properties.get("Body").map_or(Ok(None), api::mocks),
        "AWS::Lambda::Url" => url(properties),
        "AWS::Serverless::Function" => properties.get("FunctionUrlConfig").map_or(Ok(None), url),
        "AWS::Serverless::HttpApi" => sam::http_api(properties, template),
        "AWS::Serverless::Api" => sam::api(properties, template),
        "AWS::CloudFront::ResponseHeadersPolicy" => {
            let config = properties.at(&["ResponseHeadersPolicyConfig", "CorsConfig"]);
            config.map(|cors| cloudfront::policy(cors, &cloudfront::Names::PASCAL)).transpose()
        }
        _ => Ok(None),
    }
}

fn url(node: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    let Some(cors) = known(node, "Cors")? else { return Ok(None) };
    Ok(Some(Box::new(gateway(cors, &Names::PASCAL, Product::FunctionUrl)?)))
}

/// A property that is there and in the text.
pub(super) fn known<'n>(node: &'n Node, key: &str) -> Result<Option<&'n Node>, NotRead> {
    match node.get(key) {
        None | Some(Node { value: Value::Null, .. }) => Ok(None),
        Some(Node { value: Value::Unread(why), span }) => {
            Err(NotRead::refused(Refused::new(span.clone(), key, *why)))
        }
        Some(node) => Ok(Some(node)),
    }
}

/// Something has no model here.
pub(super) fn not_modelled(node: &Node, what: &str) -> NotRead {
    NotRead::refused(Refused::new(node.span.clone(), what, Why::NotModelled))
}
