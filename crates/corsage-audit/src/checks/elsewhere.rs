//! The same address by another way: with or without TLS, and in an older version of HTTP.

use crate::candidates::STRANGER;
use crate::class::Class;
use crate::page::Script;
use crate::session::{Probe, Session};
use crate::severity::Severity;
use crate::target::Target;
use crate::wire::{Version, Wire};

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    if !s.target.is_deep() || s.is_wide_open() {
        return;
    }
    if s.target.is_https() {
        older_version(s).await;
    }
    if s.target.url.port().is_none() {
        other_scheme(s).await;
    }
}

/// Where a proxy in the way speaks HTTP/1.1 only, browsers do too.
async fn older_version<W: Wire>(s: &mut Session<'_, W>) {
    let (page, url) = (format!("https://{STRANGER}"), s.target.url().to_owned());
    let script = Script::get(&page, &url, s.mode());
    let Some(probe) = s.run_in(Version::Http1, &script, "the same in HTTP/1.1").await else {
        return;
    };
    // Few sit behind such a proxy.
    if s.is_granted(&probe)
        && let Some((severity, with_credentials)) = s.judge(&probe).await
    {
        let evidence = told!("audit-told.older-version", page = page);
        let count = s.findings.findings.len();
        s.report_as(Class::DriftVersion, severity.min(Severity::Low), &page, evidence);
        s.show_by(count, &probe.sent, &probe.answer);
        if let Some(finding) = s.findings.findings.get_mut(count) {
            finding.with_credentials = Some(with_credentials);
        }
    }
}

/// Port 80 for 443, or the other way round: another server, perhaps, and another policy.
async fn other_scheme<W: Wire>(s: &mut Session<'_, W>) {
    let mut other = s.target.clone();
    let scheme = if s.target.is_https() { "http" } else { "https" };
    if other.url.set_scheme(scheme).is_err() {
        return;
    }
    let Some(origin) = corsage::terms::Origin::from_url(&other.url) else { return };
    other.origin = origin;
    let granted = granted_there(s, &other, scheme).await;
    if let Some((probe, severity)) = granted {
        let evidence = told!("audit-told.other-scheme", scheme = scheme, page = probe.origin);
        let count = s.findings.findings.len();
        s.report_as(Class::DriftScheme, severity, &probe.origin, evidence);
        s.show_by(count, &probe.sent, &probe.answer);
        if let Some(finding) = s.findings.findings.get_mut(count) {
            finding.with_credentials = Some(s.target.has_cookie());
        }
    }
}

/// What a strange page reads there that it does not read here; and one of the same site, which has cookies that are for
/// pages of the site alone.
async fn granted_there<W: Wire>(
    s: &mut Session<'_, W>,
    other: &Target,
    scheme: &str,
) -> Option<(Probe, Severity)> {
    let mut pages = vec![format!("{scheme}://{STRANGER}")];
    let known = [Class::AnySubdomain, Class::HttpOnHttps];
    if s.target.has_cookie() && !known.iter().any(|class| s.findings.has(*class)) {
        pages.extend(s.seeds.own_zone.iter().map(|zone| format!("{scheme}://zq.{zone}")));
    }
    let mut there = s.beside(other);
    let mut found = None;
    for page in pages {
        let Some(probe) = there.probe(&page, "the same by the other scheme").await else { break };
        if !there.is_granted(&probe) {
            continue;
        }
        if let Some((severity, _)) = there.judge(&probe).await
            && severity > Severity::Info
        {
            found = Some((probe, severity));
            break;
        }
    }
    let (requests, sent) = (there.findings.requests, std::mem::take(&mut there.findings.sent));
    s.take_over(requests, sent);
    found
}
