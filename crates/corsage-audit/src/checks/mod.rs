//! The checks, and the order in which they follow from each other.

mod caching;
mod drift;
mod network;
mod origins;
mod places;
mod preflight;
mod response;

use super::class::Class;
use super::finding::Findings;
use super::session::Session;
use super::severity::Severity;
use super::target::{Credential, Network, Target};
use super::wire::Wire;

/// Audits one target.
///
/// It sends GET and OPTIONS, and POST only where [`Permission::Post`](crate::Permission::Post) allows it; it follows no
/// redirect; a sound target is asked a dozen times, one with faults at most some forty times.
pub async fn audit<W: Wire>(target: &Target, wire: &mut W) -> Findings {
    let mut session = Session::new(target, wire);
    let s = &mut session;
    response::intended_pages(s).await;
    if target.holds_something() {
        origins::check(s).await;
        let everybody = s.findings.findings.iter().any(|finding| {
            finding.class == Class::ReflectAny && finding.severity == Severity::High
        });
        if !everybody && !s.is_constant() {
            drift::check(s).await;
        }
    } else if !matches!(target.credential, Some(Credential::Header { .. })) {
        origins::check_public(s).await;
    }
    preflight::check(s).await;
    caching::check(s).await;
    response::check(s).await;
    if target.network == Network::Private {
        network::host(s).await;
    }
    network::websocket(s).await;
    network::json_as_text(s).await;
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
