//! The Gateway API's `HTTPRoute`, as two controllers read it.
//!
//! The standard leaves room, and they fill it differently: what `*` admits, what becomes of a preflight where
//! the route matches a method, how lists are written.

mod routes;
pub(super) mod translate;

use super::envoy::model::{Envoy, VirtualHost};
use super::kubernetes;
use crate::{NotRead, Program, Source};

pub(super) use translate::Controller;

/// Reads every `HTTPRoute` of a text; or the filters of a rule that was cut out of one.
///
/// # Errors
/// A field that decides answers and has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let controller = match source.circumstances.implementation.as_deref() {
        Some("istio") => Controller::Istio,
        _ => Controller::EnvoyGateway,
    };
    let mut envoy = Envoy { has_filter: true, ..Envoy::default() };
    let pieces = kubernetes::pieces(source, &["filters"]);
    if !pieces.is_empty() {
        let host = routes::of_pieces(&pieces, controller)?;
        envoy.hosts.push(host);
        return Ok(Box::new(envoy));
    }
    for route in kubernetes::objects(source, &["HTTPRoute"])? {
        envoy.hosts.push(virtual_host(&route, controller, None)?);
    }
    envoy.hosts = merged(envoy.hosts, controller);
    Ok(Box::new(envoy))
}

pub(super) use routes::merged;

/// One `HTTPRoute`, with the policy that stands on it where a rule has none.
pub(super) fn virtual_host(
    route: &crate::document::Node,
    controller: Controller,
    policy: Option<&super::envoy::model::Policy>,
) -> Result<VirtualHost, NotRead> {
    routes::virtual_host(route, controller, policy)
}
