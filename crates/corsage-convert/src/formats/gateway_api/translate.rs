//! The `CORS` filter, as each controller writes it for Envoy.

use crate::NotRead;
use crate::document::{Fields, Node, Value};
use crate::formats::envoy::go_expression;
use crate::formats::envoy::model::{Policy, StringKind, StringMatch};

/// Who reads the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    EnvoyGateway,
    Istio,
}

/// What the API's defaulting fills in.
const DEFAULT_MAX_AGE: &str = "5";

pub(super) fn policy(node: &Node, controller: Controller) -> Result<Policy, NotRead> {
    let mut fields = Fields::of(node, "cors")?;
    let mut policy = Policy { forward_unmatched: Some(false), ..Policy::default() };
    for origin in fields.take("allowOrigins").map_or(&[][..], Node::items) {
        let text = origin.text("allowOrigins")?;
        policy.origins.push(origin_match(&text, origin, controller)?);
    }
    lists(&mut fields, &mut policy, controller)?;
    let credentials =
        fields.take("allowCredentials").map(|node| node.boolean("allowCredentials")).transpose()?;
    policy.credentials = Some(credentials == Some(true));
    policy.max_age = match fields.take("maxAge").map(|node| (&node.value, node)) {
        None => DEFAULT_MAX_AGE.to_owned(),
        Some((Value::Integer(text), node)) => {
            if text.parse::<i64>().is_ok_and(|seconds| seconds > 0) {
                text.clone()
            } else {
                // The API does not admit it; what a controller would do with it is not known.
                return Err(node.refused("maxAge"));
            }
        }
        Some((_, node)) => return Err(node.rejected("maxAge")),
    };
    fields.done()?;
    Ok(policy)
}

/// The three lists, joined.
pub(crate) fn lists(
    fields: &mut Fields<'_>,
    policy: &mut Policy,
    controller: Controller,
) -> Result<(), NotRead> {
    let mut list = |key| fields.take(key).map_or(Ok(Vec::new()), |node| node.texts(key));
    let (methods, headers, expose) =
        (list("allowMethods")?, list("allowHeaders")?, list("exposeHeaders")?);
    match controller {
        Controller::EnvoyGateway => {
            let stars = |list: &[String]| {
                if list.iter().any(|item| item == "*") { "*".to_owned() } else { list.join(", ") }
            };
            policy.methods = stars(&methods);
            policy.headers = stars(&headers);
            policy.expose = expose.join(", ");
        }
        Controller::Istio => {
            policy.methods = methods.join(",");
            policy.headers = headers.join(",");
            policy.expose = expose.join(",");
        }
    }
    Ok(())
}

/// One origin. A star stands for any text: labels, dots and slashes.
pub(crate) fn origin_match(
    text: &str,
    node: &Node,
    controller: Controller,
) -> Result<StringMatch, NotRead> {
    if !text.contains('*') {
        return Ok(StringMatch::exact(text, node.span.clone()));
    }
    let quoted = || {
        let mut quoted = String::new();
        for char in text.chars() {
            match char {
                '*' => quoted.push_str(".*"),
                '\\' | '.' | '+' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                    quoted.push('\\');
                    quoted.push(char);
                }
                _ => quoted.push(char),
            }
        }
        quoted
    };
    let kind = match (controller, text) {
        (Controller::EnvoyGateway, _) => StringKind::Regex(go_expression(&quoted(), node)?),
        // Whatever has a scheme and a host: `null` has none.
        (Controller::Istio, "*") => {
            StringKind::Regex(go_expression(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+", node)?)
        }
        (Controller::Istio, text) => match text.strip_suffix('*') {
            Some(prefix) if !prefix.contains('*') => StringKind::Prefix(prefix.to_owned()),
            _ => StringKind::Regex(go_expression(&quoted(), node)?),
        },
    };
    Ok(StringMatch { kind, ignore_case: false, span: node.span.clone() })
}
