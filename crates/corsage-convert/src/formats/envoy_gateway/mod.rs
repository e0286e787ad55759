//! Envoy Gateway's `SecurityPolicy`, on the routes that stand beside it in the text.

use super::envoy::model::{Action, Envoy, Level, PathMatch, Policy, Route, VirtualHost};
use super::gateway_api::translate::{lists, origin_match};
use super::gateway_api::{self, Controller};
use super::kubernetes;
use crate::document::{Fields, Node};
use crate::{NotRead, Program, Source};

/// Reads every `SecurityPolicy` of a text, and the `HTTPRoute`s that it stands on.
///
/// # Errors
/// A field that decides answers and has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let objects = kubernetes::objects(source, &["SecurityPolicy", "HTTPRoute"])?;
    let kind = |node: &Node, wanted: &str| node.get("kind").and_then(Node::as_str) == Some(wanted);
    let mut policies = Vec::new();
    for object in objects.iter().filter(|object| kind(object, "SecurityPolicy")) {
        policies.push((targets(object), policy_of(object)?));
    }
    let mut envoy = Envoy { has_filter: true, ..Envoy::default() };
    for route in objects.iter().filter(|object| kind(object, "HTTPRoute")) {
        let name = route.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
        let parents: Vec<&str> = route
            .at(&["spec", "parentRefs"])
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|parent| parent.get("name").and_then(Node::as_str))
            .collect();
        // A policy on the route beats one on its gateway.
        let on = |kind: &str, names: &[&str]| {
            policies.iter().find_map(|(targets, policy)| {
                let hit =
                    targets.iter().any(|(of, name)| of == kind && names.contains(&name.as_str()));
                policy.as_ref().filter(|_| hit)
            })
        };
        let policy = on("HTTPRoute", &[name]).or_else(|| on("Gateway", &parents));
        envoy.hosts.push(gateway_api::virtual_host(route, Controller::EnvoyGateway, policy)?);
    }
    envoy.hosts = gateway_api::merged(envoy.hosts, Controller::EnvoyGateway);
    if envoy.hosts.is_empty() {
        // Alone, it says what every route under it does.
        if let [_, second, ..] = objects.as_slice() {
            return Err(second.refused("routes are not in the text"));
        }
        let policy = policies.into_iter().next().and_then(|(_, policy)| policy);
        let route = Route {
            path: PathMatch::Prefix("/".to_owned()),
            headers: Vec::new(),
            level: Level { policy, ..Level::default() },
            action: Action::Forward { rewrite: None },
        };
        let host = VirtualHost {
            domains: vec!["*".to_owned()],
            level: Level::default(),
            routes: vec![route],
        };
        envoy.hosts.push(host);
    }
    Ok(Box::new(envoy))
}

/// Kinds and names of what a policy stands on.
fn targets(object: &Node) -> Vec<(String, String)> {
    let many = object.at(&["spec", "targetRefs"]).map_or(&[][..], Node::items);
    many.iter()
        .chain(object.at(&["spec", "targetRef"]))
        .filter_map(|target| {
            Some((
                target.get("kind")?.as_str()?.to_owned(),
                target.get("name")?.as_str()?.to_owned(),
            ))
        })
        .collect()
}

fn policy_of(object: &Node) -> Result<Option<Policy>, NotRead> {
    let spec = object.get("spec").ok_or_else(|| object.rejected("spec"))?;
    let mut fields = Fields::of(spec, "spec")?;
    fields.ignore(&["targetRef", "targetRefs", "targetSelectors"]);
    let cors = fields.take("cors");
    // What else it may hold answers for itself: authentication comes after CORS, and may refuse.
    fields.done()?;
    let Some(cors) = cors else { return Ok(None) };
    let mut fields = Fields::of(cors, "cors")?;
    let mut policy = Policy { forward_unmatched: Some(false), ..Policy::default() };
    for origin in fields.take("allowOrigins").map_or(&[][..], Node::items) {
        let text = origin.text("allowOrigins")?;
        policy.origins.push(origin_match(&text, origin, Controller::EnvoyGateway)?);
    }
    lists(&mut fields, &mut policy, Controller::EnvoyGateway)?;
    if let Some(age) = fields.take("maxAge") {
        let text = age.text("maxAge")?;
        policy.max_age =
            kubernetes::seconds(&text).ok_or_else(|| age.refused("maxAge"))?.to_string();
    }
    let credentials =
        fields.take("allowCredentials").map(|node| node.boolean("allowCredentials")).transpose()?;
    policy.credentials = Some(credentials == Some(true));
    fields.done()?;
    Ok(Some(policy))
}
