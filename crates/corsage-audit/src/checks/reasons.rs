//! Why what looks open to whoever reads headers alone is nothing that a browser makes use of.

use crate::answer::Answer;
use crate::class::Class;
use crate::session::Session;
use crate::target::{Credential, Network};
use crate::wire::Wire;

pub(super) fn tell<W: Wire>(s: &mut Session<'_, W>) {
    let reasons = [
        token(s),
        star(s),
        named(s),
        named_without_vary(s),
        null(s),
        credentials_alone(s),
        credentials_odd(s),
        no_single_origin(s),
        methods_for_nobody(s),
        s.kept_away.as_ref().map(|origin| told!("audit-told.no-cookie-there", origin = origin)),
    ];
    s.findings.not_vulnerable.extend(reasons.into_iter().flatten());
}

/// What was answered to pages that are not the owner's.
fn to_strangers<'a, W: Wire>(s: &'a Session<'_, W>) -> impl Iterator<Item = &'a Answer> {
    let own = s.target.origin.to_string();
    let is_strange = move |origin: &str| {
        !origin.is_empty() && origin != own && s.target.intended.iter().all(|it| it != origin)
    };
    s.answers.iter().filter(move |(origin, _)| is_strange(origin)).map(|(_, answer)| answer)
}

fn token<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let is_token = matches!(s.target.credential, Some(Credential::Header { .. }));
    let lets_in = s.answers.iter().any(|(_, answer)| answer.allow_origin().is_some());
    (is_token && lets_in).then(|| told!("audit-told.token").to_owned())
}

fn star<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    if !s.target.has_cookie() || s.target.network == Network::Private {
        return None;
    }
    let mut answers = to_strangers(s);
    let answer = answers.find(|answer| answer.allow_origin().as_deref() == Some("*"))?;
    let credentials = answer.header("access-control-allow-credentials");
    Some(match credentials.as_deref() {
        // What breaks the owner's own page is a finding, and says the same.
        Some("true") if s.findings.has(Class::WildcardCredentials) => return None,
        Some("true") => told!("audit-told.star-with-credentials").to_owned(),
        _ => told!("audit-told.star").to_owned(),
    })
}

/// The one origin that everybody is told, if it is nobody's witness.
fn the_named<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let named = s.answers.first().filter(|_| s.is_constant())?.1.allow_origin()?;
    let is_witness =
        s.findings.findings.iter().any(|it| it.witness_origin.as_ref() == Some(&named));
    let is_origin = named != "null" && is_origin(&named);
    (is_origin && !is_witness).then_some(named)
}

fn named<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    the_named(s).map(|origin| told!("audit-told.named", origin = origin))
}

fn named_without_vary<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let origin = the_named(s)?;
    let varies = s.answers.iter().any(|(_, answer)| answer.varies_on_origin());
    (!varies).then(|| told!("audit-told.named-without-vary", origin = origin))
}

fn null<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let is_named = to_strangers(s).any(|answer| answer.allow_origin().as_deref() == Some("null"));
    (is_named && s.target.has_cookie() && !s.findings.has(Class::NullOrigin))
        .then(|| told!("audit-told.null-without-credentials").to_owned())
}

fn credentials_alone<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let is_alone = |answer: &Answer| {
        answer.allow_origin().is_none()
            && answer.header("access-control-allow-credentials").as_deref() == Some("true")
    };
    to_strangers(s).any(is_alone).then(|| told!("audit-told.credentials-alone").to_owned())
}

fn credentials_odd<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    // What breaks the owner's own page is a finding, and says the same.
    if !s.target.has_cookie() || s.findings.has(Class::CredentialsInvalid) {
        return None;
    }
    let mut odd =
        to_strangers(s).filter(|answer| answer.allow_origin().is_some_and(|it| it != "*"));
    let value = odd.find_map(|answer| {
        answer
            .header("access-control-allow-credentials")
            .filter(|value| value != "true" && value != "false")
    })?;
    Some(told!("audit-told.credentials-odd", value = format!("{value:?}")))
}

fn no_single_origin<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    let is_told = [Class::AllowOriginInvalid, Class::AllowOriginMultiple];
    if is_told.iter().any(|class| s.findings.has(*class)) {
        return None;
    }
    let values = to_strangers(s).filter_map(Answer::allow_origin);
    let value = values.into_iter().find(|value| value != "*" && !is_origin(value))?;
    Some(told!("audit-told.no-single-origin", value = format!("{value:?}")))
}

/// As browsers write it: anything else equals nobody's.
fn is_origin(value: &str) -> bool {
    value == "null"
        || corsage::terms::Origin::parse(value).is_ok_and(|origin| origin.to_string() == value)
}

fn methods_for_nobody<W: Wire>(s: &Session<'_, W>) -> Option<String> {
    const SIMPLE: [&str; 3] = ["GET", "HEAD", "POST"];
    let is_told = [Class::PreflightNarrower, Class::IntendedRefused];
    if is_told.iter().any(|class| s.findings.has(*class)) {
        return None;
    }
    let methods = s.preflights.iter().filter(|answer| answer.allow_origin().is_none()).find_map(
        |answer| {
            let listed = answer.list("access-control-allow-methods");
            let matters = listed.iter().any(|it| !SIMPLE.contains(&&**it) && it != "OPTIONS");
            matters.then(|| listed.join(", "))
        },
    )?;
    Some(told!("audit-told.methods-for-nobody", methods = methods))
}
