//! What preflights say that has no effect, or another than it seems: told, because somebody wrote it for a reason.

use crate::answer::Answer;
use crate::class::Class;
use crate::session::Session;
use crate::severity::Severity;
use crate::target::Network;
use crate::wire::{Sender, Sent, Wire};

/// No browser remembers a preflight for longer.
const LONGEST_MAX_AGE: u64 = 86_400;
const FORBIDDEN: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];
const PRIVATE_NETWORK: &str = "access-control-allow-private-network";

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    if s.target.is_deep() && s.target.network == Network::Private {
        ask_as_once(s).await;
    }
    let preflights = s.preflights.clone();
    for answer in &preflights {
        preflight(s, answer);
    }
    let mut answers = s.answers.iter().map(|(_, answer)| answer).chain(&preflights);
    if answers.any(|answer| answer.header(PRIVATE_NETWORK).is_some()) {
        let evidence = told!("audit-told.private-network").to_owned();
        s.report_fact(Class::PrivateNetworkHeader, Severity::Info, evidence);
    }
}

/// As Chromium asked for some years, and no longer does.
async fn ask_as_once<W: Wire>(s: &mut Session<'_, W>) {
    let origin = s.intended().into_iter().next();
    let headers = vec![
        ("Origin".to_owned(), origin.unwrap_or_else(|| "https://app.example.org".to_owned())),
        ("Access-Control-Request-Method".to_owned(), "GET".to_owned()),
        ("Access-Control-Request-Private-Network".to_owned(), "true".to_owned()),
    ];
    let url = s.target.url().to_owned();
    let mut sent = Sent::new("OPTIONS", &url, headers, "an answer that browsers no longer read");
    sent.sender = Sender::Nobody;
    if let Some(answer) = s.send(sent).await {
        s.preflights.push(answer);
    }
}

fn preflight<W: Wire>(s: &mut Session<'_, W>, answer: &Answer) {
    let seconds = answer.header("access-control-max-age").and_then(|age| age.parse::<u64>().ok());
    if let Some(seconds) = seconds.filter(|seconds| *seconds > LONGEST_MAX_AGE) {
        let evidence = told!("audit-told.max-age-over-cap", seconds = seconds);
        s.report_fact(Class::MaxAgeOverCap, Severity::Info, evidence);
    }
    let methods = answer.list("access-control-allow-methods");
    if let Some(method) = methods
        .iter()
        .find(|method| FORBIDDEN.iter().any(|forbidden| method.eq_ignore_ascii_case(forbidden)))
    {
        let evidence = told!("audit-told.lists-method", method = method);
        s.report_fact(Class::MethodsForbidden, Severity::Info, evidence);
    }
    let headers = answer.list("access-control-allow-headers");
    if let Some(header) =
        headers.iter().find(|header| OVERRIDES.iter().any(|name| header.eq_ignore_ascii_case(name)))
    {
        let evidence = told!("audit-told.lists-header", header = header);
        s.report_fact(Class::MethodOverride, Severity::Info, evidence);
    }
}
