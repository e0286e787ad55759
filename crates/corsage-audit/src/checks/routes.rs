//! What is meant for operators: metrics, environment, profiles. Whoever reads it learns much of the machine.

use crate::candidates::STRANGER;
use crate::class::Class;
use crate::page::Script;
use crate::session::{As, Session};
use crate::severity::Severity;
use crate::target::Network;
use crate::wire::Wire;

/// A path, and what its answer holds if it is there: a page that says 200 to everything has none of it.
const ROUTES: [(&str, &[&str]); 8] = [
    ("/actuator", &["\"_links\"", "/actuator/"]),
    ("/actuator/env", &["propertySources"]),
    ("/metrics", &["# HELP", "# TYPE"]),
    ("/debug/vars", &["\"memstats\"", "\"cmdline\""]),
    ("/debug/pprof/", &["goroutine", "heap"]),
    ("/server-status", &["Apache Server Status"]),
    ("/nginx_status", &["Active connections"]),
    ("/graphql?query=%7B__schema%7BqueryType%7Bname%7D%7D%7D", &["queryType", "\"__schema\""]),
];

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    if !s.target.is_deep() {
        return;
    }
    let page = format!("{}://{STRANGER}", s.page_scheme());
    for (path, marks) in ROUTES {
        let Ok(url) = s.target.url.join(path) else { continue };
        if url.path() == s.target.url.path() {
            continue;
        }
        let url = String::from(url);
        let script = Script::get(&page, &url, s.mode());
        let Some(probe) = s.run(&script, As::User, "what is meant for operators").await else {
            continue;
        };
        let text = String::from_utf8_lossy(&probe.answer.body).into_owned();
        let is_there = probe.answer.status == 200 && marks.iter().all(|mark| text.contains(mark));
        if !is_there || !(probe.with_credentials.is_something() || probe.without.is_something()) {
            continue;
        }
        // On a public network whoever reaches it reads it without a browser, unless it takes a user's cookie.
        let is_public = s.target.network == Network::Public;
        let needs_nobody = probe.without.is_something() || !s.cookie_goes(&page).await;
        let severity = if is_public && needs_nobody { Severity::Info } else { Severity::High };
        let evidence = told!("audit-told.reads-route", page = page, path = path);
        let count = s.findings.findings.len();
        s.report_as(Class::OperatorRoute, severity, &page, evidence);
        s.show_by(count, &probe.sent, &probe.answer);
        if let Some(finding) = s.findings.findings.get_mut(count) {
            finding.with_credentials = Some(!probe.without.is_something());
        }
        return;
    }
}
