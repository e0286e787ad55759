//! Caches: what they are told, and what they do.

use corsage::browser::Step;

use crate::answer::Answer;
use crate::candidates::STRANGER;
use crate::class::Class;
use crate::page::{Script, lines, reads};
use crate::session::{As, Session};
use crate::severity::Severity;
use crate::wire::{Sent, Wire};

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let may_keep = s.answers.iter().any(|(_, answer)| answer.status < 400 && answer.is_cacheable());
    let cached = s.answers.iter().any(|(_, answer)| answer.shows_a_cache());
    if !may_keep && !cached {
        return;
    }
    let count = s.findings.findings.len();
    // The user's answer, at an address that no cache has seen: two checks begin with it.
    let url = s.unique_url();
    let Some(users) = at(s, "", &url, As::User).await else { return };
    if may_keep {
        vary(s, &users).await;
        s.show_since(count);
    }
    let count = s.findings.findings.len();
    if s.target.has_cookie() {
        kept_for_everybody(s, &url).await;
        s.show_since(count);
    }
    let count = s.findings.findings.len();
    if cached {
        poisoned(s, &url, &users).await;
        s.show_since(count);
    }
}

/// What an origin is answered where no cache answers for the server: as before, unless one did.
async fn fresh<W: Wire>(s: &mut Session<'_, W>, origin: &str) -> Option<Answer> {
    let mut known = s.answers.iter().filter(|(asked, _)| asked == origin);
    if let Some((_, answer)) = known.find(|(_, it)| it.status < 400 && !it.is_from_a_cache()) {
        return Some(answer.clone());
    }
    let url = s.unique_url();
    at(s, origin, &url, As::User).await
}

async fn at<W: Wire>(s: &mut Session<'_, W>, origin: &str, url: &str, who: As) -> Option<Answer> {
    if origin.is_empty() {
        return s.plain(who, url, Vec::new(), "without an origin").await;
    }
    let script = Script::get(origin, url, s.mode());
    let Some(Step::Send(pending)) = script.begin() else { return None };
    let mut sent = Sent::new("GET", url, lines(pending.wire()), "what a cache keeps apart");
    s.sign(&mut sent, who);
    s.send(sent).await
}

/// Whether every answer that could have differed says so.
async fn vary<W: Wire>(s: &mut Session<'_, W>, users: &Answer) {
    let mut origins: Vec<String> = s.intended().into_iter().take(2).collect();
    // Any stranger that was asked for is as good as another.
    let asked = s.answers.iter().map(|(origin, _)| origin).find(|it| it.ends_with(STRANGER));
    let stranger = asked.cloned().unwrap_or_else(|| format!("{}://{STRANGER}", s.page_scheme()));
    origins.push(stranger);
    let mut answers = vec![(String::new(), users.clone())];
    for origin in origins {
        let Some(answer) = fresh(s, &origin).await else { return };
        answers.push((origin, answer));
    }
    let first = answers[0].1.allow_origin();
    let differ = answers.iter().any(|(_, answer)| answer.allow_origin() != first);
    let all_good = answers.iter().all(|(_, answer)| answer.status < 400);
    if !differ || !all_good || !answers[0].1.is_cacheable() {
        return;
    }
    let silent = |(origin, answer): &&(String, Answer), value: Option<&str>| {
        !origin.is_empty()
            && answer.allow_origin().as_deref() == value
            && !answer.varies_on_origin()
    };
    let granted = answers.iter().find(|it| silent(it, Some(&it.0)));
    if let Some((origin, _)) = granted {
        let evidence = told!("audit-told.vary-missing", origin = origin);
        return s.report_fact(Class::VaryMissing, Severity::Low, evidence);
    }
    if !answers[0].1.varies_on_origin() {
        let evidence = told!("audit-told.vary-missing-no-origin").to_owned();
        s.report_fact(Class::VaryMissingNoOrigin, Severity::Low, evidence);
    }
    if let Some((origin, _)) = answers.iter().find(|it| silent(it, None)) {
        let evidence = told!("audit-told.vary-missing-refused", origin = origin);
        s.report_fact(Class::VaryMissingRefused, Severity::Low, evidence);
    }
}

/// Proof: one asks, then the other, of the same address.
async fn poisoned<W: Wire>(s: &mut Session<'_, W>, url: &str, users: &Answer) {
    let mut readers = s.intended();
    let stranger = format!("{}://{STRANGER}", s.page_scheme());
    readers.push(stranger.clone());
    let granted = |reader: &str, s: &Session<'_, W>| {
        s.answers.iter().any(|(origin, answer)| {
            origin == reader && answer.allow_origin().as_deref() == Some(reader)
        })
    };
    let Some(reader) = readers.iter().find(|it| granted(it, s)).cloned() else { return };
    // Who is told Origin by Vary keeps them apart, unless the cache does not: which the first of the two shows.
    let says_so = |origin: &String| {
        let mut answers = s.answers.iter().filter(|(asked, _)| asked == origin);
        answers.any(|(_, answer)| answer.varies_on_origin())
    };
    let strangers_are_told =
        s.answers.iter().any(|(asked, _)| asked.ends_with(STRANGER) && says_so(asked));
    let is_told = |it: &String| says_so(it) || (*it == stranger && strangers_are_told);
    let other = readers.iter().find(|it| **it != reader && !is_told(it)).cloned();
    // Where all say so, any pair shows the cache that does not listen: the one before asked at this address.
    let all_say_so = other.is_none() && users.varies_on_origin();
    let pairs = match all_say_so {
        true => vec![None],
        false => [Some(String::new()), other].into_iter().filter(Option::is_some).collect(),
    };
    for before in pairs {
        let mut url = url.to_owned();
        if let Some(before) = &before {
            url = s.unique_url();
            if at(s, before, &url, As::Stranger).await.is_none() {
                return;
            }
        }
        let Some(after) = at(s, &reader, &url, As::Stranger).await else { return };
        let script = Script {
            credentials: corsage::browser::CredentialsMode::Omit,
            ..Script::get(&reader, &url, s.mode())
        };
        if !reads(&script, &after).is_something() {
            let evidence = match before.as_deref() {
                None => told!("audit-told.cache-poisoned-another", reader = reader),
                Some("") => told!("audit-told.cache-poisoned-plain", reader = reader),
                Some(who) => told!("audit-told.cache-poisoned", who = who, reader = reader),
            };
            s.report_fact(Class::CachePoisoned, Severity::Medium, evidence);
            return;
        }
    }
}

/// The user has asked; then any page asks, of the same address, without cookies; and another user.
async fn kept_for_everybody<W: Wire>(s: &mut Session<'_, W>, url: &str) {
    let page = format!("{}://{STRANGER}", s.page_scheme());
    let Some(answer) = at(s, &page, url, As::Stranger).await else { return };
    let script = Script {
        credentials: corsage::browser::CredentialsMode::Omit,
        ..Script::get(&page, url, s.mode())
    };
    if reads(&script, &answer).is_something() && s.private().await.is_in(&answer.body, &[]) {
        let evidence = told!("audit-told.cached-private").to_owned();
        return s.report_as(Class::CachedPrivate, Severity::High, &page, evidence);
    }
    if s.target.other_user.is_some()
        && let Some(answer) = at(s, "", url, As::OtherUser).await
        && s.private().await.is_in(&answer.body, &[])
    {
        let evidence = told!("audit-told.cached-private-user").to_owned();
        s.report_fact(Class::CachedPrivate, Severity::High, evidence);
    }
}
