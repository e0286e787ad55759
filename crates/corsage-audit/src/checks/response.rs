//! What the pages that are meant to read get, and what other headers give away.

use crate::answer::Answer;
use crate::class::Class;
use crate::session::{As, Session};
use crate::severity::Severity;
use crate::target::Network;
use crate::wire::Wire;

/// The owner's own pages: signed out first, because that tells of errors too.
pub(super) async fn intended_pages<W: Wire>(s: &mut Session<'_, W>) {
    let pages = s.intended();
    let Some(page) = pages.first() else { return };
    let has_users = s.target.credential.is_some();
    let who = if has_users { As::Stranger } else { As::User };
    let Some(signed_out) = s.probe_as(page, who, "a page that is meant to read").await else {
        return;
    };
    if has_users {
        s.note_stranger(&signed_out.answer);
    }
    let mut answer = signed_out.answer.clone();
    let mut reads = signed_out.without.is_something();
    if has_users && !(reads && is_plain(&answer)) {
        let Some(signed_in) = s.probe_as(page, As::User, "the same, signed in").await else {
            return;
        };
        let good = signed_in.without.is_something() && signed_in.answer.status < 300;
        if good && !reads {
            let count = s.findings.findings.len();
            errors(s, &signed_out.answer);
            s.show_by(count, &signed_out.sent, &signed_out.answer);
        }
        answer = signed_in.answer;
        reads = signed_in.without.is_something();
    }
    let count = s.findings.findings.len();
    malformed(s, page, &answer, reads);
    s.show_since(count);
    for other in pages.iter().skip(1).take(if s.is_deep() { 10 } else { 3 }) {
        let Some(probe) = s.probe(other, "another page that is meant to read").await else {
            return;
        };
        if reads && !probe.without.is_something() && !is_let_in(&probe.answer, other) {
            let evidence = told!("audit-told.intended-refused", page = other);
            let count = s.findings.findings.len();
            s.report_as(Class::IntendedRefused, Severity::Low, other, evidence);
            s.show_by(count, &probe.sent, &probe.answer);
        }
    }
}

/// Whether the answer is for this page, though it may lead elsewhere.
fn is_let_in(answer: &Answer, page: &str) -> bool {
    answer.allow_origin().is_some_and(|it| it == page || it == "*")
}

/// One answer that says all: its form and that of success are the same, so far as can be told.
fn is_plain(answer: &Answer) -> bool {
    answer.lines("access-control-allow-origin").count() == 1
        && answer.header("access-control-allow-credentials").is_none_or(|it| it == "true")
}

/// The answer to whoever is signed out cannot be read; the one to the user can.
fn errors<W: Wire>(s: &mut Session<'_, W>, signed_out: &Answer) {
    match signed_out.status {
        300..=399 => s.report_fact(
            Class::RedirectToLogin,
            Severity::Low,
            told!("audit-told.redirect-to-login", status = signed_out.status),
        ),
        400.. => s.report_fact(
            Class::ErrorWithoutCors,
            Severity::Low,
            told!("audit-told.error-without-cors", status = signed_out.status),
        ),
        _ => {}
    }
}

fn malformed<W: Wire>(s: &mut Session<'_, W>, page: &str, answer: &Answer, reads: bool) {
    let values: Vec<&str> = answer.lines("access-control-allow-origin").collect();
    if values.len() > 1 {
        let evidence =
            told!("audit-told.several-lines", count = values.len(), values = values.join(" · "));
        return s.report_fact(Class::AllowOriginMultiple, Severity::Low, evidence);
    }
    if let [value] = *values
        && value != "*"
        && value != "null"
        && !is_like_an_origin(value)
    {
        let evidence = told!("audit-told.odd-value", value = format!("{value:?}"));
        return s.report_fact(Class::AllowOriginInvalid, Severity::Low, evidence);
    }
    let credentials = answer.header("access-control-allow-credentials");
    if let Some(value) = &credentials
        && value != "true"
        && value != "false"
    {
        let evidence = told!("audit-told.odd-value", value = format!("{value:?}"));
        s.report_fact(Class::CredentialsInvalid, Severity::Low, evidence);
    }
    if values == ["*"] && credentials.as_deref() == Some("true") {
        let evidence = told!("audit-told.star-credentials").to_owned();
        return s.report_fact(Class::WildcardCredentials, Severity::Low, evidence);
    }
    if !reads && !is_let_in(answer, page) {
        let evidence = told!("audit-told.intended-refused", page = page);
        s.report_as(Class::IntendedRefused, Severity::Low, page, evidence);
    }
}

/// Whether it is one origin, though perhaps with a port that browsers leave out.
fn is_like_an_origin(value: &str) -> bool {
    let without = value.strip_suffix(":443").or_else(|| value.strip_suffix(":80"));
    corsage::terms::Origin::parse(without.unwrap_or(value)).is_ok()
}

/// What other headers of the answers so far say, and what else lets pages in.
pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let granted: Vec<Answer> = s.answers.iter().map(|(_, answer)| answer.clone()).collect();
    let exposes = |answer: &Answer| {
        let names = answer.list("access-control-expose-headers");
        names.iter().any(|name| {
            name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2")
        })
    };
    if granted.iter().any(exposes) {
        let evidence = told!("audit-told.exposes-cookie").to_owned();
        s.report_fact(Class::ExposeUseless, Severity::Low, evidence);
    }
    let timing =
        |answer: &Answer| answer.lines("timing-allow-origin").any(|value| value.trim() == "*");
    let is_private = s.target.has_cookie() || s.target.network == Network::Private;
    if is_private && granted.iter().any(timing) {
        let evidence = told!("audit-told.timing-star").to_owned();
        s.report_fact(Class::TimingWildcard, Severity::Low, evidence);
    }
    if let Some(limited) = s.limited.clone()
        && limited.allow_origin().is_none()
        && !s.intended().is_empty()
        && granted.iter().any(|answer| answer.allow_origin().is_some())
    {
        let evidence = told!("audit-told.error-without-cors", status = 429);
        s.report_fact(Class::ErrorWithoutCors, Severity::Low, evidence);
    }
    if s.is_deep() {
        crossdomain(s).await;
    }
}

/// Policies of plug-ins that are gone: Flash's and Silverlight's.
async fn crossdomain<W: Wire>(s: &mut Session<'_, W>) {
    // Programs beside browsers still read the one; nothing that is kept up reads the other.
    const FILES: [(&str, &str, &str, Severity); 2] = [
        ("/crossdomain.xml", "<allow-access-from", "domain=\"*\"", Severity::Low),
        ("/clientaccesspolicy.xml", "<domain", "uri=\"*\"", Severity::Info),
    ];
    for (path, element, everybody, severity) in FILES {
        let mut url = s.target.url.clone();
        url.set_path(path);
        url.set_query(None);
        let purpose = "a policy file of old plug-ins";
        let Some(answer) = s.plain(As::Stranger, url.as_str(), Vec::new(), purpose).await else {
            return;
        };
        let text = String::from_utf8_lossy(&answer.body).to_ascii_lowercase().replace('\'', "\"");
        let is_open = text.split(element).skip(1).any(|rest| {
            rest.split('>').next().is_some_and(|attributes| attributes.contains(everybody))
        });
        if answer.status == 200 && is_open {
            let count = s.findings.findings.len();
            let evidence = told!(
                "audit-told.policy-file",
                path = path,
                element = format!("{element} {everybody}>")
            );
            s.report_fact(Class::CrossdomainOpen, severity, evidence);
            s.show_since(count);
        }
    }
}
