//! The checks, and the order in which they follow from each other.

mod burden;
mod caching;
mod drift;
mod elsewhere;
mod given;
mod names;
mod network;
mod notes;
mod origins;
mod places;
mod preflight;
mod reasons;
mod response;
mod routes;
mod scripts;

use super::class::Class;
use super::finding::Findings;
use super::session::Session;
use super::target::{Credential, Network, Target};
use super::wire::Wire;

/// Audits one target.
///
/// It sends GET and OPTIONS, and other methods only where the target names them (`methods`); it follows no redirect; a sound target is asked a dozen times, one with faults at most some forty times.
pub async fn audit<W: Wire>(target: &Target, wire: &mut W) -> Findings {
    let mut session = Session::new(target, wire);
    let s = &mut session;
    response::intended_pages(s).await;
    let is_bearer = matches!(target.credential, Some(Credential::Header { .. }));
    if target.holds_something() {
        origins::check(s).await;
    } else if !is_bearer {
        origins::check_public(s).await;
    }
    preflight::check(s).await;
    if target.holds_something() {
        // Whoever lets everybody in anyway has no other policy to be found.
        if !s.findings.has(Class::ReflectAny) && !s.is_constant() {
            drift::check(s).await;
            elsewhere::check(s).await;
        }
        if target.is_deep() {
            scripts::jsonp(s).await;
        }
        names::dangling(s).await;
    }
    if !is_bearer {
        routes::check(s).await;
    }
    caching::check(s).await;
    response::check(s).await;
    if target.network == Network::Private {
        network::host(s).await;
    }
    network::websocket(s).await;
    network::json_as_text(s).await;
    burden::check(s).await;
    notes::check(s).await;
    reasons::tell(s);
    let mut findings = session.findings;
    findings.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.class.cmp(&b.class)));
    findings.make_legible();
    findings
}

impl<W: Wire> Session<'_, W> {
    /// Whether everybody was told the same so far, and enough have asked.
    pub(crate) fn is_constant(&self) -> bool {
        let Some((first, answer)) = self.answers.first() else { return false };
        let value = answer.allow_origin();
        value.is_some()
            && self.answers.iter().any(|(origin, _)| origin != first)
            && self.answers.iter().all(|(_, answer)| answer.allow_origin() == value)
    }
}
